"""Other writers, and failures of AWS, between two requests of one event's handling."""

from typing import Any

import pytest

from shared.domain.keys import PostbackKey
from tests.integration.events import HOUR, MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import EventFailed, Service
from tests.integration.wire import TRANSACTION_CONFLICT, Wire, failing, first_do, once

IN_PROGRESS = "in progress call found, tags applied"

pytestmark = pytest.mark.usefixtures("no_pauses")


def test_a_write_that_meets_another_writer_of_the_call_is_retried(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - SECOND, caller_number=number, age="39")
    call_uuid = service.start_call(None)
    wire.tap(
        service.call_events._client,
        "TransactWriteItems",
        first_do(lambda: service.change_call(call_uuid)),
    )

    service.end_call(call_uuid, number, at=NOON + MINUTE)

    assert service.tags(call_uuid) == {"age": "39"}
    assert service.pending() == []


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ("TransactWriteItems", failing("TransactionCanceledException", **TRANSACTION_CONFLICT)),
        ("UpdateItem", failing("TransactionConflictException")),
    ],
)
def test_a_write_that_meets_a_transaction_is_retried(
    service: Service, key: PostbackKey, wire: Wire, operation: str, error: Any
) -> None:
    number = new_caller_number()
    service.post(key, at=NOON - SECOND, caller_number=number, age="39")
    wire.tap(service.call_events._client, operation, once(error))

    call_uuid = service.start_call(number)

    assert service.tags(call_uuid) == {"age": "39"}


@pytest.mark.parametrize("operation", ["Query", "PutItem", "TransactWriteItems"])
def test_an_event_that_fails_at_any_request_is_retried_and_loses_nothing(
    service: Service, key: PostbackKey, wire: Wire, operation: str
) -> None:
    number, call_uuid = new_caller_number(), "9b653cf0-4835-493b-860c-aed9b7af2a4a"
    service.post(key, at=NOON - SECOND, caller_number=number, age="39")
    wire.tap(service.call_events._client, operation, once(failing("InternalServerError")))

    with pytest.raises(EventFailed):
        service.start_call(number, call_uuid=call_uuid)
    service.start_call(number, call_uuid=call_uuid)

    assert service.tags(call_uuid) == {"age": "39"}
    assert len(service.announce()) == 1


def test_an_event_that_always_meets_other_writers_is_retried(service: Service, wire: Wire) -> None:
    conflict = failing("TransactionCanceledException", **TRANSACTION_CONFLICT)
    wire.tap(service.call_events._client, "TransactWriteItems", conflict)

    with pytest.raises(EventFailed):
        service.start_call(new_caller_number())
    assert "RetriesExhausted" in service.log.getvalue()


def test_an_older_call_does_not_replace_the_latest_though_it_is_written_last(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    later: list[str] = []
    wire.tap(
        service.call_events._client,
        "PutItem",
        first_do(lambda: later.append(service.start_call(number, at=NOON + SECOND))),
    )

    service.start_call(number)
    service.post(key, at=NOON + MINUTE, caller_number=number, age="39")

    assert service.tags(later[0]) == {"age": "39"}


def test_a_start_written_after_its_end_leaves_the_call_ended_in_its_callers_list(
    service: Service, wire: Wire
) -> None:
    number, call_uuid = new_caller_number(), "9b653cf0-4835-493b-860c-aed9b7af2a4a"

    def end() -> None:
        service.end_call(call_uuid, number, at=NOON + MINUTE)

    wire.tap(service.call_events._client, "PutItem", first_do(end))

    service.start_call(number, call_uuid=call_uuid)

    items = service.dynamodb.scan(TableName=service.environment["CALL_DATA_TABLE"])["Items"]
    assert [item["ended_at"]["S"] for item in items] == ["2025-03-10T12:01:00.000Z"] * 2


def test_a_late_end_without_a_caller_number_updates_the_callers_list(
    service: Service,
) -> None:
    """An earlier end need not be in the list: postings read the call itself."""
    soon, late = (service.start_call(new_caller_number()) for _ in range(2))

    service.end_call(soon, None, at=NOON + 4 * HOUR)
    service.end_call(late, None, at=NOON + 4 * HOUR + SECOND)

    items = service.dynamodb.scan(TableName=service.environment["CALL_DATA_TABLE"])["Items"]
    ends = {(i["call_uuid"]["S"], i["sk"]["S"] == "CALL"): i.get("ended_at") for i in items}
    assert ends[soon, True]
    assert ends[late, True]
    assert (ends[soon, False], ends[late, False]) == (None, {"S": "2025-03-10T16:00:01.000Z"})
