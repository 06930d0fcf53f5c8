"""Which leg of a call a report is about, where all legs of a call share its ID. Pure.

A phone system reports the caller's leg, and those of agents and transfers, in any order. One of
them is the call's main leg: only its end ends the call. Of a caller's call it is the inbound leg.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.domain import transfers
from shared.domain.calls import INBOUND, OUTBOUND, Call, update, without_numbers

UNKNOWN_DIRECTION = "the leg's direction is unknown until its start is reported"
MOVED_OTHER_LEG = "the transfer of a leg that is not the main leg of a known call"
TAKEOVER_FIRST = "a transfer of a call that was not reported yet"


@dataclass(frozen=True, slots=True)
class Parties:
    """Both sides of a call: the person outside, in E.164, and the other side as it was sent."""

    caller_number: str | None = None
    dialed_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The leg that a report is about.

    `direction` is None if the report does not say; then the stored one decides which side is the
    person outside: `inbound` has the sides read as those of an inbound leg, `outbound` as those of
    an outbound one. `is_takeover` marks a leg that continues the call after another one, so that
    from then on its end is the call's.
    """

    leg_id: str
    direction: str | None
    inbound: Parties = Parties()
    outbound: Parties = Parties()
    is_takeover: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedLeg:
    """What was reported about a leg before it was known whether it is the call's main leg."""

    started_at: datetime
    ended_at: datetime | None = None
    is_takeover: bool = False
    is_start_assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownLegs:
    """All that is stored under a call's ID. Without `call` only legs were remembered, or nothing.

    `version` counts every change, also those before the call was known.
    """

    call: Call | None = None
    remembered: Mapping[str, RememberedLeg] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredReport:
    """A report that neither starts nor ends a call: the outcome of CallStore.report.

    `call_uuid` is the ID that was reported, `parent_call_uuid` that of the call that it belongs to.
    `call` is that call if the report has found it under the same ID.
    """

    reason: str
    call_uuid: str
    parent_call_uuid: str
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Ignore:
    """The report changes nothing."""

    reason: str


@dataclass(frozen=True, slots=True)
class Remember:
    """The leg is remembered until the call, or its main leg, is known."""

    leg_id: str
    remembered: RememberedLeg
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """The report is the main leg's. `call` is the call after it; the legs in `forgotten` need not
    be remembered any longer."""

    call: Call
    forgotten: tuple[str, ...] = ()


Decision = Ignore | Remember | Record


def decide(known: KnownLegs, reported: Call, leg: Leg, at: datetime) -> Decision:
    """Decide what a report about a leg does to what is known. The order of reports does not matter.

    The numbers of `reported` do not count; those of the leg do. `at` is when the report arrived.
    """
    call = known.call
    if call is None:
        return _without_call(known, reported, leg, at)
    if call.main_leg is None:
        return _without_main_leg(known, call, reported, leg, at)
    if leg.leg_id == call.main_leg:
        return Record(_of_main_leg(call, read_as(reported, leg, call.direction), at))
    if leg.is_takeover:
        is_later = reported.started_at > transfers.main_leg_since(call)
        return _take_over(call, reported, leg, at) if is_later else _of_call(call)
    if leg.direction == (call.direction or INBOUND):
        return _beside(call, read_as(reported, leg, call.direction), at)
    if call.direction != OUTBOUND:
        return _of_call(call)
    if leg.direction is None:
        return _remember(known, reported, leg, UNKNOWN_DIRECTION)
    if call.caller_number and leg.inbound.caller_number == call.caller_number:
        return _of_call(call)  # the person whom we called, by another way; no agent's leg
    return _replace(known, call, reported, leg, at)


def read_as(reported: Call, leg: Leg, direction: str | None) -> Call:
    """Return the reported call with the sides of a leg of this direction."""
    parties = leg.outbound if direction == OUTBOUND else leg.inbound
    return replace(
        reported,
        caller_number=parties.caller_number,
        dialed_number=parties.dialed_number,
        direction=direction or INBOUND,
        main_leg=leg.leg_id,
        main_leg_started_at=reported.started_at,
    )


def _without_call(known: KnownLegs, reported: Call, leg: Leg, at: datetime) -> Decision:
    if leg.is_takeover:
        return _remember(known, reported, leg, TAKEOVER_FIRST)
    if leg.direction is None:
        return _remember(known, reported, leg, UNKNOWN_DIRECTION)
    begun = _with_own_times(read_as(reported, leg, leg.direction), known, at)
    call = _with_last_takeover(begun, known)
    return Record(replace(call, version=known.version + 1), _no_longer_needed(known, call))


def _of_main_leg(call: Call, reported: Call, at: datetime) -> Call:
    after = update(call, reported, at)
    if after.started_at != call.started_at and call.main_leg_started_at == call.started_at:
        return replace(after, main_leg_started_at=after.started_at)
    return after


