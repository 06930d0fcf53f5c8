"""Compares the responses that publishers got with the tables, the log and the bus at the end."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.calls import Call, Tag, belongs
from shared.domain.log_entries import DECIDED_SUFFIX, entry, is_applied
from shared.domain.postings import Posting, posted_at
from tests.faults.books import Books
from tests.faults.stories import UNFILLED, Attempt, SentReport, Story

LONGEST_CALL = timedelta(hours=4)


@dataclass(slots=True)
class Account:
    """The counted outcomes, and every discrepancy from what was promised."""

    outcomes: Counter[str] = field(default_factory=Counter)
    discrepancies: list[str] = field(default_factory=list)

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.discrepancies.append(what)


def settle(stories: Sequence[Story], books: Books) -> Account:
    account = Account()
    posting_ids = PostingIds(books)
    by_id: dict[str, Attempt] = {}
    for story in stories:
        for attempt in story.attempts:
            posting_id = posting_ids.of(attempt)
            if posting_id:
                by_id[posting_id] = attempt
            settle_attempt(account, attempt, posting_id, books)
        for call_uuid in dict.fromkeys(story.started + story.ended):
            _settle_events(account, call_uuid, story, books)
    applied = defaultdict[str, list[str]](list)
    for posting_id in sorted(books.rows):
        row = books.rows[posting_id].get(DECIDED_SUFFIX, {})
        if is_applied(row):
            applied[row["call_uuid"]].append(posting_id)
    for call in books.calls.values():
        _settle_call(account, call, applied[call.call_uuid], by_id)
    for report in (report for story in stories for report in story.reports):
        on_it = applied[report.detail["call_uuid"]]
        _settle_response(account, report, [by_id[i] for i in on_it if i in by_id], books)
    for posting_id in sorted({*books.rows, *books.waiting} - by_id.keys()):
        account.expect(False, f"{posting_id} was written, and was not posted")
    _settle_dead_letters(account, [m for story in stories for m in story.malformed], books)
    _settle_legs(account, stories, books)
    _expect_once(account, books)
    _settle_activity(account, books)
    return account


def _settle_legs(account: Account, stories: Sequence[Story], books: Books) -> None:
    for leg_id in (leg_id for story in stories for leg_id in story.legs):
        account.outcomes["a leg that was ignored"] += 1
        account.expect(leg_id not in books.calls, f"the leg {leg_id} became a call")


class PostingIds:
    """Finds the posting of an attempt: by its mark, if its tags were written anywhere, or else by
    its request ID, which an error response contains."""

    def __init__(self, books: Books) -> None:
        self._by_mark: dict[str, str] = {}
        written = (*books.rows, *books.waiting)
        # The service's own errors have the posting ID as request ID; the gateway's have the request
        # ID, which a posting ID ends with.
        self._by_request = {each: each for each in written}
        self._by_request |= {each.partition("-")[2]: each for each in written}
        for posting_id, rows in books.rows.items():
            first = rows.get("", {})
            tags = first.get("tags", first.get("parameters", {}))
            if "latest" in tags:
                self._by_mark[tags["latest"]] = posting_id
        for posting in books.waiting.values():
            self._by_mark[posting.tags["latest"]] = posting.posting_id
        for call in books.calls.values():
            for name, tag in _all_tags(call):
                mark = tag.value if name in ("latest", "filled") else f"{name}.{tag.value}"
                self._by_mark[mark] = tag.posting_id

    def of(self, attempt: Attempt) -> str | None:
        return self._by_mark.get(attempt.mark) or self._by_request.get(attempt.request_id or "")


def settle_attempt(
    account: Account, attempt: Attempt, posting_id: str | None, books: Books
) -> None:
    rows = books.rows.get(posting_id or "", {})
    state = _state(posting_id, rows, books)
    account.outcomes[f"{attempt.status_code or 'no answer'}: {state}"] += 1
    shown = f"posting {attempt.mark} ({posting_id}), answered {attempt.status_code}"
    account.expect(
        attempt.status_code in (0, 200, 422, 500, 502, 503), f"{shown}: unexpected status code"
    )
    account.expect(
        attempt.status_code != 503 or bool(attempt.retry_after), f"{shown} without Retry-After"
    )
    if attempt.status_code == 422:
        account.expect(state in ("refused", "not stored"), f"{shown}: refused, but {state}")
    if attempt.is_promise:
        account.expect(attempt.is_answered_with_its_own, f"{shown} with {attempt.body}")
        account.expect(state in ("applied", "waiting"), f"{shown}: {state}")
        account.expect("" in rows, f"{shown}: has no row in the log")
        account.expect(rows.get("", {}).get("tags") == attempt.tags, f"{shown}: other tags")
        if state == "waiting" and posting_id:
            _settle_waiting(account, shown, books.waiting[posting_id], books)
    if state == "applied":
        _settle_place(account, shown, attempt, rows, books)
    if rows:
        _settle_log(account, shown, attempt, posting_id or "", rows, books)


def _state(posting_id: str | None, rows: Mapping[str, Any], books: Books) -> str:
    if is_applied(rows.get(DECIDED_SUFFIX, {})):
        return "applied"
    if DECIDED_SUFFIX in rows or rows.get("", {}).get("outcome") == "refused":
        return "refused"
    return "waiting" if posting_id in books.waiting else "not stored"


def _settle_waiting(account: Account, shown: str, posting: Posting, books: Books) -> None:
    account.expect(posting.stored_until > datetime.now(UTC), f"{shown}: waited until it expired")
    for call in books.calls.values():
        is_its = (
            call.call_uuid == posting.call_uuid
            if posting.call_uuid
            else call.caller_number == posting.caller_number
        )
        if is_its and belongs(posting, call, LONGEST_CALL):
            account.expect(False, f"{shown}: waits, though it belongs to call {call.call_uuid}")


def _settle_place(
    account: Account, shown: str, attempt: Attempt, rows: Mapping[str, Any], books: Books
) -> None:
    """Check that the posting was applied to a call that it was meant for."""
    call = books.calls.get(rows[DECIDED_SUFFIX]["call_uuid"])
    account.expect(call is not None, f"{shown}: applied to an unknown call")
    if call is None:
        return
    if attempt.call_uuid:
        account.expect(
            call.call_uuid == attempt.call_uuid, f"{shown}: on another call than the named one"
        )
    else:
        is_its = call.caller_number == attempt.caller_number
        account.expect(is_its, f"{shown}: on another caller's call")


def _settle_log(
    account: Account,
    shown: str,
    attempt: Attempt,
    posting_id: str,
    rows: Mapping[str, Mapping[str, Any]],
    books: Books,
) -> None:
    """Check that the log has the response, or that no function was left to write it."""
    logged = entry(rows, datetime.now(UTC))
    status = attempt.body.get("status") if attempt.is_promise else logged.status
    if (logged.status_code, logged.status) == (attempt.status_code, status):
        return
    if posting_id in books.unlogged:
        account.outcomes["log: the response could not be written, according to CloudWatch"] += 1
    elif attempt.status_code in (0, 500, 502):
        account.outcomes["log: the publisher got no response of ours"] += 1
    else:
        account.expect(False, f"{shown}: the log has {logged.status_code} {logged.status}")


def _settle_events(account: Account, call_uuid: str, story: Story, books: Books) -> None:
    call = books.calls.get(call_uuid)
    account.expect(call is not None, f"call {call_uuid} was reported, and is unknown")
    if call is None:
        return
    if call_uuid in story.ended:
        account.expect(call.ended_at is not None, f"call {call_uuid} ended, and is in progress")
    if call_uuid in books.unannounced:
        # The function reported a failure, and AWS would deliver the change again.
        account.outcomes["calls of which the embedded AWS dropped an announcement"] += 1
        return
    announcements = books.announced.get(call_uuid, [])
    account.expect(bool(announcements), f"call {call_uuid} was never announced")
    if announcements:
        last = max(announcements, key=lambda detail: int(detail["version"]))
        tags = {name: tag.value for name, tag in call.tags.items()}
        account.expect(
            last["tags"] == tags, f"call {call_uuid} was announced with other tags than it has"
        )
        sources = {name: each["posting_id"] for name, each in last["attribution"].items()}
        account.expect(
            sources == {name: tag.posting_id for name, tag in call.tags.items()},
            f"call {call_uuid} was announced with other postings than it has",
        )
        account.expect(
            last["version"] <= call.version, f"call {call_uuid} was announced ahead of itself"
        )
    versions: dict[int, Mapping[str, Any]] = {}
    for detail in announcements:
        same = versions.setdefault(int(detail["version"]), detail)
        account.expect(
            same["tags"] == detail["tags"], f"call {call_uuid}: one version, two announcements"
        )
    statuses = [versions[version]["call_status"] for version in sorted(versions)]
    account.expect(
        statuses == sorted(statuses, key=("in_progress", "completed").index),
        f"call {call_uuid} was announced as {statuses}, one after the other",
    )


def _settle_call(
    account: Account, call: Call, applied: Sequence[str], by_id: Mapping[str, Attempt]
) -> None:
    """Check that the call has the tags of its postings, applied in order, and no others."""
    folded: dict[str, tuple[str, str]] = {}
    for posting_id in applied:
        attempt = by_id.get(posting_id)
        tags = attempt.tags if attempt else {}
        for name, value in tags.items():
            if value != UNFILLED or folded.get(name, (UNFILLED,))[0] == UNFILLED:
                folded[name] = value, posting_id
    found = {name: (tag.value, tag.posting_id) for name, tag in call.tags.items()}
    account.expect(found == folded, f"call {call.call_uuid} has {found}, its postings {folded}")
    account.outcomes["calls"] += 1
    account.outcomes["postings on calls"] += len(applied)


def _settle_response(
    account: Account, report: SentReport, attempts: Sequence[Attempt], books: Books
) -> None:
    """Check that the response to a call report had all tags promised by then, and no others."""
    detail = report.detail
    shown = f"call {detail['call_uuid']}, version {detail['version']},"
    account.outcomes["calls reported over HTTP"] += 1
    names = {attempt.name for attempt in attempts}
    account.expect(
        detail["tags"].keys() <= names | {"latest", "filled"}, f"{shown} with tags of others"
    )
    for attempt in attempts:
        is_known = attempt.is_promise and attempt.answered_at < report.sent_at
        account.expect(
            not is_known or attempt.name in detail["tags"],
            f"{shown} without posting {attempt.mark}",
        )
    for announced in books.announced.get(detail["call_uuid"], []):
        account.expect(
            announced["version"] != detail["version"] or announced["tags"] == detail["tags"],
            f"{shown} with other tags than were announced",
        )


def _settle_dead_letters(account: Account, marks: Sequence[str], books: Books) -> None:
    """Check that the dead-letter queue has each malformed event with its reason, and no others."""
    reasons: dict[str, str] = {}
    for letter in books.dead_letters:
        mark = letter.event["detail"].get("mark", "")
        account.expect(mark in marks, f"an event was given up: {letter.event['detail']}")
        reasons[mark] = letter.attributes.get("error", "")
    for mark in marks:
        account.expect(mark in reasons, f"malformed event {mark} is not in the dead-letter queue")
        reason = reasons.get(mark, "")
        account.expect(
            not reason or "call_uuid" in reason,
            f"malformed event {mark} was given up because of {reason}",
        )
        account.expect(
            mark not in reasons or bool(reason),
            f"malformed event {mark} was given up without a reason",
        )
    account.outcomes["malformed events, set aside with the reason"] = len(marks)


def _expect_once(account: Account, books: Books) -> None:
    holders: dict[str, set[str]] = defaultdict(set)
    for call in books.calls.values():
        for _, tag in _all_tags(call):
            holders[tag.posting_id].add(call.call_uuid)
    for posting_id, uuids in holders.items():
        account.expect(len(uuids) == 1, f"{posting_id} is on more than one call: {uuids}")
    ghosts = [i for i in books.waiting if DECIDED_SUFFIX in books.rows.get(i, {})]
    account.outcomes["restored by a late write after the decision"] = len(ghosts)
    account.outcomes["announcements"] = sum(map(len, books.announced.values()))


def _settle_activity(account: Account, books: Books) -> None:
    """Check that the counts of each key's hours are those of the log's rows."""
    logged, counted = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for posting_id, rows in books.rows.items():
        hour = f"{posted_at(posting_id):%Y-%m-%dT%H}"
        for suffix in ("", DECIDED_SUFFIX):
            if suffix in rows:
                logged[rows[suffix]["key_id"], hour, _counts_for(rows[suffix])] += 1
    for day in books.activity:
        for number, tally in day.hours.items():
            for figure in _FIGURES:
                counted[day.key_id, f"{day.day}T{number:02}", figure] += getattr(tally, figure)
    for key_id, hour, figure in sorted(logged.keys() | (+counted).keys()):
        n, m = logged[key_id, hour, figure], counted[key_id, hour, figure]
        account.expect(n == m, f"{key_id}, {hour}: {n} {figure} in the log, {m} counted")
    account.outcomes["rows of the log, each counted once"] = counted.total()


_FIGURES = ("stored", "refused", "applied_at_once", "applied_later", "withdrawn", "left_out")


def _counts_for(row: Mapping[str, Any]) -> str:
    if "decided_by" not in row:
        return str(row["outcome"])
    is_at_once = row["decided_by"] == "posting"
    if is_applied(row):
        return "applied_at_once" if is_at_once else "applied_later"
    return "withdrawn" if is_at_once else "left_out"


def _all_tags(call: Call) -> Iterator[tuple[str, Tag]]:
    for name, tag in call.tags.items():
        yield name, tag
        if tag.replaced:
            yield name, tag.replaced
