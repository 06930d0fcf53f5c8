"""Which leg of a call a report is about, and what it does to the call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calls import INBOUND, OUTBOUND, Call
from shared.domain.legs import (
    TAKEOVER_FIRST,
    UNKNOWN_DIRECTION,
    Decision,
    Ignore,
    KnownLegs,
    Leg,
    Parties,
    Record,
    Remember,
    RememberedLeg,
    decide,
    of_call,
)

NINE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
"""When reports arrive."""
SECOND = timedelta(seconds=1)
CALL_ID = "session-0042"
CALLER, AGENT, OURS = "+15552010001", "+15552010077", "+15552019999"
INBOUND_ID, AGENT_ID, OTHER_ID = "leg-caller", "leg-agent", "leg-other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One report of a phone system about a leg; times are in seconds after nine."""

    leg_id: str
    direction: str | None = None
    calling: str | None = None
    called: str | None = None
    started: int = 0
    ended: int | None = None
    is_takeover: bool = False
    is_start_assumed: bool = False

    def reported(self) -> Call:
        ended_at = None if self.ended is None else NINE + self.ended * SECOND
        return Call(
            call_uuid=CALL_ID,
            started_at=NINE + self.started * SECOND,
            ended_at=ended_at,
            reported_by=frozenset(("pfk_a",)),
            is_start_assumed=self.is_start_assumed,
        )

    def leg(self) -> Leg:
        return Leg(
            leg_id=self.leg_id,
            direction=self.direction,
            inbound=Parties(self.calling, self.called),
            outbound=Parties(self.called, self.calling),
            is_takeover=self.is_takeover,
        )


def _decide(known: KnownLegs, event: Event) -> Decision:
    return decide(known, event.reported(), event.leg(), LATER)


def _after(known: KnownLegs, decision: Decision) -> KnownLegs:
    """Return what is stored after a decision was carried out."""
    match decision:
        case Remember():
            remembered = {**known.remembered, decision.leg_id: decision.remembered}
            call = known.call and replace(known.call, version=known.version + 1)
            return KnownLegs(call=call, remembered=remembered, version=known.version + 1)
        case Record():
            kept = {n: leg for n, leg in known.remembered.items() if n not in decision.forgotten}
            return KnownLegs(call=decision.call, remembered=kept, version=decision.call.version)
    return known


def _all(events: Iterable[Event]) -> KnownLegs:
    known = KnownLegs()
    for event in events:
        known = _after(known, _decide(known, event))
    return known


CALLER_STARTS = Event(leg_id=INBOUND_ID, direction=INBOUND, calling=CALLER, called=OURS)
CALLER_ENDS = Event(leg_id=INBOUND_ID, calling=CALLER, called=OURS, ended=90)
AGENT_STARTS = Event(leg_id=AGENT_ID, direction=OUTBOUND, calling=OURS, called=AGENT, started=5)
AGENT_ANSWERS = Event(leg_id=AGENT_ID, calling=OURS, called=AGENT, started=5)
AGENT_ENDS = Event(leg_id=AGENT_ID, calling=OURS, called=AGENT, started=5, ended=60)
OTHER_STARTS = replace(AGENT_STARTS, leg_id=OTHER_ID, called="+15552010078", started=7)
OTHER_ENDS = replace(AGENT_ENDS, leg_id=OTHER_ID, called="+15552010078", started=7, ended=30)
TRANSFER = Event(leg_id="contact-2", direction=INBOUND, started=40, is_takeover=True)
TRANSFER_ENDS = replace(TRANSFER, ended=80)
LATER_TRANSFER = replace(TRANSFER, leg_id="contact-3", started=70)


