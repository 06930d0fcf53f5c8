"""Phone systems whose events reach AWS by themselves report calls through rules on their bus."""

import json
from datetime import timedelta
from typing import Any

import pytest

from infra.local.waiting import eventually
from tests.e2e.phone_calls import PhoneCall, new_uuid, now, to_text
from tests.e2e.service import PostbackKey, Service

Report = tuple[str, str, dict[str, Any]]


def _genesys(call: PhoneCall, topic: str) -> Report:
    body = {
        "eventTime": int((now() - timedelta(seconds=2)).timestamp() * 1000),
        "conversationId": call.call_uuid,
        "participantId": call.call_uuid[::-1],
        "mediaType": "VOICE",
        "direction": "INBOUND",
        "ani": f"tel:{call.caller_number}",
    }
    name = f"v2.detail.events.conversation.{call.call_uuid}.{topic}"
    source = "aws.partner/genesys.com/cloud/local/calls"
    return source, name, {"topicName": name, "version": "2", "eventBody": body}


def _connect(call: PhoneCall, event_type: str) -> Report:
    contact = {
        "eventType": event_type,
        "contactId": call.call_uuid,
        "channel": "VOICE",
        "initiationMethod": "INBOUND",
        "initiationTimestamp": to_text(now() - timedelta(minutes=1)),
        "instanceArn": f"arn:aws:connect:us-east-1:000000000000:instance/{new_uuid()}",
    }
    if event_type == "DISCONNECTED":
        contact["disconnectTimestamp"] = to_text(now())
    return "aws.connect", "Amazon Connect Contact Event", contact


@pytest.mark.parametrize(
    ("report", "start", "end"),
    [
        (_genesys, "customer.start", "customer.end"),
        (_connect, "INITIATED", "DISCONNECTED"),
    ],
)
def test_a_call_of_a_phone_system_takes_tags_and_ends(
    service: Service, key: PostbackKey, caller_number: str, report: Any, start: str, end: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    platform_key = service.new_platform_key()

    def put(kind: str) -> None:
        source, detail_type, detail = report(call, kind)
        entry: Any = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail)}
        assert service.events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    def is_known_as(status: str) -> bool | None:
        response = service.report(platform_key, call.call_uuid, {}, method="GET")
        return response.json().get("call_status") == status or None

    put(start)
    eventually(lambda: is_known_as("in_progress"), "the call")
    service.tag(key, call, age="39")
    put(end)
    eventually(lambda: is_known_as("completed"), "the end of the call")

    assert service.tags(call) == {"age": "39"}
