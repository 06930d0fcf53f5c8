"""All data about a caller, in pages that a Lambda function can return: each under 6 MB, and
within seconds."""

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from functions.operator_api.caller_schemas import CallerResponse, WaitingResponse
from functions.operator_api.log_schemas import CallResponse, PostbackResponse, to_response
from functions.operator_api.stores import caller_reader, log_reader, settings
from shared.domain.calls import Call
from shared.domain.errors import InvalidInput, Problem
from shared.domain.log_entries import LogEntry
from shared.domain.postings import Posting
from shared.stores import tables
from shared.stores.caller_reader import CallerItem, LogPointer, Position
from shared.stores.log import ROW_RETENTION
from shared.stores.log_reader import Span, response_bytes

MAX_POSTBACKS = 1000
MAX_CALLS = 500
"""Maximum calls per page. Each takes a query, and more for postings that only the log has."""
MAX_SECONDS = 6.0
"""A page ends after this time with what it has: the console waits 12 seconds."""
MAX_BYTES = 4_000_000
"""A page ends at this size. The last item, a call full of tags, may add another 1.5 MB."""


Schema = TypeVar("Schema", bound=BaseModel)


class _Section(StrEnum):
    """The sections of the response, in their order."""

    WAITING = "waiting"
    CALLS = "calls"
    POSTBACKS = "postbacks"


@dataclass(frozen=True, slots=True)
class _Cursor:
    section: _Section
    in_caller: str = ""
    in_call: str = ""
    number: int = 0
    """Which of the caller's numbers: 1 for the one as it was written, if it is read differently."""

    @property
    def is_valid(self) -> bool:
        """Whether DynamoDB can start a query here: it fails for a key outside of the partition."""
        prefix, parts = _PLACES[self.section]
        return self.in_caller.startswith(prefix) and self.in_caller.count("#") >= parts

    @property
    def position(self) -> Position | None:
        return Position(self.in_caller, self.in_call) if self.in_caller else None

    def to_text(self) -> str:
        members = [self.section, self.in_caller, self.in_call, *([self.number] * self.number)]
        text = json.dumps(members, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode()


_PLACES = {
    _Section.WAITING: (tables.PENDING_PREFIX, 1),
    _Section.CALLS: (tables.CALLER_CALL_PREFIX, 2),
    _Section.POSTBACKS: ("", 0),
}
_CURSOR: TypeAdapter[tuple[_Section, str, str] | tuple[_Section, str, str, Literal[1]]] = (
    TypeAdapter(tuple[_Section, str, str] | tuple[_Section, str, str, Literal[1]])
)


@dataclass(slots=True)
class _CallerPage:
    """One page, while it fills."""

    numbers: Sequence[str]
    now: datetime
    waiting: list[WaitingResponse] = field(default_factory=list)
    calls: list[CallResponse] = field(default_factory=list)
    postbacks: list[PostbackResponse] = field(default_factory=list)
    size: int = 0
    read_calls: int = 0
    ends_at: float = field(default_factory=lambda: time.monotonic() + MAX_SECONDS)

    @property
    def is_full(self) -> bool:
        return (
            self.size >= MAX_BYTES
            or self.read_calls >= MAX_CALLS
            or time.monotonic() >= self.ends_at
            or len(self.postbacks) >= MAX_POSTBACKS
        )

    def add(self, item: CallerItem) -> None:
        match item.value:
            case Posting() as posting:
                waiting = WaitingResponse.model_validate(posting, from_attributes=True)
                self.waiting.append(self._sized(waiting))
                self._add_entry(posting.key_id, posting.posting_id)
            case Call() as call:
                status = call.status(self.now, settings.longest_call)
                self.calls.append(self._sized(CallResponse.of(call, status)))
            case LogPointer() as pointer:
                self._add_entry(pointer.key_id, pointer.posting_id)
            case None:
                self.read_calls += 1

    def _add_entry(self, key_id: str, posting_id: str) -> None:
        entry = log_reader.read_unlisted(key_id, posting_id, self.numbers, self.now)
        if entry:
            self.postbacks.append(self._sized(to_response(entry)))

    def _sized(self, schema: Schema) -> Schema:
        self.size += response_bytes(schema.model_dump_json())
        return schema

    def to_response(self, following: _Cursor | None) -> CallerResponse:
        return CallerResponse(
            caller_number=self.numbers[0],
            waiting=self.waiting,
            calls=self.calls,
            postbacks=sorted(self.postbacks, key=lambda each: each.posting_id, reverse=True),
            has_more_postbacks=following is not None,
            next_cursor=following.to_text() if following else None,
        )


def read(numbers: Sequence[str], cursor: str | None, now: datetime) -> CallerResponse:
    """Return one page about a caller's numbers. Raises InvalidInput for an invalid cursor."""
    page = _CallerPage(numbers, now)
    return page.to_response(_fill(page, _cursor(cursor, numbers) if cursor else None))


def _fill(page: _CallerPage, start: _Cursor | None) -> _Cursor | None:
    """Fill the page. Returns the start of the next page; None if this is the last one."""
    sections = list(_Section)
    for section in sections[sections.index(start.section) if start else 0 :]:
        at = start if start and start.section is section else _Cursor(section)
        if section is _Section.POSTBACKS:
            return _fill_with_postbacks(page, at)
        items = caller_reader.calls if section is _Section.CALLS else caller_reader.pending
        for index in range(at.number, len(page.numbers)):
            after = at.position if index == at.number else None
            for item in items(page.numbers[index], after):
                page.add(item)
                if page.is_full:
                    return _Cursor(section, item.position.in_caller, item.position.in_call, index)
    return None


def _fill_with_postbacks(page: _CallerPage, at: _Cursor) -> _Cursor | None:
    span = Span(
        start=page.now - ROW_RETENTION,
        end=page.now + timedelta(days=1),
        cursor=at.in_caller or None,
    )
    found = log_reader.read_caller(
        page.numbers,
        span,
        limit=MAX_POSTBACKS - len(page.postbacks),
        now=page.now,
        keep=_all,
        max_bytes=MAX_BYTES - page.size,
    )
    page.postbacks += map(to_response, found.entries)
    return _Cursor(at.section, found.next_cursor) if found.next_cursor else None


def _all(_: LogEntry) -> bool:
    return True


def _cursor(text: str, numbers: Sequence[str]) -> _Cursor:
    try:
        read = _Cursor(*_CURSOR.validate_json(base64.b64decode(text, "-_", validate=True)))
    except (ValidationError, ValueError):
        read = None
    if read is None or not read.is_valid or read.number >= len(numbers):
        message = "is not a cursor of this caller; send next_cursor of the previous response"
        raise InvalidInput(Problem("cursor", message))
    return read
