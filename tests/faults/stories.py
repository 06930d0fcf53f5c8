"""Callers' stories: calls that the platform reports, and postings about them."""

import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from infra.local.web import Response
from tests.e2e.phone_calls import Event, PhoneCall, now
from tests.e2e.service import PostbackKey, Service
from tests.faults.event_queue import EventQueue

_MOST_TRIES = 4
_MAX_REPORTS = 10
_SECONDS_BEFORE_THE_NEXT_TRY = 0.5
"""Shorter than the Retry-After of responses, which is harder for the service."""

_POSTINGS_A_CHAPTER = 2
_STORIES_BETWEEN_CHAPTERS = 40
"""Stories that begin before one continues: by then its call has usually been recorded."""

_MOST_EVENTS_WAITING = 30
"""Maximum events in the queue. The embedded AWS delivers events more slowly than postings come, so
without a limit every call would come after its postings."""


class Chapter(IntEnum):
    """One of the two parts of a story. The second begins when most of the first is handled."""

    FIRST = 1
    SECOND = 2


UNFILLED = "{{filled}}"
"""An unfilled placeholder, which never replaces a real value."""


def tags_of(name: str, number: int) -> dict[str, str]:
    """Return a tag of its own, one that all attempts share, and one that half leave unfilled."""
    mark = f"{name}.{number}"
    return {name: str(number), "latest": mark, "filled": mark if number % 2 else UNFILLED}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of a publisher and the response to it.

    `name` is the posting's name and its own tag's, whose value is the attempt's number;
    `status_code` is 0 without a response.
    """

    name: str
    number: int
    caller_number: str | None
    call_uuid: str | None
    status_code: int
    seconds: float
    body: dict[str, Any] = field(repr=False)
    retry_after: str | None = None
    answered_at: float = 0.0
    """By time.monotonic, like `SentReport.sent_at`."""

    @property
    def mark(self) -> str:
        """The attempt's unique mark: the value of its tag `latest`."""
        return f"{self.name}.{self.number}"

    @property
    def tags(self) -> dict[str, str]:
        return tags_of(self.name, self.number)

    @property
    def is_promise(self) -> bool:
        return self.status_code == 200

    @property
    def is_answered_with_its_own(self) -> bool:
        """Whether the response has the tags and the caller number or call ID that were sent."""
        target = (
            ("call_uuid", self.call_uuid)
            if self.call_uuid
            else ("caller_number", self.caller_number)
        )
        return (self.body.get("tag_values"), self.body.get(target[0])) == (self.tags, target[1])

    @property
    def request_id(self) -> str | None:
        return self.body.get("request_id")


@dataclass(frozen=True, slots=True)
class SentReport:
    """A call report over HTTP: when it was sent, and the detail in its response."""

    sent_at: float
    detail: dict[str, Any]


@dataclass(slots=True)
class Story:
    """Everything that happened for one caller, or one anonymous call.

    `started` and `ended` are the UUIDs of reported calls, `malformed` the marks of invalid events.
    """

    number: int
    caller_number: str | None
    call_uuids: Sequence[str]
    attempts: list[Attempt] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    events: int = 0
    reports: list[SentReport] = field(default_factory=list)
    calls: dict[str, PhoneCall] = field(default_factory=dict)
    legs: list[str] = field(default_factory=list)
    """IDs of legs that were reported, which must not become calls."""


_AGENT = "+15559990077"


def _of_twilio(leg_id: str, parent: str, caller_number: str) -> dict[str, Any]:
    numbers = {"From": caller_number, "To": _AGENT, "Direction": "outbound-dial"}
    return {"CallSid": leg_id, "ParentCallSid": parent, "CallStatus": "completed"} | numbers


def _of_bandwidth(leg_id: str, parent: str, caller_number: str) -> dict[str, Any]:
    numbers = {"from": caller_number, "to": _AGENT, "direction": "outbound"}
    event = {"eventType": "disconnect", "callUrl": "https://voice.example.com"}
    return {"callId": leg_id, "parentCallId": parent} | numbers | event


def _of_jambonz(leg_id: str, parent: str, caller_number: str) -> dict[str, Any]:
    numbers = {"from": caller_number, "to": _AGENT, "direction": "outbound"}
    return {"call_sid": leg_id, "parent_call_sid": parent, "call_status": "completed"} | numbers


LEG_REPORTS = (_of_twilio, _of_bandwidth, _of_jambonz)
"""The end of an agent's leg, as three phone systems report it."""


