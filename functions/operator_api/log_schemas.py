"""The operator API's responses about the postback log and calls."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from functions.operator_api.fields import ResponseModel, Timestamp
from shared.domain.calls import OUTBOUND, Call, CallStatus, Tag
from shared.domain.log_entries import Cause, LogEntry, Outcome
from shared.domain.posting_warnings import WarningKind

_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@\t\r\n|%]")
_NUMBER = re.compile(r"\+?\d{1,15}")
"""A phone number, which is no formula."""


class ProblemResponse(ResponseModel):
    param: str | None
    message: str


class WarningResponse(ResponseModel):
    """A warning of a posting's response: the service repaired, guessed or left out a value."""

    kind: WarningKind
    param: str | None
    message: str


class PostbackResponse(ResponseModel):
    """A posting, the response to it, and its outcome.

    `call_uuid` is the call that the posting named, `applied_to` the call that has its tags.
    """

    posting_id: str
    posted_at: Timestamp
    publisher_id: str
    key_id: str
    caller_number: str | None
    call_uuid: str | None
    tags: dict[str, str]
    status_code: int
    status: str | None
    problems: list[ProblemResponse]
    outcome: Outcome
    stored_until: Timestamp | None
    applied_to: str | None
    decided_at: Timestamp | None
    decided_by: Cause | None
    warnings: list[WarningResponse]


class PostbackList(ResponseModel):
    """Send `next_cursor` as `cursor` to read the next page; it is null on the last page.

    A page may have fewer entries than `limit`, or none, without being the last one.
    """

    postbacks: list[PostbackResponse]
    next_cursor: str | None


class ValueResponse(ResponseModel):
    value: str
    posting_id: str
    posted_at: Timestamp
    key_id: str
    publisher_id: str

    @classmethod
    def of(cls, tag: Tag) -> "ValueResponse":
        return cls(
            value=tag.value,
            posting_id=tag.posting_id,
            posted_at=tag.source.posted_at,
            key_id=tag.source.key_id,
            publisher_id=tag.source.publisher_id,
        )


class TagResponse(ResponseModel):
    name: str
    value: str
    posting_id: str
    posted_at: Timestamp
    key_id: str
    publisher_id: str
    replaced: ValueResponse | None


class CallResponse(ResponseModel):
    """A call and its tags: for each tag who posted it, and the value that it replaced last.

    `announced` is true once the call's first event has been handled, and `Call Tagged` with its
    tags has been sent or is being sent. Tags applied before that wait for it. `reported_by` are the
    IDs of platform keys, or `bus` for call events.
    """

    call_uuid: str
    caller_number: str | None
    campaign_id: str | None
    dialed_number: str | None
    status: CallStatus
    started_at: Timestamp
    ended_at: Timestamp | None
    version: int
    tags: list[TagResponse]
    announced: bool
    direction: Literal["inbound", "outbound"]
    reported_by: list[str]

    @classmethod
    def of(cls, call: Call, status: CallStatus) -> "CallResponse":
        tags = [
            TagResponse(
                name=name,
                replaced=ValueResponse.of(tag.replaced) if tag.replaced else None,
                **dict(ValueResponse.of(tag)),
            )
            for name, tag in sorted(call.tags.items())
        ]
        return cls(
            call_uuid=call.call_uuid,
            caller_number=call.caller_number,
            campaign_id=call.campaign_id,
            dialed_number=call.dialed_number,
            status=status,
            started_at=call.started_at,
            ended_at=call.ended_at,
            version=call.version,
            tags=tags,
            announced=call.announced_at is not None,
            direction="outbound" if call.direction == OUTBOUND else "inbound",
            reported_by=sorted(call.reported_by),
        )


def to_response(entry: LogEntry) -> PostbackResponse:
    return PostbackResponse.model_validate(entry)


def to_csv(postbacks: Iterable[Mapping[str, Any]]) -> str:
    """Write a header row and one row per posting. Tags, problems and warnings are JSON, times ISO
    8601. An apostrophe precedes what a spreadsheet would run as a formula."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(PostbackResponse.model_fields))
    writer.writeheader()
    for postback in postbacks:
        writer.writerow({name: _cell(value) for name, value in postback.items()})
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
