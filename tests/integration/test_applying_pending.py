"""Pending postings are applied exactly once and in order, many at a time."""

import itertools
import math
from typing import Any

import pytest

from shared.domain import platform_keys
from shared.domain.keys import PostbackKey
from shared.domain.postings import Posting, posting_id
from shared.stores.platform_keys import PlatformKeyStore
from tests.clock import Clock
from tests.integration import events
from tests.integration.events import HOUR, MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import EventFailed, Service
from tests.integration.wire import Body, Wire, failing, once


@pytest.fixture
def platform_key(service: Service) -> str:
    credential = platform_keys.credential(b"applying pending")
    store = PlatformKeyStore(service.dynamodb, service.environment["POSTBACK_KEYS_TABLE"])
    store.add(events.example_platform_key(credential))
    return credential


@pytest.mark.parametrize("count", [1, 49, 50, 60])
def test_all_pending_postings_are_applied_in_order_and_announced_once(
    service: Service, key: PostbackKey, count: int
) -> None:
    number = new_caller_number()
    for i in range(count):
        at = NOON - MINUTE + i * SECOND / 2
        service.post(key, at=at, caller_number=number, latest=str(i), **{f"tag_{i}": "x"})
    assert service.announce() == []

    call_uuid = service.start_call(number)

    call = service.call(call_uuid)
    assert service.tags(call_uuid) == {"latest": str(count - 1)} | {
        f"tag_{i}": "x" for i in range(count)
    }
    assert service.pending() == []
    assert [row["outcome"] for row in service.all_rows(key)].count("applied") == count
    # Routing uses the first announcement, so it must be complete.
    (announced,) = service.announce()
    assert announced["version"] == call.version
    assert announced["tags"] == service.tags(call_uuid)


def _store_many(service: Service, number: str, count: int, call_uuid: str | None = None) -> None:
    """Store this many pending postings of a few tags, as many publishers send them."""
    key = service.add_key()
    store = service.data_writing.processor.calls.store
    for i in range(count):
        at = NOON - MINUTE + i * SECOND / 100
        store(
            Posting(
                posting_id=posting_id(round(at.timestamp() * 1000), f"{i:04}"),
                key_id=key.key_id,
                publisher_id=f"pub_{i % 9}",
                posted_at=at,
                stored_until=at + HOUR,
                end_call_cutoff=HOUR,
                tags={"latest": str(i), f"tag_{i % 200}": "x"},
                caller_number=number,
                call_uuid=call_uuid,
            )
        )


def _report(call_uuid: str, number: str, platform_key: str) -> dict[str, Any]:
    members = {"caller_number": number, "started_at": NOON.isoformat()}
    return events.platform("PUT", f"/platform/calls/{call_uuid}", platform_key, members, at=NOON)


@pytest.mark.parametrize(("count", "by_call"), [(150, False), (1000, False), (100, True)])
def test_many_pending_postings_are_applied_in_few_round_trips(
    service: Service, platform_key: str, wire: Wire, count: int, by_call: bool
) -> None:
    number, call_uuid = new_caller_number(), "9b653cf0-4835-493b-860c-aed9b7af2a4a"
    _store_many(service, number, count, call_uuid if by_call else None)
    sent = wire.sent(service.platform_api._client)

    answer = service.request(
        _report(call_uuid, number, platform_key),
        function="platform_api",
    )

    assert answer.status_code == 200
    assert answer.json["tags"]["latest"] == str(count - 1)
    assert "tags_incomplete" not in answer.json
    assert service.pending() == []
    # The key is read first. What is sent side by side is one round trip: the two partitions of
    # pending postings with the caller's list, and the second look with the first transaction.
    beside = ["Query", "PutItem", "Query"]
    assert len(sent) - 1 - len(beside) <= 2 + math.ceil(count / 30)
    assert sent.count("TransactWriteItems") == math.ceil(count / (33 if by_call else 49))


def test_a_report_without_time_for_all_responds_with_some_tags_and_the_rest_follows(
    service: Service, platform_key: str, wire: Wire, clock: Clock
) -> None:
    number, call_uuid = new_caller_number(), "9b653cf0-4835-493b-860c-aed9b7af2a4a"
    _store_many(service, number, 120)
    report = _report(call_uuid, number, platform_key)
    transactions = itertools.count(1)
    wire.tap(
        service.platform_api._client,
        "TransactWriteItems",
        lambda _: clock.pass_by(1.05) if next(transactions) == 2 else None,
    )

    answer = service.request(report, function="platform_api")

    assert answer.status_code == 200
    assert answer.json["tags_incomplete"] is True
    assert answer.json["tags"] == service.tags(call_uuid)
    assert answer.json["tags"]["latest"] == "97"
    assert "Call Tagged" in answer.json["warnings"][0]["message"]
    assert len(service.pending()) == 22
    assert service.announce() == []

    (message,) = service.queued("CALL_EVENTS_QUEUE_URL")
    service.deliver(message)

    assert service.tags(call_uuid)["latest"] == "119"
    assert service.pending() == []
    (announced,) = service.announce()
    assert announced["tags"] == service.tags(call_uuid)
    # The queue may deliver the message again.
    service.deliver(message)
    assert service.pending() == []


