"""Forgets callers under faults while publishers continue to post about them. The accounts check
that nothing posted before is left, and that everything posted afterwards is kept."""

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import quote

from shared.domain.log_entries import is_applied
from shared.domain.postings import posted_at
from tests.e2e.phone_calls import PhoneCall
from tests.faults.accounts import Account, PostingIds, settle_attempt
from tests.faults.books import Books
from tests.faults.stories import Attempt, Story, StoryRunner

_MOST_REQUESTS = 25
_SECONDS_BETWEEN_POSTINGS = 1.5


@dataclass(slots=True)
class Forgotten:
    """A caller who was forgotten. The request that completed it ran from `began` to `ended`, by
    time.monotonic. `next_call` was reported afterwards."""

    story: Story
    calls: Sequence[PhoneCall]
    answers: list[int] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0
    is_complete: bool = False
    meanwhile: list[Attempt] = field(default_factory=list)
    next_call: PhoneCall | None = None

    @property
    def attempts(self) -> list[Attempt]:
        return self.story.attempts + self.meanwhile

    def is_erased(self, attempt: Attempt) -> bool:
        """Whether nothing of the attempt may be left. One that was refused for another number, such
        as 555, does not lead to this caller and stays."""
        is_about_caller = attempt.caller_number in (None, self.story.caller_number)
        return is_about_caller and attempt.answered_at < self.began

    def is_kept(self, attempt: Attempt) -> bool:
        return attempt.answered_at - attempt.seconds > self.ended


def choose(stories: Sequence[Story], count: int) -> list[Forgotten]:
    """Choose the first callers with a number and a call."""
    chosen = [story for story in stories if story.caller_number and story.started]
    return [
        Forgotten(story, [story.calls[uuid] for uuid in dict.fromkeys(story.started)])
        for story in chosen[:count]
    ]


def forget_all(runner: StoryRunner, forgotten: Sequence[Forgotten]) -> None:
    with ThreadPoolExecutor(2 * len(forgotten)) as threads:
        lanes: list[Future[None]] = []
        for each in forgotten:
            lanes += [threads.submit(_forget, runner, each), threads.submit(_go_on, runner, each)]
        for lane in lanes:
            lane.result()


def _forget(runner: StoryRunner, forgotten: Forgotten) -> None:
    """Forget the caller. Repeat the request until it succeeds and is complete."""
    number = forgotten.story.caller_number or ""
    for _ in range(_MOST_REQUESTS):
        began = time.monotonic()
        try:
            answer = runner.service.operate("DELETE", f"/callers/{quote(number, safe='')}")
        except (HTTPException, OSError):
            forgotten.answers.append(0)
            continue
        forgotten.answers.append(answer.status_code)
        if answer.status_code == 200 and answer.json()["complete"]:
            forgotten.began, forgotten.ended = began, time.monotonic()
            forgotten.is_complete = True
            return


def _go_on(runner: StoryRunner, forgotten: Forgotten) -> None:
    """Post about the caller and report the calls again until the caller is forgotten; then report
    another call."""
    number = 0
    while not forgotten.is_complete and len(forgotten.answers) < _MOST_REQUESTS:
        _post(runner, forgotten, f"d{forgotten.story.number}_{number}")
        number += 1
        runner.service.put(*(call.started() for call in forgotten.calls))
        time.sleep(_SECONDS_BETWEEN_POSTINGS)
    _post(runner, forgotten, f"e{forgotten.story.number}")
    forgotten.next_call = PhoneCall(caller_number=forgotten.story.caller_number)
    runner.service.put(forgotten.next_call.started(), *(c.started() for c in forgotten.calls))


def _post(runner: StoryRunner, forgotten: Forgotten, name: str) -> None:
    """Post for the caller's number, for a call, and with a paused key, which is refused."""
    caller_number, key = forgotten.story.caller_number, runner.keys[0]
    call_uuid = forgotten.calls[-1].call_uuid
    for suffix, where in (("n", (caller_number, None)), ("c", (None, call_uuid))):
        forgotten.meanwhile += runner.attempts(f"{name}{suffix}", key, *where)
    forgotten.meanwhile.append(runner.send_to_paused(f"{name}r", caller_number, None))
    forgotten.meanwhile.append(runner.send_to_paused(f"{name}s", None, call_uuid))


