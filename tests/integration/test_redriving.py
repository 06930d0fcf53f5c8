"""The dead-letter queue can always be redriven: events may come twice, and late."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.domain.keys import PostbackKey
from tests.integration.events import HOUR, MINUTE, NOON, SECOND, call_event, new_caller_number
from tests.integration.service import EventFailed, Service, client
from tests.integration.wire import Wire, failing

DAY = timedelta(days=1)
LONGEST_IN_A_QUEUE = timedelta(days=14)


def _applied_rows(service: Service, key: PostbackKey) -> list[dict[str, Any]]:
    return [
        row
        for row in service.all_rows(key)
        if row["sk"].endswith("#decided") and row["outcome"] == "applied"
    ]


def _dead_letters(service: Service) -> list[dict[str, Any]]:
    """Take the messages from the queue, as redriving does."""
    queue_url = service.environment["DEAD_LETTER_QUEUE_URL"]
    response = client("sqs").receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    messages: list[dict[str, Any]] = response.get("Messages", [])
    for message in messages:
        client("sqs").delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return messages


def test_a_redriven_event_that_was_handled_long_ago_changes_nothing(
    service: Service, key: PostbackKey
) -> None:
    number, call_uuid = new_caller_number(), str(uuid4())
    started = call_event("Call Started", call_uuid=call_uuid, caller_number=number, started_at=NOON)
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39", zip="1")
    service.deliver(started)
    service.post(key, at=NOON + MINUTE, caller_number=number, zip="2")
    service.end_call(call_uuid, number, at=NOON + HOUR)
    next_uuid = service.start_call(number, at=NOON + DAY)
    service.announce()
    before = service.call(call_uuid)

    service.deliver(started)

    after = service.call(call_uuid)
    assert after.tags == before.tags
    assert (after.started_at, after.ended_at) == (before.started_at, before.ended_at)
    assert len(_applied_rows(service, key)) == 2
    assert service.tags(next_uuid) == {}


def test_a_call_whose_start_is_reported_again_is_announced_again_with_all_its_tags(
    service: Service, key: PostbackKey
) -> None:
    """This is how to recover records in the feed's failure queue."""
    number, call_uuid = new_caller_number(), str(uuid4())
    started = call_event("Call Started", call_uuid=call_uuid, caller_number=number, started_at=NOON)
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    service.deliver(started)
    service.end_call(call_uuid, number, at=NOON + HOUR)
    (first,) = service.announce()

    service.deliver(started)

    (again,) = service.announce()
    assert again["tags"] == first["tags"] == {"age": "39"}
    assert again["call_status"] == "completed"
    assert again["version"] > first["version"]


def test_an_event_that_was_dead_lettered_for_days_applies_its_postings_exactly_once(
    service: Service, key: PostbackKey, wire: Wire, no_pauses: None
) -> None:
    number, call_uuid = new_caller_number(), str(uuid4())
    started = call_event("Call Started", call_uuid=call_uuid, caller_number=number, started_at=NOON)
    service.post(key, at=NOON - HOUR, caller_number=number, age="39")
    wire.tap(service.call_events._client, "UpdateItem", failing("InternalServerError"))
    for _ in range(20):
        with pytest.raises(EventFailed):
            service.deliver(started)
    wire.remove_taps()
    assert service.tags(service.start_call(number, at=NOON + 3 * DAY)) == {}
    service.post(key, at=NOON + 4 * DAY, caller_number=number, zip="90210")

    service.deliver(started)
    service.deliver(started)

    assert service.tags(call_uuid) == {"age": "39"}
    applied = [row["call_uuid"] for row in _applied_rows(service, key)]
    assert applied.count(call_uuid) == 1


def test_a_pending_item_is_kept_longer_than_any_event_can_be_dead_lettered(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, caller_number=new_caller_number(), age="39")

    (waiting,) = service.pending()

    kept_until = datetime.fromtimestamp(int(waiting["expires_at"]["N"]), UTC)
    assert kept_until > NOON + key.storage_duration + LONGEST_IN_A_QUEUE


def test_a_start_that_is_redriven_after_its_end_does_not_reopen_the_call(
    service: Service, key: PostbackKey
) -> None:
    number, call_uuid = new_caller_number(), str(uuid4())
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    service.end_call(call_uuid, number, at=NOON + HOUR)

    service.start_call(number, call_uuid=call_uuid)

    assert service.call(call_uuid).ended_at == NOON + HOUR
    assert service.tags(call_uuid) == {"age": "39"}
    assert len(_applied_rows(service, key)) == 1


def test_a_malformed_event_that_is_redriven_unchanged_is_dead_lettered_again(
    service: Service,
) -> None:
    service.deliver(call_event("Call Started", call_uuid=str(uuid4()), started_at="noon"))
    (message,) = _dead_letters(service)

    service.deliver(message["Body"])

    (again,) = _dead_letters(service)
    assert again["Body"] == message["Body"]
    assert again["MessageAttributes"] == message["MessageAttributes"]
    assert "detail.started_at" in again["MessageAttributes"]["error"]["StringValue"]


def test_a_malformed_event_that_was_fixed_is_handled(service: Service, key: PostbackKey) -> None:
    number, call_uuid = new_caller_number(), str(uuid4())
    service.post(key, at=NOON - SECOND, caller_number=number, age="39")
    service.deliver(
        call_event("Call Started", call_uuid=call_uuid, caller_number=number, started_at="noon")
    )
    (message,) = _dead_letters(service)

    event = json.loads(message["Body"])
    event["detail"]["started_at"] = NOON.isoformat()
    service.deliver(json.dumps(event))

    assert service.tags(call_uuid) == {"age": "39"}
    assert _dead_letters(service) == []