class StoryRunner:
    """Acts out stories. The same seed gives the same stories, though not at the same pace."""

    def __init__(
        self, service: Service, keys: Sequence[PostbackKey], *, seed: int, threads: int
    ) -> None:
        self.service = service
        self.keys = keys
        self._seed = seed
        self._threads = threads
        self._queue = EventQueue.of(service)
        self._platform_key = service.new_platform_key()
        self._paused = service.new_key(keys[0].publisher_id)
        service.operate("POST", f"/postback-keys/{self._paused.key_id}/pause")

    def warm_up(self) -> None:
        """Start the usual number of processes of the posting function, a few at a time."""
        for at_once in range(2, self._threads + 1, 2):
            with ThreadPoolExecutor(at_once) as threads:
                list(threads.map(self._send, ["no=key"] * at_once))

    def run(
        self, numbers: Sequence[int], progress: Callable[[int], None] = lambda _: None
    ) -> list[Story]:
        """Act out the stories of these numbers in parallel. Raises what a step raised."""
        stories = [self._begin(number) for number in numbers]
        with ThreadPoolExecutor(self._threads) as threads:
            # A caller's postings and calls are sent in parallel.
            lanes = [
                threads.submit(lane, story, chapter)
                for story, chapter in _in_turn(stories)
                for lane in (self._post, self._put_events)
            ]
            for done, lane in enumerate(lanes):
                lane.result()
                progress(done // (2 * len(Chapter)))
        return stories

    def _begin(self, number: int) -> Story:
        chance = self._chance(number, "begin")
        call_count = 2 if chance.random() < 0.2 else 1
        is_anonymous = chance.random() < 0.1
        caller_number = None if is_anonymous else f"+1{5550000000 + number}"
        return Story(number, caller_number, [_uuid(chance) for _ in range(call_count)])

    def _chance(self, number: int, purpose: str) -> random.Random:
        return random.Random(f"{self._seed} {number} {purpose}")  # noqa: S311

    # The publishers' side.

    def _post(self, story: Story, chapter: Chapter) -> None:
        chance = self._chance(story.number, f"postings, {chapter}")
        for number in range(_POSTINGS_A_CHAPTER):
            time.sleep(chance.uniform(0, 0.1))
            names_call = story.caller_number is None or chance.random() < 0.25
            call_uuid = chance.choice(story.call_uuids) if names_call else None
            caller_number = None if names_call else story.caller_number
            if chance.random() < 0.03 or _is_first(story, chapter, number):
                caller_number, call_uuid = "555", None  # refused
            key = chance.choice(self.keys)
            name = f"p{story.number}_{chapter}{number}"
            for attempt in self.attempts(name, key, caller_number, call_uuid):
                story.attempts.append(attempt)

    def attempts(
        self, name: str, key: PostbackKey, caller_number: str | None, call_uuid: str | None
    ) -> Iterator[Attempt]:
        """Send a posting until the response is not a 5xx, and yield each attempt."""
        for number in range(1, _MOST_TRIES + 1):
            attempt = self.send(name, number, key, caller_number, call_uuid)
            yield attempt
            if attempt.status_code and attempt.status_code < 500:
                return
            time.sleep(_SECONDS_BEFORE_THE_NEXT_TRY)

    def send(
        self,
        name: str,
        number: int,
        key: PostbackKey,
        caller_number: str | None,
        call_uuid: str | None = None,
    ) -> Attempt:
        where = {"call_uuid": call_uuid} if call_uuid else {"caller_number": caller_number}
        tags = tags_of(name, number)
        started = time.monotonic()
        answer = self._send(urlencode({"key": key.key} | where | tags))
        return Attempt(
            name=name,
            number=number,
            caller_number=caller_number,
            call_uuid=call_uuid,
            status_code=answer.status_code if answer else 0,
            seconds=time.monotonic() - started,
            body=answer.json() if answer and answer.body.startswith(b"{") else {},
            retry_after=answer.headers["Retry-After"] if answer else None,
            answered_at=time.monotonic(),
        )

    def send_to_paused(
        self, name: str, caller_number: str | None, call_uuid: str | None
    ) -> Attempt:
        """Send a posting with a paused key, which is refused and logged."""
        return self.send(name, 1, self._paused, caller_number, call_uuid)

    def _send(self, query: str) -> Response | None:
        """Send a posting; return None without a response within a minute."""
        try:
            return self.service.get(query)
        except (HTTPException, OSError):
            return None

    # The platform's side.

    def _put_events(self, story: Story, chapter: Chapter) -> None:
        chance = self._chance(story.number, f"events, {chapter}")
        for call_uuid in story.call_uuids:
            self._wait_for_room()
            time.sleep(chance.uniform(0, 0.3))
            if chance.random() < 0.3:
                self._report_leg(story, call_uuid, f"leg-{uuid.UUID(int=chance.getrandbits(128))}")
            for event in self._events(story, call_uuid, chapter, chance):
                if chance.random() < 0.5 or not self._report(story, event):
                    self.put(story, event)
                time.sleep(chance.uniform(0, 0.15))
        if chance.random() < 0.03 or _is_first(story, chapter):
            self._put_malformed(story, f"m{story.number}_{chapter}")

    def _wait_for_room(self) -> None:
        while self._queue.waiting() > _MOST_EVENTS_WAITING:
            time.sleep(0.25)

    def _events(
        self, story: Story, call_uuid: str, chapter: Chapter, chance: random.Random
    ) -> Iterator[Event]:
        """Yield a call's events of a chapter: some twice, some in the wrong order. The call ends in
        the chapter in which it starts, in the other one, or never."""
        if chapter is Chapter.FIRST:
            story.calls[call_uuid] = PhoneCall(
                caller_number=story.caller_number,
                call_uuid=call_uuid,
                started_at=now() - timedelta(seconds=chance.choice([0, 0, 1])),
            )
        call = story.calls[call_uuid]
        makers = [call.started] if chapter is Chapter.FIRST else []
        if self._chance(story.number, f"end of {call_uuid}").choice([*Chapter, None]) is chapter:
            makers.append(call.ended)
        if chance.random() < 0.1:
            makers.reverse()
        for maker in makers:
            event = maker()
            yield event
            if chance.random() < 0.15:
                yield event

    def put(self, story: Story, event: Event) -> None:
        self.service.put(event)
        story.events += 1
        self._note(story, event)

    def _report(self, story: Story, event: Event) -> bool:
        """Report the event over HTTP until it is accepted; return whether it was."""
        members = {name: value for name, value in event.detail.items() if name != "call_uuid"}
        for _ in range(_MAX_REPORTS):
            sent_at = time.monotonic()
            try:
                answer = self.service.report(self._platform_key, event.detail["call_uuid"], members)
            except (HTTPException, OSError):
                continue
            if answer.status_code == 200:
                story.reports.append(SentReport(sent_at, answer.json()))
                self._note(story, event)
                return True
            time.sleep(_SECONDS_BEFORE_THE_NEXT_TRY)
        return False

    def _report_leg(self, story: Story, call_uuid: str, leg_id: str) -> None:
        """Report an agent's leg as one of three phone systems does, until it is accepted."""
        system = self._chance(story.number, leg_id).choice(LEG_REPORTS)
        caller_number = story.caller_number or "anonymous"
        for _ in range(_MAX_REPORTS):
            try:
                members = system(leg_id, call_uuid, caller_number)
                answer = self.service.report(self._platform_key, leg_id, members)
            except (HTTPException, OSError):
                continue
            if answer.status_code == 202:
                story.legs.append(leg_id)
                return
            time.sleep(_SECONDS_BEFORE_THE_NEXT_TRY)

    def _note(self, story: Story, event: Event) -> None:
        listed = story.started if event.detail_type == "Call Started" else story.ended
        listed.append(event.detail["call_uuid"])

    def _put_malformed(self, story: Story, mark: str) -> None:
        self.service.put(Event("Call Started", {"mark": mark}))
        story.events += 1
        story.malformed.append(mark)


def _is_first(story: Story, chapter: Chapter, number: int = 0) -> bool:
    """Whether this is the first of a run, which has a posting to refuse and a malformed event
    whatever its seed."""
    return (story.number, chapter, number) == (0, Chapter.FIRST, 0)


def _in_turn(stories: Sequence[Story]) -> Iterator[tuple[Story, Chapter]]:
    """Yield each story's chapters with chapters of others in between."""
    pauses = [None] * _STORIES_BETWEEN_CHAPTERS
    for beginning, going_on in zip([*stories, *pauses], [*pauses, *stories], strict=True):
        if beginning:
            yield beginning, Chapter.FIRST
        if going_on:
            yield going_on, Chapter.SECOND


def _uuid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