@pytest.mark.parametrize(
    ("events", "caller", "dialed", "main_leg", "ended"),
    [
        ([CALLER_STARTS], CALLER, OURS, INBOUND_ID, None),
        ([CALLER_STARTS, CALLER_ENDS], CALLER, OURS, INBOUND_ID, 90),
        # Another leg's end is none of the call's.
        ([CALLER_STARTS, AGENT_STARTS, AGENT_ENDS], CALLER, OURS, INBOUND_ID, None),
        # Alone, a dialed leg is a call that the platform makes.
        ([AGENT_STARTS, AGENT_ENDS], AGENT, OURS, AGENT_ID, 60),
        ([AGENT_STARTS, OTHER_STARTS, OTHER_ENDS], AGENT, OURS, AGENT_ID, None),
        # The caller's leg takes the place of one that overtook it, with its end taken back.
        ([AGENT_STARTS, CALLER_STARTS], CALLER, OURS, INBOUND_ID, None),
        ([AGENT_STARTS, AGENT_ENDS, CALLER_STARTS], CALLER, OURS, INBOUND_ID, None),
        # An end without direction waits for its leg's start.
        ([CALLER_ENDS, CALLER_STARTS], CALLER, OURS, INBOUND_ID, 90),
        ([AGENT_STARTS, CALLER_ENDS, CALLER_STARTS], CALLER, OURS, INBOUND_ID, 90),
        ([AGENT_ENDS, AGENT_STARTS], AGENT, OURS, AGENT_ID, 60),
        ([AGENT_ENDS, CALLER_STARTS, AGENT_STARTS], CALLER, OURS, INBOUND_ID, None),
        # An anonymous caller's leg takes the place of the agent's, too.
        ([AGENT_STARTS, replace(CALLER_STARTS, calling=None)], None, OURS, INBOUND_ID, None),
        # An event without numbers does not make the caller anonymous.
        (
            [CALLER_STARTS, Event(leg_id=INBOUND_ID, direction=INBOUND)],
            CALLER, OURS, INBOUND_ID, None,
        ),
        # The first caller stays.
        (
            [CALLER_STARTS, replace(CALLER_STARTS, calling="+15552010002")],
            CALLER, OURS, INBOUND_ID, None,
        ),
        # A number is found out later, and read by the direction that the leg had at its start.
        (
            [Event(leg_id=AGENT_ID, direction=OUTBOUND), AGENT_ANSWERS],
            AGENT, OURS, AGENT_ID, None,
        ),
        # Whom we called is no agent when he calls back into the same call.
        (
            [AGENT_STARTS, replace(CALLER_STARTS, calling=AGENT, started=9)],
            AGENT, OURS, AGENT_ID, None,
        ),
        # A transfer continues the call: only its end counts.
        ([CALLER_STARTS, TRANSFER], CALLER, OURS, "contact-2", None),
        ([CALLER_STARTS, TRANSFER, CALLER_ENDS], CALLER, OURS, "contact-2", None),
        ([CALLER_STARTS, CALLER_ENDS, TRANSFER], CALLER, OURS, "contact-2", None),
        ([CALLER_STARTS, TRANSFER_ENDS], CALLER, OURS, "contact-2", 80),
        ([TRANSFER_ENDS, CALLER_STARTS], CALLER, OURS, "contact-2", 80),
        ([TRANSFER, CALLER_STARTS, CALLER_ENDS], CALLER, OURS, "contact-2", None),
        ([LATER_TRANSFER, CALLER_STARTS, TRANSFER_ENDS], CALLER, OURS, "contact-3", None),
        ([TRANSFER_ENDS, LATER_TRANSFER, CALLER_STARTS], CALLER, OURS, "contact-3", None),
        ([CALLER_STARTS, replace(TRANSFER, started=0)], CALLER, OURS, INBOUND_ID, None),
    ],
)  # fmt: skip
def test_a_call_has_the_callers_number_and_its_main_legs_end(
    events: Sequence[Event],
    caller: str | None,
    dialed: str | None,
    main_leg: str,
    ended: int | None,
) -> None:
    call = _all(events).call

    assert call is not None
    assert (call.caller_number, call.dialed_number) == (caller, dialed)
    assert call.main_leg == main_leg
    assert call.ended_at == (None if ended is None else NINE + ended * SECOND)


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([AGENT_ANSWERS], UNKNOWN_DIRECTION),
        ([CALLER_ENDS], UNKNOWN_DIRECTION),
        ([AGENT_ENDS, CALLER_ENDS], UNKNOWN_DIRECTION),
        ([TRANSFER], TAKEOVER_FIRST),
    ],
)
def test_what_may_be_any_legs_is_remembered_and_no_call(
    events: Sequence[Event], reason: str
) -> None:
    known = _all(events[:-1])
    decision = _decide(known, events[-1])

    assert isinstance(decision, Remember)
    assert decision.reason == reason
    assert _after(known, decision).call is None