def settle_forgotten(
    account: Account, forgotten: Sequence[Forgotten], before: Books, after: Books
) -> None:
    posting_ids = PostingIds(after)
    for each in forgotten:
        shown = f"caller {each.story.number}, answered {each.answers},"
        account.expect(each.is_complete, f"{shown} was not forgotten")
        if each.is_complete:
            _expect_erased(account, shown, each, posting_ids, after)
            _expect_forgotten_calls(account, shown, each, after)
            for attempt in filter(each.is_kept, each.attempts):
                if attempt.is_promise:
                    settle_attempt(account, attempt, posting_ids.of(attempt), after)
    uuids = {call.call_uuid for each in forgotten for call in each.calls}
    _expect_untouched(account, uuids, before, after)
    account.outcomes["callers forgotten"] = len(forgotten)
    answers = [answer for each in forgotten for answer in each.answers]
    account.outcomes["requests to forget one"] = len(answers)
    account.outcomes["requests to forget one, failed or killed"] = sum(a != 200 for a in answers)


def _expect_erased(
    account: Account, shown: str, forgotten: Forgotten, posting_ids: PostingIds, books: Books
) -> None:
    """Check that no item has tags posted before, and that only later postings and the later call
    have the number."""
    erased = {
        json.dumps(attempt.mark)
        for attempt in filter(forgotten.is_erased, forgotten.attempts)
        if not _has_no_caller(forgotten, attempt, posting_ids.of(attempt), books)
    }
    later = [posting_ids.of(a) for a in forgotten.attempts if not forgotten.is_erased(a)]
    digits = (forgotten.story.caller_number or "")[1:]
    next_uuid = forgotten.next_call.call_uuid if forgotten.next_call else ""
    for item in books.items:
        text = json.dumps(item, default=sorted)  # sets of texts
        account.expect(not any(mark in text for mark in erased), f"{shown} has left {text}")
        is_new = item.get("posting_id") in later or item.get("call_uuid") == next_uuid
        account.expect(digits not in text or is_new, f"{shown} has left the number in {text}")


def _has_no_caller(
    forgotten: Forgotten, attempt: Attempt, posting_id: str | None, books: Books
) -> bool:
    """Return whether the attempt named a call whose caller an earlier request had forgotten.

    That request failed at an unknown point. If it had removed everything that points to the call,
    the next request cannot find this posting.
    """
    call = books.calls.get(attempt.call_uuid or "")
    has_failed = any(answer != 200 for answer in forgotten.answers)
    if not has_failed or call is None or call.forgotten_at is None or posting_id is None:
        return False
    return posted_at(posting_id) > call.forgotten_at


def _expect_forgotten_calls(
    account: Account, shown: str, forgotten: Forgotten, books: Books
) -> None:
    for call in (books.calls.get(call.call_uuid) for call in forgotten.calls):
        is_forgotten = call and call.forgotten_at and not (call.caller_number or call.dialed_number)
        account.expect(bool(is_forgotten), f"{shown} has the call {call}")
        if call and call.call_uuid not in books.unannounced:
            is_announced = call.call_uuid in books.forgotten
            account.expect(
                is_announced, f"{shown}: no event says so about the call {call.call_uuid}"
            )


def _expect_untouched(account: Account, forgotten: set[str], before: Books, after: Books) -> None:
    """Check that nothing of other callers changed."""
    for call in before.calls.values():
        if call.call_uuid not in forgotten:
            is_same = after.calls.get(call.call_uuid) == call
            account.expect(is_same, f"call {call.call_uuid} of another caller was changed")
    gone = {
        posting_id: rows for posting_id, rows in before.rows.items() if posting_id not in after.rows
    }
    for posting_id, rows in gone.items():
        decided: Mapping[str, Any] = rows.get("#decided", {})
        on_another = is_applied(decided) and decided["call_uuid"] not in forgotten
        account.expect(not on_another, f"the rows of {posting_id} are gone, of another caller")
