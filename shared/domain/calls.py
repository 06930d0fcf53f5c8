"""Calls: what is known of a call, and which postings belong to it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.postings import Posting, Status

MOST_DELAY = timedelta(seconds=1)
"""How long a report usually takes to arrive: an assumed start that is as near stays."""

INBOUND, OUTBOUND = "inbound", "outbound"
"""A call's direction. A call without one is inbound."""


class CallStatus(StrEnum):
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class CallEventType(StrEnum):
    """The platform's events, by their EventBridge detail type."""

    STARTED = "Call Started"
    ENDED = "Call Ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The posting that a tag comes from."""

    posting_id: str
    key_id: str
    publisher_id: str
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Tag:
    """A value and its source.

    `replaced` is the next best value: the latest one before it, or an unfilled placeholder, which
    never replaces a real value.
    """

    value: str
    source: Source
    replaced: "Tag | None" = None

    @property
    def posting_id(self) -> str:
        return self.source.posting_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One phone call.

    A forgotten call has no caller, and never gets one again. `announced_at` is the version at which
    a call event had the call's tags sent to the platform; None before the first event.

    The caller is the person outside in both directions, and `dialed_number` the other side.
    `direction` is inbound or outbound. `main_leg` is set where several legs share the call's ID:
    only its end ends the call (`shared/domain/legs.py`). `reported_by` are the IDs of platform
    keys, or `bus`. If `is_start_assumed`, no report has said when the call started: `started_at` is
    when the first one arrived, or the call's end.
    """

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
    direction: str | None = None
    main_leg: str | None = None
    main_leg_started_at: datetime | None = None
    reported_by: frozenset[str] = frozenset()
    is_start_assumed: bool = False

    @property
    def posting_ids(self) -> frozenset[str]:
        """The IDs of all postings that its tags come from, replaced tags included."""
        tags = (tag for shown in self.tags.values() for tag in (shown, shown.replaced))
        return frozenset(tag.posting_id for tag in tags if tag)

    def is_over(self, at: datetime, longest_call: timedelta) -> bool:
        """Whether the call was over. Without a reported end it is, after `longest_call`."""
        return at > self._over_at(longest_call)

    def status(self, at: datetime, longest_call: timedelta) -> CallStatus:
        if self.ended_at or self.is_over(at, longest_call):
            return CallStatus.COMPLETED
        return CallStatus.IN_PROGRESS

    def _over_at(self, longest_call: timedelta) -> datetime:
        return self.ended_at or self.started_at + longest_call

    def is_past_cutoff(self, posting: Posting, longest_call: timedelta) -> bool:
        return posting.posted_at > self._over_at(longest_call) + posting.end_call_cutoff


def update(known: Call | None, reported: Call, at: datetime) -> Call:
    """Add a report that arrived at this time to what is known of a call.

    Known values stay: an ended call does not reopen, and a start moves only if it was assumed. An
    end before the known start is replaced by the time of arrival.
    """
    if known is None:
        return replace(reported, version=1)
    if known.forgotten_at:
        reported = without_numbers(reported)
    known = _with_real_start(known, reported)
    ended_at = max(at, known.started_at) if ends_early(known, reported) else reported.ended_at
    return replace(
        known,
        ended_at=known.ended_at or ended_at,
        caller_number=known.caller_number or reported.caller_number,
        campaign_id=known.campaign_id or reported.campaign_id,
        dialed_number=known.dialed_number or reported.dialed_number,
        direction=known.direction or reported.direction,
        reported_by=known.reported_by | reported.reported_by,
        version=known.version + 1,
    )


def ends_early(call: Call, reported: Call) -> bool:
    """Whether the report has an end before the call's start."""
    return reported.ended_at is not None and reported.ended_at < call.started_at


def ends_wrongly(call: Call, reported: Call) -> bool:
    """Whether the report's end is so long before the call's start that its times need a warning.

    The times of some systems are cut to whole seconds.
    """
    return reported.ended_at is not None and call.started_at - reported.ended_at >= MOST_DELAY


def _with_real_start(known: Call, reported: Call) -> Call:
    """Return the call with the report's start, if the known one was assumed and is later.

    The call must be listed and announced again then.
    """
    has_start = not reported.is_start_assumed
    # One without a start has its end as the start, or is counted back from that by its length.
    has_length = reported.ended_at is not None and reported.started_at < reported.ended_at
    is_off = has_start and reported.started_at < known.started_at - MOST_DELAY
    is_off |= (has_start or has_length) and ends_early(known, reported)
    if not (known.is_start_assumed and is_off and reported.started_at < known.started_at):
        return known
    return replace(
        known, started_at=reported.started_at, is_start_assumed=not has_start, announced_at=None
    )


def has_other_caller(call: Call, reported: Call) -> bool:
    """Whether the report names another caller than is known: the first one stays."""
    numbers = {call.caller_number, reported.caller_number}
    return None not in numbers and len(numbers) > 1


def without_numbers(call: Call) -> Call:
    """Return what may be stored about a call whose caller was forgotten."""
    return replace(call, caller_number=None, dialed_number=None)


def belongs(posting: Posting, call: Call, longest_call: timedelta) -> bool:
    """Whether the posting's tags belong to the call. Depends on their own times only, never on the
    time of the question.

    A posting from before the call belongs if it had not expired when the call started. A later one
    belongs until the call was over and the key's end call cutoff had passed, both ends included.
    """
    # The call may have had another caller when it was found: legs can be reported in any order.
    if not posting.call_uuid and posting.caller_number != call.caller_number:
        return False
    if posting.posted_at < call.started_at:
        return call.started_at <= posting.stored_until
    return not call.is_past_cutoff(posting, longest_call)


def status_for(posting: Posting, call: Call, longest_call: timedelta) -> Status:
    """Return the status of a posting that was applied to this call, for its publisher."""
    if call.status(posting.posted_at, longest_call) is CallStatus.COMPLETED:
        return Status.APPLIED_COMPLETED
    return Status.APPLIED_IN_PROGRESS


def announced_at(call: Call, event: CallEventType | None) -> int | None:
    """Return the version at which the call is announced to the platform because of an event.

    Every start announces the call, even if it is reported twice, since routing waits for its tags.
    An end does if the call was not announced before.
    """
    if event is CallEventType.STARTED or (event and call.announced_at is None):
        return call.version + 1
    return call.announced_at