def test_a_retry_of_the_report_that_made_a_call_completes_it_although_it_was_transferred() -> None:
    """Until the call is announced, its postings may be pending and its list may lack it."""
    known = _all([TRANSFER_ENDS, CALLER_STARTS])
    again = _decide(known, CALLER_STARTS)

    assert isinstance(again, Record)
    assert known.call is not None
    assert again.call == replace(known.call, version=known.call.version + 1)
    announced = replace(known.call, announced_at=known.version)
    assert isinstance(_decide(replace(known, call=announced), CALLER_STARTS), Ignore)


def test_another_legs_report_names_the_call_that_it_belongs_to() -> None:
    known = _all([CALLER_STARTS])

    assert _decide(known, AGENT_ENDS) == Ignore(of_call(CALL_ID))
    assert _all([CALLER_STARTS, AGENT_ENDS]) == known


@pytest.mark.parametrize(
    ("stored_direction", "event", "is_main"),
    [
        (None, CALLER_STARTS, True),
        (INBOUND, CALLER_STARTS, True),
        (OUTBOUND, CALLER_STARTS, False),
        (None, AGENT_STARTS, False),
        (INBOUND, AGENT_STARTS, False),
        (OUTBOUND, AGENT_STARTS, True),
        (INBOUND, TRANSFER, True),
        (INBOUND, replace(TRANSFER, started=0), False),
    ],
)
def test_a_call_that_the_platform_reported_itself_gets_a_main_leg_of_its_direction(
    stored_direction: str | None, event: Event, is_main: bool
) -> None:
    call = Call(
        call_uuid=CALL_ID, started_at=NINE, caller_number=CALLER, direction=stored_direction
    )
    decision = _decide(KnownLegs(call=call, version=3), event)

    assert isinstance(decision, Record) is is_main
    if isinstance(decision, Record):
        assert decision.call.main_leg == event.leg_id
        assert decision.call.caller_number == CALLER


def test_an_end_that_the_platform_reported_itself_stays() -> None:
    call = Call(call_uuid=CALL_ID, started_at=NINE, ended_at=NINE + 20 * SECOND, direction=INBOUND)
    remembered = {TRANSFER.leg_id: RememberedLeg(started_at=NINE + 40 * SECOND, is_takeover=True)}
    known = KnownLegs(call=call, remembered=remembered, version=2)
    decision = _decide(known, CALLER_STARTS)

    assert isinstance(decision, Record)
    assert decision.call.ended_at == call.ended_at


def test_a_call_whose_caller_was_forgotten_gets_no_number_from_any_leg() -> None:
    call = _all([AGENT_STARTS]).call
    assert call is not None
    forgotten = replace(call, caller_number=None, dialed_number=None, forgotten_at=NINE)
    for event in (AGENT_ANSWERS, CALLER_STARTS):
        decision = _decide(KnownLegs(call=forgotten, version=5), event)

        assert isinstance(decision, Record)
        assert decision.call.forgotten_at == NINE
        assert decision.call.caller_number is decision.call.dialed_number is None


def test_a_replaced_call_keeps_its_tags_and_reporters_and_is_announced_again() -> None:
    call = _all([AGENT_STARTS]).call
    assert call is not None
    call = replace(call, announced_at=2, campaign_id="solar", reported_by=frozenset(("pfk_b",)))
    decision = _decide(KnownLegs(call=call, version=4), CALLER_STARTS)

    assert isinstance(decision, Record)
    assert decision.call.announced_at is None
    assert decision.call.campaign_id == "solar"
    assert decision.call.reported_by == {"pfk_a", "pfk_b"}
    assert decision.call.started_at == NINE
    assert decision.call.version > call.version