@pytest.mark.parametrize("late", [1.2, 60])
def test_a_report_that_cannot_hand_over_the_rest_in_time_is_a_503(
    service: Service, platform_key: str, wire: Wire, clock: Clock, late: float
) -> None:
    number, call_uuid = new_caller_number(), "9b653cf0-4835-493b-860c-aed9b7af2a4a"
    _store_many(service, number, 60)
    report = _report(call_uuid, number, platform_key)
    wire.tap(
        service.platform_api._client, "TransactWriteItems", once(lambda _: clock.pass_by(late))
    )

    answer = service.request(report, function="platform_api")

    assert answer.status_code == 503
    assert service.queued("CALL_EVENTS_QUEUE_URL") == []
    again = service.request(report, function="platform_api")
    assert again.json["tags"]["latest"] == "59"
    assert "tags_incomplete" not in again.json


def test_tags_applied_before_a_failure_stay_and_the_retried_event_applies_the_rest(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    for i in range(60):
        at = NOON - MINUTE + i * SECOND / 2
        service.post(key, at=at, caller_number=number, **{f"tag_{i}": "x"})
    transactions = itertools.count(1)
    fail = failing("InternalServerError")
    wire.tap(
        service.call_events._client,
        "TransactWriteItems",
        lambda body: fail(body) if next(transactions) == 2 else None,
    )

    with pytest.raises(EventFailed):
        service.start_call(number, call_uuid="9b653cf0-4835-493b-860c-aed9b7af2a4a")
    assert 0 < len(service.pending()) < 60
    assert service.announce() == []

    call_uuid = service.start_call(number, call_uuid="9b653cf0-4835-493b-860c-aed9b7af2a4a")

    assert len(service.tags(call_uuid)) == 60
    assert service.pending() == []
    assert [len(announced["tags"]) for announced in service.announce()] == [60]


def test_an_event_with_too_many_pending_postings_is_retried_and_continues(
    service: Service, key: PostbackKey, wire: Wire, clock: Clock
) -> None:
    """This leaves time for the other events of the batch."""
    number = new_caller_number()
    for i in range(60):
        at = NOON - MINUTE + i * SECOND / 2
        service.post(key, at=at, caller_number=number, **{f"tag_{i}": "x"})

    def take_a_minute(_: Body) -> None:
        clock.pass_by(60)

    wire.tap(service.call_events._client, "TransactWriteItems", once(take_a_minute))
    call_uuid = "9b653cf0-4835-493b-860c-aed9b7af2a4a"

    with pytest.raises(EventFailed):
        service.start_call(number, call_uuid=call_uuid)
    assert len(service.pending()) == 11
    assert service.announce() == []

    service.start_call(number, call_uuid=call_uuid)

    assert len(service.tags(call_uuid)) == 60
    assert len(service.announce()) == 1


def test_a_posting_that_is_written_again_after_it_was_applied_is_not_applied_again(
    service: Service, key: PostbackKey
) -> None:
    """A retried write of its pending item can arrive late."""
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    (item,) = service.pending()
    earlier = service.start_call(number)
    service.end_call(earlier, number, at=NOON + SECOND)
    rows = service.all_rows(key)
    service.dynamodb.put_item(TableName=service.environment["CALL_DATA_TABLE"], Item=item)

    later = service.start_call(number, at=NOON + MINUTE)

    assert service.tags(earlier) == {"age": "39"}
    assert service.tags(later) == {}
    assert service.pending() == []
    assert service.all_rows(key) == rows


@pytest.mark.parametrize(
    ("code", "comes_again"),
    [("TransactionConflictException", False), ("InternalServerError", True)],
)
def test_a_posting_that_was_written_again_is_deleted_though_the_first_deletion_fails(
    service: Service, key: PostbackKey, wire: Wire, code: str, comes_again: bool
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    (item,) = service.pending()
    earlier = service.start_call(number)
    service.dynamodb.put_item(TableName=service.environment["CALL_DATA_TABLE"], Item=item)
    wire.tap(service.call_events._client, "DeleteItem", once(failing(code)))

    if comes_again:
        with pytest.raises(EventFailed):
            service.end_call(earlier, number, at=NOON + SECOND)
    else:
        # Another transaction uses the item, and deletes it.
        service.end_call(earlier, number, at=NOON + SECOND)
        assert service.pending() == [item]
    service.end_call(earlier, number, at=NOON + SECOND)

    assert service.pending() == []
    assert [row["sk"].partition("#")[2] for row in service.all_rows(key)] == ["", "decided"]


def test_a_posting_that_was_written_again_does_not_delay_other_pending_postings(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - MINUTE, caller_number=number, age="39")
    (item,) = service.pending()
    service.start_call(number)
    service.dynamodb.put_item(TableName=service.environment["CALL_DATA_TABLE"], Item=item)
    for i in range(3):
        at = NOON + 5 * 60 * MINUTE + i * SECOND + MINUTE
        service.post(key, at=at, caller_number=number, **{f"tag_{i}": "x"})

    later = service.start_call(number, at=NOON + 6 * 60 * MINUTE)

    assert service.tags(later).keys() == {"tag_0", "tag_1", "tag_2"}
    assert service.pending() == []
