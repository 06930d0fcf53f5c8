"""A call, whether a posting belongs to it, and what its tags become. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain import placeholders
from shared.domain.postings import Posting, Status

MAX_TAG_BYTES = 300_000
"""What one call's tags may take, so that the call stays one DynamoDB item (400 KB at most)."""

_TAG_OVERHEAD_BYTES = 250
"""More than a tag's name, value and source take in the item beside their own text."""


class CallStatus(StrEnum):
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class CallEventType(StrEnum):
    """The platform's events, by their EventBridge detail-type."""

    STARTED = "Call Started"
    ENDED = "Call Ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The posting that a tag came from."""

    posting_id: str
    key_id: str
    publisher_id: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Tag:
    """A value and where it came from; `replaced` is the latest one before it, if any, or a
    placeholder that was not filled in, which never replaces a real value."""

    value: str
    source: Source
    replaced: "Tag | None" = None

    @property
    def posting_id(self) -> str:
        return self.source.posting_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One phone call. Of one that was forgotten, who called is not known, and not learned again.
    `announced_at` is the version with which an event's handling made its tags
    known to the platform; None before the first event is done with."""

    call_uuid: str
    started_at: datetime
    ended_at: datetime | None = None
    caller_number: str | None = None
    campaign_id: str | None = None
    dialed_number: str | None = None
    forgotten_at: datetime | None = None
    version: int = 0
    announced_at: int | None = None
    tags: Mapping[str, Tag] = field(default_factory=dict)

    @property
    def posting_ids(self) -> frozenset[str]:
        """Of all postings of which it has tags, replaced ones included."""
        tags = (tag for shown in self.tags.values() for tag in (shown, shown.replaced))
        return frozenset(tag.posting_id for tag in tags if tag)

    def is_over(self, at: datetime, longest_call: timedelta) -> bool:
        """Whether the call was over; one whose end was never told is, after `longest_call`."""
        return at > self._over_at(longest_call)

    def status(self, at: datetime, longest_call: timedelta) -> CallStatus:
        if self.ended_at or self.is_over(at, longest_call):
            return CallStatus.COMPLETED
        return CallStatus.IN_PROGRESS

    def _over_at(self, longest_call: timedelta) -> datetime:
        return self.ended_at or self.started_at + longest_call

    def is_past_cutoff(self, posting: Posting, longest_call: timedelta) -> bool:
        return posting.posted_at > self._over_at(longest_call) + posting.end_call_cutoff


def updated(known: Call | None, told: Call) -> Call:
    """What is known of a call once this was told of it. What is known already stays: an ended call
    does not reopen, a start does not move."""
    if known is None:
        return replace(told, version=1)
    if known.forgotten_at:
        told = anonymous(told)
    return replace(
        known,
        ended_at=known.ended_at or told.ended_at,
        caller_number=known.caller_number or told.caller_number,
        campaign_id=known.campaign_id or told.campaign_id,
        dialed_number=known.dialed_number or told.dialed_number,
        version=known.version + 1,
    )


def anonymous(told: Call) -> Call:
    """What may be told of a call that was forgotten."""
    return replace(told, caller_number=None, dialed_number=None)


def belongs(posting: Posting, call: Call, longest_call: timedelta) -> bool:
    """Whether the posting's tags go on the call, by their own times and never by that of asking.

    Posted before the call: if it was still stored when the call started. Posted later: until the
    call was over and the key's end call cut-off had passed, both ends included.
    """
    if call.forgotten_at and not posting.call_uuid:
        return False
    if posting.posted_at < call.started_at:
        return call.started_at <= posting.stored_until
    return not call.is_past_cutoff(posting, longest_call)


def status_for(posting: Posting, call: Call, longest_call: timedelta) -> Status:
    """What the publisher is told of a posting that went on this call."""
    if call.status(posting.posted_at, longest_call) is CallStatus.COMPLETED:
        return Status.APPLIED_COMPLETED
    return Status.APPLIED_IN_PROGRESS


@dataclass(frozen=True, slots=True)
class Merge:
    """What postings make of a call's tags; `left_out` are those that found no room."""

    tags: Mapping[str, Tag]
    applied: tuple[Posting, ...]
    left_out: tuple[Posting, ...]


def merge(tags: Mapping[str, Tag], postings: Iterable[Posting]) -> Merge:
    """Put the postings' tags on a call, the later posting winning tag by tag, whoever came first;
    but a placeholder that was not filled in never wins over a real value.

    A posting goes on as a whole or not at all: one whose tags would outgrow the call's item is left
    out, and does not stand in the way of the next. What was replaced makes room before that.
    """
    applied: list[Posting] = []
    left_out: list[Posting] = []
    for posting in sorted(postings, key=lambda p: p.posting_id):
        merged = _merge_one(tags, posting)
        if _size(merged) > MAX_TAG_BYTES:
            merged = {name: replace(tag, replaced=None) for name, tag in merged.items()}
        if _size(merged) > MAX_TAG_BYTES:
            left_out.append(posting)
        else:
            tags = merged
            applied.append(posting)
    return Merge(tags, tuple(applied), tuple(left_out))


def _merge_one(tags: Mapping[str, Tag], posting: Posting) -> dict[str, Tag]:
    source = Source(
        posting_id=posting.posting_id,
        key_id=posting.key_id,
        publisher_id=posting.publisher_id,
        posted_at=posting.posted_at,
    )
    merged = dict(tags)
    for name, value in posting.tags.items():
        merged[name] = _later(tags.get(name), Tag(value, source))
    return merged


def _later(known: Tag | None, new: Tag) -> Tag:
    """The later of two values, with the next best beside it: the same, whichever came first.

    A placeholder that was not filled in counts as earlier than any real value.
    """
    if known is None:
        return new
    if _rank(known) < _rank(new):
        return replace(new, replaced=replace(known, replaced=None))
    if known.replaced is None or _rank(known.replaced) < _rank(new):
        return replace(known, replaced=new)
    return known


def _rank(tag: Tag) -> tuple[bool, str]:
    return not placeholders.is_unfilled(tag.value), tag.posting_id


def _size(tags: Mapping[str, Tag]) -> int:
    return sum(
        len(name.encode()) + len(value.value.encode()) + _TAG_OVERHEAD_BYTES
        for name, tag in tags.items()
        for value in (tag, tag.replaced)
        if value
    )


def announced_at(call: Call, event: CallEventType | None) -> int | None:
    """The version with which the platform is told of the call for the sake of an event.

    Every start is such an event, the same one told twice included, since routing waits for its
    answer; an end is, where the platform has heard nothing of the call yet.
    """
    if event is CallEventType.STARTED or (event and call.announced_at is None):
        return call.version + 1
    return call.announced_at


def needs_announcing(before: Call | None, after: Call) -> bool:
    """Whether a change of a call is one that the platform must hear of.

    Tags that came before the call's first event was done with wait for it, so that the first thing
    the platform hears of a call is complete.
    """
    if after.announced_at is None:
        return False
    if before is None or before.announced_at != after.announced_at:
        return True
    return _shown(before) != _shown(after)


def _shown(call: Call) -> dict[str, tuple[str, str]]:
    """Of a call's tags, what the platform sees."""
    return {name: (tag.value, tag.posting_id) for name, tag in call.tags.items()}