LEGS = {
    INBOUND_ID: [CALLER_STARTS, replace(CALLER_ENDS, ended=None), CALLER_ENDS],
    AGENT_ID: [AGENT_STARTS, AGENT_ANSWERS, AGENT_ENDS],
    OTHER_ID: [OTHER_STARTS, replace(OTHER_STARTS, direction=None), OTHER_ENDS],
}


@given(data=st.data(), legs=st.integers(2, 3))
def test_the_order_of_legs_reports_does_not_matter(data: st.DataObject, legs: int) -> None:
    """Reports may also be missing or repeated, but for the start of the caller's leg."""
    events = [event for leg in list(LEGS)[:legs] for event in LEGS[leg]]
    chosen = [*data.draw(st.lists(st.sampled_from(events), max_size=8)), CALLER_STARTS]
    call = _all(data.draw(st.permutations(chosen))).call

    assert call is not None
    assert (call.caller_number, call.dialed_number) == (CALLER, OURS)
    assert (call.direction, call.main_leg) == (INBOUND, INBOUND_ID)
    assert (call.ended_at is not None) is (CALLER_ENDS in chosen)
    assert call.started_at == NINE


UNTIMED = replace(CALLER_STARTS, started=20, is_start_assumed=True)
EARLY_END = replace(CALLER_ENDS, started=0, ended=15)


@pytest.mark.parametrize(
    ("events", "started", "ended"),
    [
        ([UNTIMED, CALLER_ENDS], 0, 90),
        ([CALLER_ENDS, UNTIMED], 0, 90),
        ([UNTIMED, EARLY_END], 0, 15),
        ([EARLY_END, UNTIMED], 0, 15),
        ([UNTIMED, replace(EARLY_END, started=15, is_start_assumed=True)], 20, 1800),
        ([replace(EARLY_END, started=15, is_start_assumed=True), UNTIMED], 15, 15),
        ([replace(CALLER_STARTS, started=20), EARLY_END], 20, 1800),
        ([EARLY_END, replace(CALLER_STARTS, started=20)], 20, 1800),
        ([UNTIMED, AGENT_ENDS], 20, None),
        ([AGENT_STARTS, UNTIMED, CALLER_ENDS], 0, 90),
    ],
)
def test_a_main_legs_start_that_was_assumed_moves_and_no_call_ends_before_it(
    events: Sequence[Event], started: int, ended: int | None
) -> None:
    call = _all(events).call

    assert call is not None
    assert call.started_at == call.main_leg_started_at == NINE + started * SECOND
    assert call.ended_at == (None if ended is None else NINE + ended * SECOND)


FLOW = replace(UNTIMED, started=100)
"""A report of the first leg, which alone has the caller's number, and comes late."""
BEGINS = Event(leg_id=INBOUND_ID, direction=INBOUND)
LEAVES = replace(BEGINS, ended=45)


@pytest.mark.parametrize("events", [*permutations((FLOW, BEGINS, LEAVES, TRANSFER, TRANSFER_ENDS))])
def test_a_transferred_call_is_the_same_in_every_order_of_its_reports(
    events: Sequence[Event],
) -> None:
    call = _all(events).call

    assert call is not None
    assert (call.caller_number, call.dialed_number) == (CALLER, OURS)
    assert (call.main_leg, call.main_leg_started_at) == ("contact-2", NINE + 40 * SECOND)
    assert (call.started_at, call.ended_at) == (NINE, NINE + 80 * SECOND)


def test_another_leg_gives_an_anonymous_caller_a_number_only_after_a_transfer() -> None:
    anonymous = replace(CALLER_STARTS, calling=None)
    other = replace(CALLER_STARTS, leg_id=OTHER_ID, started=20)
    for events, number in (([anonymous, other], None), ([anonymous, TRANSFER, other], CALLER)):
        known = _all(events[:-1])
        announced = known.call and replace(known.call, announced_at=known.version)
        call = _after(known, _decide(replace(known, call=announced), events[-1])).call

        assert call is not None
        assert call.caller_number == number
