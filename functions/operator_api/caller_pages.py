"""All that is known of a caller, in answers that Lambda can give: 6 MB at most, in some seconds."""

import base64
import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from functions.operator_api.caller_schemas import CallerAnswer, WaitingAnswer
from functions.operator_api.log_schemas import CallAnswer, PostbackAnswer, to_answer
from functions.operator_api.stores import caller_reader, log_reader, settings
from shared.domain.calls import Call
from shared.domain.errors import InvalidInput, Problem
from shared.domain.log_entries import LogEntry
from shared.domain.postings import Posting
from shared.stores import tables
from shared.stores.caller_reader import Logged, Piece, Place
from shared.stores.log import ROW_RETENTION
from shared.stores.log_reader import Span, answered_bytes

MOST_POSTBACKS = 1000
MOST_CALLS = 500
"""Of one answer: a query each, and some more for what the log alone knows of them."""
LONGEST_SECONDS = 6.0
"""After which an answer ends with what it has: the console waits for twelve."""
MOST_BYTES = 4_000_000
"""After which an answer ends: the last piece, a call full of tags, may be 1.5 MB itself."""


Answer = TypeVar("Answer", bound=BaseModel)


class _Section(StrEnum):
    """In the order in which they are told."""

    WAITING = "waiting"
    CALLS = "calls"
    POSTBACKS = "postbacks"


@dataclass(frozen=True, slots=True)
class _Cursor:
    section: _Section
    listed: str = ""
    beside: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether there can be such a place: DynamoDB fails for one out of its bounds."""
        prefix, parts = _PLACES[self.section]
        return self.listed.startswith(prefix) and self.listed.count("#") >= parts

    @property
    def place(self) -> Place | None:
        return Place(self.listed, self.beside) if self.listed else None

    def to_text(self) -> str:
        text = json.dumps([self.section, self.listed, self.beside], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode()


_PLACES = {
    _Section.WAITING: (tables.PENDING_PREFIX, 1),
    _Section.CALLS: (tables.CALLER_CALL_PREFIX, 2),
    _Section.POSTBACKS: ("", 0),
}
_CURSOR = TypeAdapter(tuple[_Section, str, str])


@dataclass(slots=True)
class _Page:
    """One answer, as it fills."""

    number: str
    now: datetime
    waiting: list[WaitingAnswer] = field(default_factory=list)
    calls: list[CallAnswer] = field(default_factory=list)
    postbacks: list[PostbackAnswer] = field(default_factory=list)
    size: int = 0
    ended_calls: int = 0
    ends_at: float = field(default_factory=lambda: time.monotonic() + LONGEST_SECONDS)

    @property
    def is_full(self) -> bool:
        return (
            self.size >= MOST_BYTES
            or self.ended_calls >= MOST_CALLS
            or time.monotonic() >= self.ends_at
            or len(self.postbacks) >= MOST_POSTBACKS
        )

    def add(self, piece: Piece) -> None:
        match piece.found:
            case Posting() as posting:
                waiting = WaitingAnswer.model_validate(posting, from_attributes=True)
                self.waiting.append(self._sized(waiting))
                self._add_entry(posting.key_id, posting.posting_id)
            case Call() as call:
                status = call.status(self.now, settings.longest_call)
                self.calls.append(self._sized(CallAnswer.of(call, status)))
            case Logged() as logged:
                self._add_entry(logged.key_id, logged.posting_id)
            case None:
                self.ended_calls += 1

    def _add_entry(self, key_id: str, posting_id: str) -> None:
        entry = log_reader.read_unlisted(key_id, posting_id, self.number, self.now)
        if entry:
            self.postbacks.append(self._sized(to_answer(entry)))

    def _sized(self, answer: Answer) -> Answer:
        self.size += answered_bytes(answer.model_dump_json())
        return answer

    def to_answer(self, following: _Cursor | None) -> CallerAnswer:
        return CallerAnswer(
            caller_number=self.number,
            waiting=self.waiting,
            calls=self.calls,
            postbacks=sorted(self.postbacks, key=lambda each: each.posting_id, reverse=True),
            has_more_postbacks=following is not None,
            next_cursor=following.to_text() if following else None,
        )


def read(number: str, cursor: str | None, now: datetime) -> CallerAnswer:
    """Raises InvalidInput for a cursor that is none of ours."""
    page = _Page(number, now)
    return page.to_answer(_fill(page, _cursor(cursor) if cursor else None))


def _fill(page: _Page, start: _Cursor | None) -> _Cursor | None:
    """Where the next page is to start; None if this is the last."""
    sections = list(_Section)
    for section in sections[sections.index(start.section) if start else 0 :]:
        at = start if start and start.section is section else _Cursor(section)
        if section is _Section.POSTBACKS:
            return _fill_with_postbacks(page, at)
        pieces = caller_reader.calls if section is _Section.CALLS else caller_reader.waiting
        for piece in pieces(page.number, at.place):
            page.add(piece)
            if page.is_full:
                return _Cursor(section, piece.place.listed, piece.place.beside)
    return None


def _fill_with_postbacks(page: _Page, at: _Cursor) -> _Cursor | None:
    span = Span(
        start=page.now - ROW_RETENTION, end=page.now + timedelta(days=1), cursor=at.listed or None
    )
    found = log_reader.read_caller(
        page.number,
        span,
        limit=MOST_POSTBACKS - len(page.postbacks),
        now=page.now,
        keep=_all,
        most_bytes=MOST_BYTES - page.size,
    )
    page.postbacks += map(to_answer, found.entries)
    return _Cursor(at.section, found.next_cursor) if found.next_cursor else None


def _all(_: LogEntry) -> bool:
    return True


def _cursor(text: str) -> _Cursor:
    try:
        read = _Cursor(*_CURSOR.validate_json(base64.b64decode(text, "-_", validate=True)))
    except (ValidationError, ValueError):
        read = None
    if read is None or not read.is_ours:
        message = "is not one that this address gave; send next_cursor of the answer before"
        raise InvalidInput(Problem("cursor", message))
    return read
