"""Legs in the tables: whatever is reported of a call's legs, its postings are applied to it."""

import importlib
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import pytest
import time_machine

from functions.operator_api.forgetting import Erased, Forgetting
from shared.domain.calls import INBOUND, OUTBOUND, Call, CallEventType
from shared.domain.keys import PostbackKey
from shared.domain.legs import IgnoredReport, Leg, Parties
from shared.stores.apply_results import ApplyResult
from shared.stores.call_items import CALL_RETENTION, caller_list_item
from shared.stores.calls import CallStore
from tests.integration.events import HOUR, MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import Service
from tests.integration.wire import Wire, first_do

SESSION = "session-7781"
AGENT = "+15552010077"
OURS = "+15552019999"
CALLERS_LEG, AGENTS_LEG = "leg-caller", "leg-agent"

Outcome = ApplyResult | IgnoredReport


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOON + HOUR, tick=False):
        yield


@pytest.fixture
def calls(service: Service) -> CallStore:
    store: CallStore = service.platform_api.calls
    return store


def _report(
    calls: CallStore,
    leg_id: str,
    direction: str | None,
    calling: str | None,
    called: str | None,
    *,
    started_at: datetime = NOON,
    ended_at: datetime | None = None,
    is_takeover: bool = False,
) -> Outcome:
    return calls.report(
        Call(
            call_uuid=SESSION,
            started_at=started_at,
            ended_at=ended_at,
            reported_by=frozenset(("pfk_a",)),
        ),
        at=NOON + HOUR,
        event=CallEventType.ENDED if ended_at else CallEventType.STARTED,
        leg=Leg(
            leg_id=leg_id,
            direction=direction,
            inbound=Parties(calling, called),
            outbound=Parties(called, calling),
            is_takeover=is_takeover,
        ),
    )


def _caller_starts(calls: CallStore, number: str) -> Outcome:
    return _report(calls, CALLERS_LEG, INBOUND, number, OURS)


def _agent_starts(calls: CallStore) -> Outcome:
    return _report(calls, AGENTS_LEG, OUTBOUND, OURS, AGENT, started_at=NOON + 5 * SECOND)


def _forget(number: str) -> Erased:
    stores = importlib.import_module("functions.operator_api.stores")
    forgetting = Forgetting(stores.call_records, stores.erasure_store, settling_seconds=0)
    return forgetting.forget(number, NOON + HOUR)


def test_a_callers_leg_takes_the_call_over_from_an_agents_leg_that_was_reported_first(
    service: Service, key: PostbackKey, calls: CallStore
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - SECOND, caller_number=number, zip="90210")

    _agent_starts(calls)
    outcome = _caller_starts(calls, number)
    service.post(key, at=NOON + MINUTE, caller_number=number, age="39")
    waits = service.post(key, at=NOON + MINUTE, caller_number=AGENT, age="51")

    assert isinstance(outcome, ApplyResult)
    assert [posting.tags for posting in outcome.applied] == [{"zip": "90210"}]
    call = service.call(SESSION)
    assert (call.caller_number, call.started_at) == (number, NOON)
    assert (call.direction, call.main_leg) == (INBOUND, CALLERS_LEG)
    assert service.tags(SESSION) == {"zip": "90210", "age": "39"}
    assert waits.status == "call not found, tags stored"
    assert [listed.call_uuid for listed in calls.latest(number)] == [SESSION]
    assert calls.latest(AGENT) == []


def test_the_platform_gets_the_callers_tags_after_such_a_takeover(
    service: Service, key: PostbackKey, calls: CallStore
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - SECOND, caller_number=number, zip="90210")
    _agent_starts(calls)
    assert [detail["caller_number"] for detail in service.announce()] == [AGENT]

    _caller_starts(calls, number)

    (detail,) = service.announce()
    assert (detail["caller_number"], detail["tags"]) == (number, {"zip": "90210"})


def test_tags_that_were_applied_for_the_agents_number_stay_on_the_call(
    service: Service, key: PostbackKey, calls: CallStore
) -> None:
    _agent_starts(calls)
    service.post(key, at=NOON + 6 * SECOND, caller_number=AGENT, age="51")

    _caller_starts(calls, new_caller_number())

    assert service.tags(SESSION) == {"age": "51"}


def test_a_posting_that_found_the_agents_call_waits_if_the_caller_takes_it_over_meanwhile(
    service: Service, key: PostbackKey, calls: CallStore, wire: Wire
) -> None:
    number = new_caller_number()
    _agent_starts(calls)
    wire.tap(
        service.data_writing._client,
        "TransactWriteItems",
        first_do(lambda: _caller_starts(calls, number)),
    )

    response = service.post(key, at=NOON + 6 * SECOND, caller_number=AGENT, age="51")

    assert response.status == "call not found, tags stored"
    assert service.tags(SESSION) == {}
    assert len(service.pending()) == 1