def _without_main_leg(
    known: KnownLegs, call: Call, reported: Call, leg: Leg, at: datetime
) -> Decision:
    """Decide about a call that was reported without any leg, such as by the platform itself."""
    if leg.direction is None:
        return _remember(known, reported, leg, UNKNOWN_DIRECTION)
    if leg.is_takeover:
        if reported.started_at <= call.started_at:
            return _of_call(call)
    elif leg.direction != (call.direction or INBOUND):
        return _of_call(call)
    after = update(call, read_as(reported, leg, call.direction), at)
    after = replace(after, main_leg=leg.leg_id, main_leg_started_at=reported.started_at)
    if not call.ended_at:  # an end that was reported of the call itself stays
        after = _with_last_takeover(_with_own_times(after, known, at), known)
    return Record(after, _no_longer_needed(known, after))


def _take_over(call: Call, reported: Call, leg: Leg, at: datetime) -> Record:
    """Let a later leg continue the call: whatever ended the earlier one did not end the call."""
    continued = replace(call, ended_at=None)
    after = update(continued, read_as(reported, leg, leg.direction), at)
    moved = replace(after, main_leg=leg.leg_id, main_leg_started_at=reported.started_at)
    return Record(transfers.with_start_before(call, moved))


def _beside(call: Call, reported: Call, at: datetime) -> Decision:
    """Decide about another leg of the call's direction.

    If the call was transferred, it may be the first leg: its numbers and its start count, but not
    its end.
    """
    after = replace(call, version=call.version + 1)
    if transfers.is_transferred(call):
        after = update(call, replace(reported, ended_at=None), at)
    is_known = replace(after, version=call.version, reported_by=call.reported_by) == call
    # The report that made it a call may have stopped halfway, and this may be its retry.
    return _of_call(call) if is_known and call.announced_at is not None else Record(after)


def _replace(known: KnownLegs, call: Call, reported: Call, leg: Leg, at: datetime) -> Record:
    """Let the caller's leg take the place of an agent's, whose report has overtaken it.

    Tags that were applied stay. The call must be listed and announced again.
    """
    own = read_as(reported, leg, INBOUND)
    if call.forgotten_at:
        own = without_numbers(own)
    after = replace(
        own,
        campaign_id=call.campaign_id or reported.campaign_id,
        forgotten_at=call.forgotten_at,
        reported_by=call.reported_by | reported.reported_by,
        tags=call.tags,
        version=call.version + 1,
    )
    return Record(_with_own_times(after, known, at), _no_longer_needed(known, after))


def _with_own_times(call: Call, known: KnownLegs, at: datetime) -> Call:
    """Return the call, ended if the end of its main leg was remembered.

    An assumed start gives way to an earlier one that was remembered.
    """
    own = known.remembered.get(call.main_leg or "")
    if own is None:
        return call
    if call.is_start_assumed and own.started_at < call.started_at:
        call = replace(
            call,
            started_at=own.started_at,
            main_leg_started_at=own.started_at,
            is_start_assumed=own.is_start_assumed,
        )
    if own.ended_at is None or call.ended_at:
        return call
    is_early = own.ended_at < call.started_at
    return replace(call, ended_at=max(at, call.started_at) if is_early else own.ended_at)


def _with_last_takeover(call: Call, known: KnownLegs) -> Call:
    since = transfers.main_leg_since(call)
    later = [
        (leg.started_at, leg_id, leg)
        for leg_id, leg in known.remembered.items()
        if leg.is_takeover and leg.started_at > since
    ]
    if not later:
        return call
    started_at, leg_id, leg = max(later, key=lambda each: each[:2])
    moved = replace(call, main_leg=leg_id, main_leg_started_at=started_at, ended_at=leg.ended_at)
    return transfers.with_start_before(call, moved)


def _no_longer_needed(known: KnownLegs, call: Call) -> tuple[str, ...]:
    """Return the legs to forget: all once the caller's leg is known, or else the main leg."""
    is_final = call.direction != OUTBOUND
    return tuple(name for name in known.remembered if is_final or name == call.main_leg)


def _remember(known: KnownLegs, reported: Call, leg: Leg, reason: str) -> Remember:
    before = known.remembered.get(leg.leg_id)
    is_first = before is None or reported.started_at < before.started_at
    first: Call | RememberedLeg = reported if is_first or before is None else before
    remembered = RememberedLeg(
        started_at=first.started_at,
        ended_at=(before.ended_at if before else None) or reported.ended_at,
        is_takeover=leg.is_takeover,
        is_start_assumed=first.is_start_assumed,
    )
    return Remember(leg.leg_id, remembered, reason)


def _of_call(call: Call) -> Ignore:
    return Ignore(of_call(call.call_uuid))


def of_call(call_uuid: str) -> str:
    """Return the reason why a leg's report is ignored."""
    return f"leg of call {call_uuid}"
