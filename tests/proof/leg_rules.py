"""What a call must be after reports of its legs, in whatever order they were handled."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from shared.domain import timestamps
from shared.domain.calls import INBOUND, OUTBOUND
from tests.proof.facts import Facts, Values
from tests.proof.operations import (
    AGENT,
    AGENTS_LEG,
    CALL,
    CALLERS_LEG,
    CHILD,
    LATER,
    NEXT_LEG,
    NOON,
    NUMBER,
    SECOND,
    ReportLeg,
)

_LEGS: Mapping[str, tuple[str, datetime]] = {
    CALLERS_LEG: (NUMBER, NOON),
    AGENTS_LEG: (AGENT, NOON + 5 * SECOND),
}
"""The person outside, and the start, if this leg is the call's."""


def is_reported(facts: Facts, call_uuid: str) -> bool:
    """Return whether a leg was reported that makes this a call."""
    return call_uuid == CALL and _first_leg(facts) is not None


def flaws(facts: Facts) -> Iterator[str]:
    shared = [leg for leg in facts.legs if not (leg.parent or leg.is_bare)]
    if facts.is_child_known and CHILD in facts.calls:
        yield "a leg with an ID of its own became a call"
    if shared and not any(told.call_uuid == CALL for told in facts.told):
        yield from _wrong_call(facts, facts.calls.get(CALL))


def _first_leg(facts: Facts) -> str | None:
    """Return the leg with which the call began: the caller's, or else the agent's."""
    directions = {leg.direction for leg in facts.legs if not leg.is_takeover}
    if INBOUND in directions:
        return CALLERS_LEG
    return AGENTS_LEG if OUTBOUND in directions else None


def _main_leg(facts: Facts) -> str | None:
    first = _first_leg(facts)
    is_transferred = any(leg.leg_id == NEXT_LEG for leg in facts.legs)
    return NEXT_LEG if first and is_transferred else first


def _wrong_call(facts: Facts, call: Values | None) -> Iterator[str]:
    first, main = _first_leg(facts), _main_leg(facts)
    if first is None or main is None:
        if call:
            yield f"no leg with a direction was reported, and there is the call {dict(call)}"
        return
    if call is None:
        yield f"{first} was reported, and there is no call"
        return
    caller, started_at = _LEGS[first]
    mains = [leg for leg in facts.legs if leg.leg_id == main]
    if all(leg.is_untimed for leg in mains):
        started_at = LATER
    expected = {
        "main_leg": main,
        "started_at": timestamps.to_text(started_at),
        "ended_at": next(_ends(mains, started_at), None),
    } | ({} if "forgotten_at" in call else {"caller_number": caller})
    found = {name: call.get(name) for name in expected}
    if found != expected:
        yield f"the call has {found} instead of {expected}"
    if missing := _reporters(mains) - call.get("reported_by", frozenset()):
        yield f"{missing} reported the call, and it does not say so"
    if "forgotten_at" not in call:
        yield from _wrong_list(facts, call)


def _ends(mains: list[ReportLeg], started_at: datetime) -> Iterator[str]:
    """Yield the reported ends, the time of the request instead of one before the call's start."""
    for leg in mains:
        if leg.ended_at:
            yield timestamps.to_text(leg.ended_at if leg.ended_at >= started_at else LATER)


def _reporters(legs: list[ReportLeg]) -> set[str]:
    # The report of a leg that was remembered is not the call's yet.
    return {leg.reporter for leg in legs if leg.direction}


def _wrong_list(facts: Facts, call: Values) -> Iterator[str]:
    places = [(c.get("caller_number"), c["started_at"]) for c in facts.listed]
    own = (call.get("caller_number"), call["started_at"])
    if own not in places:
        yield f"the call is listed at {places}, and not at {own}"
    if not facts.has_faults and len(places) > 1:
        yield f"the call is listed at {places}, and belongs at {own} only"