def test_an_agents_report_that_is_overtaken_leaves_no_entry_in_the_agents_list(
    service: Service, calls: CallStore, wire: Wire
) -> None:
    number = new_caller_number()
    wire.tap(
        service.platform_api._client,
        "TransactWriteItems",
        first_do(lambda: _caller_starts(calls, number)),
    )

    _agent_starts(calls)

    assert calls.latest(AGENT) == []
    assert [listed.call_uuid for listed in calls.latest(number)] == [SESSION]


def test_a_takeover_that_stopped_halfway_is_completed_by_its_next_report(
    service: Service, key: PostbackKey, calls: CallStore, wire: Wire
) -> None:
    number = new_caller_number()
    _agent_starts(calls)
    service.post(key, at=NOON - SECOND, caller_number=number, zip="90210")

    class Died(Exception):
        pass

    def die() -> None:
        raise Died

    wire.tap(service.platform_api._client, "Query", first_do(die))
    with pytest.raises(Died):
        _caller_starts(calls, number)
    wire.remove_taps()
    _caller_starts(calls, number)

    assert service.tags(SESSION) == {"zip": "90210"}
    assert [listed.call_uuid for listed in calls.latest(number)] == [SESSION]


def test_an_entry_left_in_the_agents_list_does_no_harm_when_the_agent_is_forgotten(
    service: Service, key: PostbackKey, calls: CallStore
) -> None:
    number = new_caller_number()
    _agent_starts(calls)
    service.post(key, at=NOON + 6 * SECOND, caller_number=AGENT, agent="7")
    left = caller_list_item(AGENT, service.call(SESSION))
    _caller_starts(calls, number)
    service.post(key, at=NOON + MINUTE, caller_number=number, age="39")
    service.dynamodb.put_item(TableName=service.environment["CALL_DATA_TABLE"], Item=left)

    shown = service.read(f"/callers/{quote(AGENT, safe='')}").json
    erased = _forget(AGENT)

    assert shown["calls"] == []
    assert erased.is_complete
    # What was posted for the agent's number is gone, and all that is the caller's is there.
    assert service.tags(SESSION) == {"age": "39"}
    assert service.call(SESSION).caller_number == number
    assert calls.latest(AGENT) == []
    assert len({row["posting_id"] for row in service.all_rows(key)}) == 1


def test_a_caller_whose_leg_was_reported_last_is_forgotten_like_any_other(
    service: Service, key: PostbackKey, calls: CallStore
) -> None:
    number = new_caller_number()
    _report(calls, CALLERS_LEG, None, number, OURS, ended_at=NOON + MINUTE)
    _agent_starts(calls)
    _caller_starts(calls, number)
    service.post(key, at=NOON + MINUTE, caller_number=number, age="39")

    erased = _forget(number)
    _caller_starts(calls, number)

    assert erased.is_complete
    call = service.call(SESSION)
    assert (call.caller_number, call.dialed_number, dict(call.tags)) == (None, None, {})
    items = service.dynamodb.scan(TableName=service.environment["CALL_DATA_TABLE"])["Items"]
    assert number not in str(items)


def test_an_end_without_direction_is_remembered_until_its_leg_is_known(
    service: Service, calls: CallStore
) -> None:
    ended_at = NOON + MINUTE
    outcome = _report(calls, CALLERS_LEG, None, None, None, ended_at=ended_at)

    assert isinstance(outcome, IgnoredReport)
    assert outcome.call is None
    assert calls.get(SESSION) is None
    assert service.announce() == []

    number = new_caller_number()
    started = _caller_starts(calls, number)

    assert isinstance(started, ApplyResult)
    assert started.call.ended_at == ended_at
    assert service.call(SESSION).ended_at == ended_at
    (detail,) = service.announce()
    assert detail["call_status"] == "completed"


def test_remembered_legs_have_only_times_and_are_deleted_in_time(
    service: Service, calls: CallStore
) -> None:
    _report(calls, CALLERS_LEG, None, new_caller_number(), OURS, ended_at=NOON + MINUTE)

    (item,) = service.dynamodb.scan(TableName=service.environment["CALL_DATA_TABLE"])["Items"]
    assert item.keys() == {"pk", "sk", "version", "expires_at", f"leg#{CALLERS_LEG}"}
    assert item[f"leg#{CALLERS_LEG}"]["M"].keys() == {
        "started_at",
        "ended_at",
        "is_takeover",
        "is_start_assumed",
    }
    assert int(item["expires_at"]["N"]) == (NOON + CALL_RETENTION).timestamp()


def test_a_start_that_is_reported_twice_and_an_end_cost_no_more_than_a_plain_calls(
    service: Service, calls: CallStore, wire: Wire
) -> None:
    number = new_caller_number()
    _caller_starts(calls, number)
    sent = wire.sent(service.platform_api._client)

    _caller_starts(calls, number)
    _report(calls, CALLERS_LEG, None, number, OURS, ended_at=NOON + MINUTE)
    _report(calls, AGENTS_LEG, None, OURS, AGENT, ended_at=NOON + MINUTE)

    assert sent.count("UpdateItem") == 3
    assert "GetItem" not in sent


