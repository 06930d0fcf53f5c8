"""Pending postings are applied exactly once and in order, many at a time."""

import itertools

import pytest

from shared.domain.keys import PostbackKey
from tests.clock import Clock
from tests.integration.events import MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import EventFailed, Service
from tests.integration.wire import Body, Wire, failing, once


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
