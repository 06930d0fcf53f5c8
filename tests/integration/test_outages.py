"""When AWS hangs, crawls or refuses: answers that come soon, and work that ends by saying so."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.domain.keys import PostbackKey
from shared.runtime import time_limits
from tests.clock import Clock
from tests.integration import events
from tests.integration.events import NOON, SECOND, new_caller_number
from tests.integration.service import Service
from tests.integration.wire import TRANSACTION_CONFLICT, Body, Wire, answering, failing

QUICK = 4.5
"""Seconds: an attempt of one, botocore's pause of up to one, another attempt, and the log's row."""

HANDLER = 9.5
"""Seconds that a posting can take at the worst, as shared.runtime.time_limits has it."""


@pytest.fixture
def hang(wire: Wire, clock: Clock) -> Callable[..., None]:
    """Have a client's requests hang for as long as the client waits."""

    def start(client: Any, table: str = "") -> None:
        wait = client.meta.config.connect_timeout, client.meta.config.read_timeout
        wire.hang(client, lambda: clock.pass_by(max(wait)), table=table)

    return start


def _post(
    service: Service, key: PostbackKey, clock: Clock, *, caller_number: str | None = None
) -> tuple[int, float]:
    """The status code, and the seconds that the answer took."""
    started = clock.now
    answer = service.post(key, caller_number=caller_number or new_caller_number(), age="39")
    assert answer.status_code != 503 or int(answer.headers["Retry-After"]) > 0
    return answer.status_code, clock.now - started


@pytest.mark.parametrize("table", ["POSTBACK_KEYS_TABLE", "CALL_DATA_TABLE", "POSTBACK_LOG_TABLE"])
def test_a_table_that_hangs_is_soon_answered_with_503(
    service: Service, key: PostbackKey, clock: Clock, hang: Callable[..., None], table: str
) -> None:
    hang(service.data_writing._client, service.environment[table])

    status_code, seconds = _post(service, key, clock)

    assert status_code == 503
    assert 1 < seconds <= QUICK


def test_a_table_that_hangs_once_the_posting_is_stored_is_soon_answered_with_503(
    service: Service, key: PostbackKey, clock: Clock, wire: Wire, hang: Callable[..., None]
) -> None:
    client = service.data_writing._client
    wire.tap(client, "Query", lambda _: hang(client))

    status_code, seconds = _post(service, key, clock)

    assert status_code == 503
    assert 1 < seconds <= QUICK
    assert len(service.pending()) == 1
    assert "response not logged" in service.log.getvalue()


def test_a_log_that_hangs_holds_up_a_refusal_for_one_attempt_only(
    service: Service, key: PostbackKey, clock: Clock, hang: Callable[..., None]
) -> None:
    hang(service.data_writing._client, service.environment["POSTBACK_LOG_TABLE"])

    status_code, seconds = _post(service, key, clock, caller_number="555")

    assert (status_code, seconds) == (422, 1.0)
    assert "refused posting not logged" in service.log.getvalue()


def test_a_dynamodb_that_hangs_is_asked_no_more_often_than_helps(
    service: Service, key: PostbackKey, clock: Clock, wire: Wire, hang: Callable[..., None]
) -> None:
    _post(service, key, clock)
    client = service.data_writing._client
    sent = wire.sent(client)
    hang(client)

    _post(service, key, clock)

    assert sent == ["BatchWriteItem", "BatchWriteItem", "PutItem"]


def test_a_dynamodb_that_answers_each_request_at_the_last_moment_is_given_up_in_time(
    service: Service, key: PostbackKey, clock: Clock, wire: Wire
) -> None:
    number = new_caller_number()
    service.start_call(number)
    client = service.data_writing._client

    def crawl(**_: Any) -> None:
        clock.pass_by(client.meta.config.read_timeout)

    client.meta.events.register_first("before-send.dynamodb", crawl)
    try:
        status_code, seconds = _post(service, key, clock, caller_number=number)
    finally:
        client.meta.events.unregister("before-send.dynamodb", crawl)

    assert status_code == 503
    assert seconds <= HANDLER
    assert "OutOfTime" in service.log.getvalue()
    # What the publisher was told is in the log, though the time was up.
    assert service.rows(key)["#answered"]["status_code"] == 503