def test_a_leg_with_an_id_of_its_own_is_never_a_call(
    service: Service, key: PostbackKey, calls: CallStore
) -> None:
    number = new_caller_number()
    parent = service.start_call(number)
    outcome = calls.report_leg("leg-b-0001", parent, at=NOON)
    service.start_call(AGENT, call_uuid="leg-b-0001")
    service.end_call("leg-b-0001", AGENT, at=NOON + MINUTE)

    response = service.post(key, at=NOON + MINUTE, call_uuid="leg-b-0001", age="39")

    assert outcome == IgnoredReport(
        reason=f"leg of call {parent}", call_uuid="leg-b-0001", parent_call_uuid=parent
    )
    assert calls.get("leg-b-0001") is None
    assert calls.latest(AGENT) == []
    assert response.status == "in progress call found, tags applied"
    assert service.tags(parent) == {"age": "39"}
    assert service.call(parent).ended_at is None


def test_a_leg_may_be_known_before_its_call_and_may_have_a_leg_as_its_parent(
    service: Service, key: PostbackKey, calls: CallStore
) -> None:
    calls.report_leg("leg-c-0001", "leg-b-0001", at=NOON)
    calls.report_leg("leg-b-0001", "call-a-0001", at=NOON)
    waits = service.post(key, at=NOON + SECOND, call_uuid="leg-c-0001", age="39")

    service.start_call(new_caller_number(), call_uuid="call-a-0001")

    assert waits.status == "call not found, tags stored"
    assert service.tags("call-a-0001") == {"age": "39"}
    assert calls.find("leg-c-0001") == calls.get("call-a-0001")
    assert service.pending() == []


def test_a_posting_that_names_an_unknown_call_costs_one_lookup(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    sent = wire.sent(service.data_writing._client)
    service.post(key, at=NOON, call_uuid="call-a-0003", age="39")

    assert sent.count("GetItem") == 2  # one of them is the key's


def test_a_call_that_is_reported_as_a_leg_afterwards_stays_a_call(
    service: Service, calls: CallStore
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    before = service.call(call_uuid)

    outcome = calls.report_leg(call_uuid, "call-a-0001", at=NOON)

    assert outcome.parent_call_uuid == "call-a-0001"
    assert service.call(call_uuid) == before


def test_a_leg_keeps_its_first_parent(calls: CallStore) -> None:
    calls.report_leg("leg-b-0001", "call-a-0001", at=NOON)

    assert calls.report_leg("leg-b-0001", "call-a-0002", at=NOON).parent_call_uuid == "call-a-0001"


def test_legs_that_name_each_other_are_no_call(calls: CallStore) -> None:
    calls.report_leg("leg-b-0001", "leg-c-0001", at=NOON)
    calls.report_leg("leg-c-0001", "leg-b-0001", at=NOON)

    assert calls.find("leg-b-0001") is None


def test_everyone_who_reported_a_call_is_kept(calls: CallStore) -> None:
    number = new_caller_number()
    _caller_starts(calls, number)
    calls.report(
        Call(call_uuid=SESSION, started_at=NOON, reported_by=frozenset(("pfk_b",))),
        at=NOON,
        event=CallEventType.STARTED,
    )

    call = calls.get(SESSION)
    assert call is not None
    assert call.reported_by == {"pfk_a", "pfk_b"}


def test_the_first_caller_stays_and_another_one_is_pointed_out(calls: CallStore) -> None:
    number = new_caller_number()
    first = _caller_starts(calls, number)
    second = _caller_starts(calls, new_caller_number())

    assert isinstance(first, ApplyResult)
    assert isinstance(second, ApplyResult)
    assert (first.has_other_caller, second.has_other_caller) == (False, True)
    assert second.call.caller_number == number


def test_a_plain_report_may_come_before_or_between_the_legs(
    service: Service, calls: CallStore
) -> None:
    number = new_caller_number()
    _report(calls, CALLERS_LEG, None, None, None, ended_at=NOON + MINUTE)
    plain = Call(call_uuid=SESSION, started_at=NOON, caller_number=number, direction=INBOUND)
    outcome = calls.report(plain, at=NOON, event=CallEventType.STARTED)
    _agent_starts(calls)

    assert isinstance(outcome, ApplyResult)
    assert outcome.call.version == service.call(SESSION).version
    assert service.call(SESSION).ended_at is None

    _caller_starts(calls, number)

    assert service.call(SESSION).ended_at == NOON + MINUTE
    assert service.call(SESSION).main_leg == CALLERS_LEG


def test_a_transfer_continues_the_call_for_postings_after_the_first_contacts_end(
    service: Service, calls: CallStore
) -> None:
    key = service.add_key(end_call_cutoff=0 * SECOND)
    number = new_caller_number()
    _report(calls, "contact-1", INBOUND, number, OURS, ended_at=NOON + MINUTE)
    _report(calls, "contact-2", INBOUND, None, OURS, started_at=NOON + MINUTE, is_takeover=True)

    response = service.post(key, at=NOON + 2 * MINUTE, caller_number=number, age="39")

    assert response.status == "in progress call found, tags applied"
    assert service.call(SESSION).started_at == NOON
