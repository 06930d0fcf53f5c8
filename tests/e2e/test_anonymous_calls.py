"""Calls without a valid caller number are recorded, and tagged only by call_uuid."""

import pytest

from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service

IN_PROGRESS = "in progress call found, tags applied"


@pytest.mark.parametrize("number", [None, "", "anonymous", 42, {"unusable": True}])
def test_an_anonymous_call_is_recorded_and_tagged_only_by_its_uuid(
    service: Service, key: PostbackKey, number: object
) -> None:
    call = PhoneCall(members={"caller_number": number})
    announced = service.start(call)

    assert service.tag(key, call, age="39").status == IN_PROGRESS

    assert announced["caller_number"] is None
    assert service.wait_for_tagged(call, {"age": "39"})["caller_number"] is None


def test_a_call_event_without_a_caller_number_is_an_anonymous_call(
    service: Service, key: PostbackKey
) -> None:
    call = PhoneCall()
    event = call.started()
    del event.detail["caller_number"]

    service.put(event)

    assert service.wait_for_tagged(call)["caller_number"] is None
    assert service.tag(key, call, age="39").status == IN_PROGRESS