def test_a_table_that_takes_nothing_for_too_many_requests_is_answered_with_503_in_time(
    service: Service, key: PostbackKey, clock: Clock, wire: Wire
) -> None:
    def take_nothing(body: Body) -> Any:
        clock.pass_by(0.005)
        return answering({"UnprocessedItems": body["RequestItems"]})(body)

    wire.tap(service.data_writing._client, "BatchWriteItem", take_nothing)

    status_code, seconds = _post(service, key, clock)

    assert status_code == 503
    assert seconds <= time_limits.POSTING_SECONDS


def test_others_who_are_always_faster_are_given_up_to_in_time(
    service: Service, key: PostbackKey, clock: Clock, wire: Wire
) -> None:
    number = new_caller_number()
    service.start_call(number)

    def conflict(body: Body) -> Any:
        clock.pass_by(0.5)
        return failing("TransactionCanceledException", **TRANSACTION_CONFLICT)(body)

    wire.tap(service.data_writing._client, "TransactWriteItems", conflict)

    status_code, seconds = _post(service, key, clock, caller_number=number)

    assert status_code == 503
    assert seconds <= time_limits.POSTING_SECONDS + 1
    assert service.rows(key)["#answered"]["status_code"] == 503


def test_a_hanging_dynamodb_leaves_a_batch_of_events_to_come_again_before_the_functions_time_is_up(
    service: Service, clock: Clock, wire: Wire, hang: Callable[..., None]
) -> None:
    started = clock.now
    hang(service.call_events._client)
    bodies = [
        events.call_event(
            "Call Started", call_uuid=f"9b653cf0-4835-493b-860c-00000000000{i}", started_at=NOON
        )
        for i in range(10)
    ]

    failed = service.handle(*bodies)

    assert failed == [f"m{number}" for number in range(1, 11)]
    assert clock.now - started <= (
        time_limits.CALL_EVENTS_SECONDS + time_limits.MAX_LAST_REQUEST_SECONDS
    )


def test_a_call_that_takes_all_its_time_leaves_the_rest_of_the_batch_its_turn(
    service: Service, clock: Clock, wire: Wire
) -> None:
    uuids = [f"9b653cf0-4835-493b-860c-00000000000{i}" for i in range(10)]
    started = clock.now

    def conflict(body: Body) -> Any:
        if uuids[0] not in str(body):
            return None
        clock.pass_by(0.9)
        return failing("TransactionCanceledException", **TRANSACTION_CONFLICT)(body)

    wire.tap(service.call_events._client, "TransactWriteItems", conflict)

    failed = service.handle(
        *(events.call_event("Call Started", call_uuid=it, started_at=NOON) for it in uuids)
    )

    assert failed == ["m1"]
    assert clock.now - started <= time_limits.CALL_EVENT_SECONDS + 1
    assert [service.call(it).announced_at is not None for it in uuids] == [False] + [True] * 9


def test_a_dead_letter_queue_that_hangs_leaves_a_malformed_event_to_come_again_soon(
    service: Service, clock: Clock, hang: Callable[..., None]
) -> None:
    started = clock.now
    hang(service.call_events.dead_letters())

    assert service.handle("no event") == ["m1"]

    assert clock.now - started <= QUICK


def test_a_bus_that_hangs_is_reported_before_the_functions_time_is_up(
    service: Service, clock: Clock, hang: Callable[..., None]
) -> None:
    service.start_call(new_caller_number(), at=NOON - SECOND)
    records = service.stream.read()
    started = clock.now
    hang(service.call_feed.bus)

    answer = service.call_feed.lambda_handler({"Records": records}, None)

    assert len(answer["batchItemFailures"]) == 1
    assert clock.now - started <= QUICK


def test_a_bus_that_crawls_is_reported_before_the_functions_time_is_up(
    service: Service, clock: Clock, wire: Wire
) -> None:
    for _ in range(60):
        service.start_call(new_caller_number(), at=NOON - SECOND)
    records = service.stream.read()
    started = clock.now

    def crawl(_: Body) -> None:
        clock.pass_by(10)

    wire.tap(service.call_feed.bus, "PutEvents", crawl)

    answer = service.call_feed.lambda_handler({"Records": records}, None)

    assert len(answer["batchItemFailures"]) == 1
    assert "calls not announced" in service.log.getvalue()
    assert clock.now - started <= time_limits.ANNOUNCEMENTS_SECONDS + 10


def test_the_limits_leave_nothing_behind_for_the_next_posting(
    service: Service, key: PostbackKey, clock: Clock
) -> None:
    assert _post(service, key, clock)[0] == 200
    clock.pass_by(3600)
    assert _post(service, key, clock)[0] == 200
