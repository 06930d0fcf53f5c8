"""The operator's contract, its reading side: entries of the postback log, and calls."""

import csv
import io
import json
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from functions.operator_api.schemas import Moment
from shared.domain.calls import Call, CallStatus, Tag
from shared.domain.log_entries import Cause, LogEntry, Outcome
from shared.domain.posting_warnings import WarningKind


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True, defer_build=True)


class ProblemAnswer(_Answer):
    param: str | None
    message: str


class WarningAnswer(_Answer):
    """What was repaired, guessed or left out in reading a posting, and told in its answer."""

    kind: WarningKind
    param: str | None
    message: str


class PostbackAnswer(_Answer):
    """A posting, the answer given, and what became of it since.

    `call_uuid` is the call that the posting named, `applied_to` the one that its tags are on.
    """

    posting_id: str
    posted_at: Moment
    publisher_id: str
    key_id: str
    caller_number: str | None
    call_uuid: str | None
    tags: dict[str, str]
    status_code: int
    status: str | None
    problems: list[ProblemAnswer]
    outcome: Outcome
    stored_until: Moment | None
    applied_to: str | None
    decided_at: Moment | None
    decided_by: Cause | None
    warnings: list[WarningAnswer]


class PostbackList(_Answer):
    """`next_cursor`, given as `cursor`, asks for the next page; null on the last one.

    A page may have fewer entries than asked for, or none, and yet not be the last.
    """

    postbacks: list[PostbackAnswer]
    next_cursor: str | None


class ValueAnswer(_Answer):
    value: str
    posting_id: str
    posted_at: Moment
    key_id: str
    publisher_id: str

    @classmethod
    def of(cls, tag: Tag) -> "ValueAnswer":
        return cls(
            value=tag.value,
            posting_id=tag.posting_id,
            posted_at=tag.source.posted_at,
            key_id=tag.source.key_id,
            publisher_id=tag.source.publisher_id,
        )


class TagAnswer(_Answer):
    name: str
    value: str
    posting_id: str
    posted_at: Moment
    key_id: str
    publisher_id: str
    replaced: ValueAnswer | None


class CallAnswer(_Answer):
    """A call and its tags: for each, who posted it, and the latest value that it replaced.

    `announced` says whether the platform has been, or is just being, told of the call with its
    tags: what comes before its first event is done with waits for that.
    """

    call_uuid: str
    caller_number: str | None
    campaign_id: str | None
    dialed_number: str | None
    status: CallStatus
    started_at: Moment
    ended_at: Moment | None
    version: int
    tags: list[TagAnswer]
    announced: bool

    @classmethod
    def of(cls, call: Call, status: CallStatus) -> "CallAnswer":
        tags = [
            TagAnswer(
                name=name,
                replaced=ValueAnswer.of(tag.replaced) if tag.replaced else None,
                **dict(ValueAnswer.of(tag)),
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
        )


def to_answer(entry: LogEntry) -> PostbackAnswer:
    return PostbackAnswer.model_validate(entry)


def to_csv(postbacks: Iterable[PostbackAnswer]) -> str:
    """A header line and a line each; tags and problems are JSON, times are ISO 8601."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(PostbackAnswer.model_fields))
    writer.writeheader()
    for postback in postbacks:
        row = postback.model_dump(mode="json")
        for name in ("tags", "problems"):
            row[name] = json.dumps(row[name], ensure_ascii=False)
        writer.writerow(row)
    return text.getvalue()
