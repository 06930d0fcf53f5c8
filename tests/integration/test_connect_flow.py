"""The function that flows of Amazon Connect invoke: it reports the call and returns its tags."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from shared.domain.errors import InvalidInput
from shared.domain.keys import PostbackKey
from tests.clock import Clock
from tests.integration.events import NOON, SECOND, new_caller_number
from tests.integration.service import Service, client
from tests.integration.wire import Wire, failing

OURS = "+15552018888"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def _flow_event(number: str | None, **changes: Any) -> dict[str, Any]:
    """Return the event of the block "Invoke AWS Lambda function" in a flow of a first contact."""
    contact_id = str(uuid4())
    contact = {
        "Attributes": {"account": "4471"},
        "Channel": "VOICE",
        "ContactId": contact_id,
        "CustomerEndpoint": {"Address": number, "Type": "TELEPHONE_NUMBER"} if number else None,
        "InitialContactId": contact_id,
        "InitiationMethod": "INBOUND",
        "InstanceARN": "arn:aws:connect:us-east-1:123456789012:instance/" + str(uuid4()),
        "PreviousContactId": contact_id,
        "Queue": None,
        "SystemEndpoint": {"Address": OURS, "Type": "TELEPHONE_NUMBER"},
    } | changes
    parameters = {"campaign_id": "c-77", "language": "es"}
    return {
        "Details": {"ContactData": contact, "Parameters": parameters},
        "Name": "ContactFlowEvent",
    }


def _contact_id(event: dict[str, Any]) -> str:
    contact_id: str = event["Details"]["ContactData"]["ContactId"]
    return contact_id


def _invoke(service: Service, event: dict[str, Any]) -> dict[str, str]:
    attributes: dict[str, str] = service.connect_flow.lambda_handler(event, None)
    return attributes


def _queued(service: Service) -> list[str]:
    url = service.environment["CALL_EVENTS_QUEUE_URL"]
    response = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in response.get("Messages", [])]


def test_a_flow_gets_the_tags_that_were_posted_before_the_call(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    parameters = {"zip": "60614", "home.owner": "yes"}
    service.post(key, at=NOON - SECOND, caller_number=number, **parameters)
    event = _flow_event(number)

    assert _invoke(service, event) == {"zip": "60614", "home_owner": "yes"}

    call = service.call(_contact_id(event))
    assert (call.caller_number, call.dialed_number, call.started_at) == (number, OURS, NOON)
    assert call.campaign_id == "c-77"
    assert service.lines()[-1]["message"] == "call report handled"


@pytest.mark.parametrize("method", ["OUTBOUND", "API", "CALLBACK"])
def test_the_customer_is_the_caller_whoever_dialed(service: Service, method: str) -> None:
    number = new_caller_number()
    event = _flow_event(number, InitiationMethod=method)

    _invoke(service, event)

    call = service.call(_contact_id(event))
    assert (call.caller_number, call.dialed_number) == (number, OURS)


def test_a_flow_after_a_transfer_gets_the_tags_of_the_callers_call(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - SECOND, caller_number=number, zip="60614")
    first = _flow_event(number)
    _invoke(service, first)
    transferred = _flow_event(
        number, InitialContactId=_contact_id(first), InitiationMethod="TRANSFER"
    )

    assert _invoke(service, transferred) == {"zip": "60614"}

    assert service.lines()[-1]["outcome"] == "ignored"


@pytest.mark.parametrize("number", [None, "anonymous"])
def test_a_caller_without_a_number_is_anonymous(service: Service, number: str | None) -> None:
    event = _flow_event(number)

    assert _invoke(service, event) == {}
    assert service.call(_contact_id(event)).caller_number is None


def test_a_chat_is_ignored(service: Service) -> None:
    assert _invoke(service, _flow_event(None, Channel="CHAT")) == {}
    assert service.lines()[-1]["outcome"] == "ignored"


@pytest.mark.parametrize(
    ("event", "param"),
    [
        ({}, "Details.ContactData"),
        ({"Details": None}, "Details.ContactData"),
        ({"Details": {"ContactData": []}}, "Details.ContactData"),
        (_flow_event(None, ContactId=None, InitialContactId=None), "ContactId"),
        (_flow_event(None, InitialContactId="{{contact}}"), "ContactId"),
    ],
)
def test_an_event_that_names_no_call_is_refused_and_not_retried(
    service: Service, event: dict[str, Any], param: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        _invoke(service, event)

    assert [problem.param for problem in raised.value.problems] == [param]
    assert "malformed" in service.log.getvalue()
    assert _queued(service) == []


def test_a_call_that_could_not_be_reported_is_reported_later(
    service: Service, key: PostbackKey, wire: Wire, no_pauses: None
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - SECOND, caller_number=number, zip="60614")
    event = _flow_event(number)
    wire.tap(service.connect_flow._client, "UpdateItem", failing("InternalServerError"))

    with pytest.raises(service.connect_flow.ReportFailed):
        _invoke(service, event)

    (message,) = _queued(service)
    assert "4471" not in message
    with time_machine.travel(NOON + 30 * SECOND, tick=False):
        service.deliver(message)
    call = service.call(_contact_id(event))
    assert (call.caller_number, call.started_at, call.campaign_id) == (number, NOON, "c-77")
    assert service.tags(_contact_id(event)) == {"zip": "60614"}


def test_a_flow_waits_for_two_seconds_at_most_and_less_than_its_limit_for_the_queue(
    service: Service, clock: Clock, wire: Wire
) -> None:
    for made in (service.connect_flow._client, service.connect_flow.queue()):
        wire.hang(made, partial(clock.pass_by, made.meta.config.read_timeout))
    started = clock.now

    with pytest.raises(service.connect_flow.ReportFailed):
        _invoke(service, _flow_event(new_caller_number()))

    assert clock.now - started < 6
    assert "call report lost" in [line.get("message") for line in service.lines()]


def test_log_lines_have_no_number_and_no_value(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - SECOND, caller_number=number, zip="60614")
    service.log.truncate(0)

    _invoke(service, _flow_event(number))

    assert number not in service.log.getvalue()
    assert "60614" not in service.log.getvalue()
    assert json.loads(service.log.getvalue().strip("\0").splitlines()[0])["caller_number"]
