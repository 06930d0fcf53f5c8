"""Events of Amazon Connect and Genesys Cloud report calls, their legs, or nothing."""

import json
from typing import Any

import pytest

from shared.domain.keys import PostbackKey
from shared.stores.calls import CallStore
from tests.integration.events import MINUTE, NOON, new_caller_number
from tests.integration.service import Service, client

FIRST, SECOND_CONTACT = (
    "3d0f1a52-6a0e-4d0b-9c53-0e9d8a7b6c51",
    "3d0f1a52-6a0e-4d0b-9c53-0e9d8a7b6c52",
)


def _contact(kind: str, contact: str, method: str = "INBOUND", **members: Any) -> str:
    """Return a contact event of Amazon Connect, at noon."""
    detail = {
        "eventType": kind,
        "contactId": contact,
        "initialContactId": FIRST,
        "channel": "VOICE",
        "initiationMethod": method,
        "initiationTimestamp": "2025-03-10T12:00:00.000Z",
    }
    return json.dumps(
        {
            "source": "aws.connect",
            "detail-type": "Amazon Connect Contact Event",
            "time": "2025-03-10T12:00:01Z",
            "detail": detail | members,
        }
    )


def _conversation(topic: str, number: str, **members: Any) -> str:
    """Return an event about the customer's part of a conversation of Genesys Cloud."""
    body = {
        "conversationId": FIRST,
        "participantId": "b6d1f0aa-0001-4002-8003-00000000c001",
        "mediaType": "VOICE",
        "direction": "INBOUND",
        "ani": f"tel:{number}",
        "dnis": "tel:+15552019999",
        "eventTime": int(NOON.timestamp() * 1000),
    }
    name = f"v2.detail.events.conversation.{FIRST}.{topic}"
    return json.dumps(
        {
            "source": "aws.partner/genesys.com/cloud/12-34/calls",
            "detail-type": name,
            "detail": {"topicName": name, "version": "2", "eventBody": body | members},
        }
    )


def _letters(service: Service) -> list[Any]:
    queue = service.environment["DEAD_LETTER_QUEUE_URL"]
    found: list[Any] = client("sqs").receive_message(QueueUrl=queue).get("Messages", [])
    return found


def test_a_transfer_at_amazon_connect_continues_the_call(service: Service) -> None:
    later = {"initiationTimestamp": "2025-03-10T12:00:40.000Z"}
    over = {"disconnectTimestamp": "2025-03-10T12:00:41.000Z"}
    service.deliver(_contact("INITIATED", FIRST))
    service.deliver(_contact("DISCONNECTED", FIRST, **over))
    service.deliver(_contact("INITIATED", SECOND_CONTACT, "TRANSFER", **later))

    call = service.call(FIRST)
    assert (call.started_at, call.ended_at, call.caller_number) == (NOON, None, None)
    assert call.reported_by == frozenset(("bus",))

    over = {"disconnectTimestamp": "2025-03-10T12:01:00.000Z"}
    service.deliver(_contact("DISCONNECTED", SECOND_CONTACT, "TRANSFER", **later, **over))

    assert service.call(FIRST).ended_at == NOON + MINUTE


def test_a_conversation_of_genesys_cloud_gets_its_callers_tags(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    service.deliver(_conversation("customer.start", number))

    assert service.tags(FIRST) == {"age": "39"}

    end = int((NOON + MINUTE).timestamp() * 1000)
    agent = {"participantId": "b6d1f0aa-0001-4002-8003-00000000c002", "userId": "u1"}
    service.deliver(_conversation("user.end", number, eventTime=end, **agent))
    assert service.call(FIRST).ended_at is None

    service.deliver(_conversation("customer.end", number, eventTime=end))
    assert service.call(FIRST).ended_at == NOON + MINUTE


@pytest.mark.parametrize(
    "body",
    [
        _contact("CONTACT_DATA_UPDATED", FIRST),
        _contact("INITIATED", FIRST, channel="CHAT"),
        _contact("DISCONNECTED", FIRST, "MONITOR"),
        _conversation("user.start", "+15552010001"),
        _conversation("customer.end", "+15552010001", mediaType="CHAT"),
    ],
)
def test_an_event_that_is_not_about_a_phone_calls_start_or_end_is_ignored(
    service: Service, body: str
) -> None:
    service.deliver(body)

    calls: CallStore = service.call_events.calls
    assert calls.get(FIRST) is None
    assert _letters(service) == []
    assert [line["outcome"] for line in service.lines()] == ["ignored"]


def test_an_event_without_a_usable_contact_is_dead_lettered(service: Service) -> None:
    service.deliver(_contact("INITIATED", "", initialContactId=""))

    (letter,) = _letters(service)
    assert "INITIATED" in letter["Body"]


def test_a_contact_that_starts_in_the_future_starts_when_its_event_was_sent(
    service: Service,
) -> None:
    ahead = {"initiationTimestamp": "2125-03-10T12:00:00.000Z"}
    service.deliver(_contact("INITIATED", FIRST, **ahead))

    assert service.call(FIRST).started_at.isoformat() == "2025-03-10T12:00:01+00:00"
