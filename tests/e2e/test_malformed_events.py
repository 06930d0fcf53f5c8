"""Events that cannot be read go to the dead-letter queue and do not delay others."""

from typing import Any

import pytest

from tests.e2e.phone_calls import Event, PhoneCall, new_caller_number, new_uuid
from tests.e2e.service import Service


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"call_uuid": None}, "call_uuid"),
        ({"call_uuid": "call"}, "call_uuid"),
        ({"started_at": 0}, "started_at"),
        ({"started_at": None}, "started_at"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "2026-11-23T08:05:31"}, "started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "started_at"),
    ],
)
def test_a_malformed_event_goes_to_the_dead_letter_queue_with_the_reason(
    service: Service, members: dict[str, Any], reason: str
) -> None:
    mark = new_uuid()
    call = PhoneCall(caller_number=new_caller_number(), members=members | {"mark": mark})

    service.put(call.started())

    letter = service.dead_letters.wait_for(
        lambda it: it.event["detail"].get("mark") == mark, "the malformed event"
    )
    assert letter.event["detail-type"] == "Call Started"
    assert letter.event["detail"] == call.started().detail
    assert reason in letter.attributes["error"]


def test_an_end_without_its_time_is_malformed(service: Service) -> None:
    call = PhoneCall(caller_number=new_caller_number())

    service.put(Event("Call Ended", call.started().detail))

    letter = service.dead_letters.wait_for(
        lambda it: it.event["detail"].get("call_uuid") == call.call_uuid, "the malformed event"
    )
    assert "ended_at" in letter.attributes["error"]


def test_other_events_of_a_malformed_events_batch_are_handled(service: Service) -> None:
    calls = [PhoneCall(caller_number=new_caller_number()) for _ in range(4)]
    mark = new_uuid()
    malformed = Event("Call Started", {"mark": mark})

    service.put(*(event for call in calls for event in (call.started(), malformed)))

    for call in calls:
        assert service.wait_for_tagged(call)["tags"] == {}
    service.dead_letters.wait_for(
        lambda it: it.event["detail"].get("mark") == mark, "the malformed event"
    )


@pytest.mark.parametrize("campaign_id", [{"id": 42}, True, "x" * 1000, ""])
def test_an_invalid_optional_member_is_ignored(service: Service, campaign_id: object) -> None:
    call = PhoneCall(caller_number=new_caller_number(), members={"campaign_id": campaign_id})

    assert service.start(call)["campaign_id"] is None


def test_events_of_other_types_are_ignored(service: Service) -> None:
    call = PhoneCall(caller_number=new_caller_number())

    service.put(Event("Call Transferred", call.started().detail), call.started())

    service.wait_for_tagged(call)
    assert service.dead_letters.all(lambda it: it.event["detail-type"] == "Call Transferred") == []
