"""AWS hangs, is slow or refuses: responses come soon, and work ends before the timeout."""

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
"""In seconds: an attempt of 1, botocore's pause of up to 1, another attempt, and the log row."""

HANDLER = 9.5
"""Maximum seconds that a posting takes, as in shared.runtime.time_limits."""


@pytest.fixture
def hang(wire: Wire, clock: Clock) -> Callable[..., None]:
    """Make a client's requests hang until its timeout."""

    def start(client: Any, table: str = "") -> None:
        wait = client.meta.config.connect_timeout, client.meta.config.read_timeout
        wire.hang(client, lambda: clock.pass_by(max(wait)), table=table)

    return start


def _post(
    service: Service, key: PostbackKey, clock: Clock, *, caller_number: str | None = None
) -> tuple[int, float]:
    """Return the status code, and the seconds that the response took."""
    started = clock.now
    response = service.post(key, caller_number=caller_number or new_caller_number(), age="39")
    assert response.status_code != 503 or int(response.headers["Retry-After"]) > 0
    return response.status_code, clock.now - started


@pytest.mark.parametrize("table", ["POSTBACK_KEYS_TABLE", "CALL_DATA_TABLE", "POSTBACK_LOG_TABLE"])
def test_if_a_table_hangs_a_503_comes_soon(
    service: Service, key: PostbackKey, clock: Clock, hang: Callable[..., None], table: str
) -> None:
    hang(service.data_writing._client, service.environment[table])

    status_code, seconds = _post(service, key, clock)

    assert status_code == 503
    assert 1 < seconds <= QUICK


def test_if_a_table_hangs_once_the_posting_is_stored_a_503_comes_soon(
    service: Service, key: PostbackKey, clock: Clock, wire: Wire, hang: Callable[..., None]
) -> None:
    client = service.data_writing._client
    wire.tap(client, "Query", lambda _: hang(client))

    status_code, seconds = _post(service, key, clock)

    assert status_code == 503
    assert 1 < seconds <= QUICK
    assert len(service.pending()) == 1
    assert "response not logged" in service.log.getvalue()


def test_a_log_that_hangs_delays_a_refusal_by_one_attempt(
    service: Service, key: PostbackKey, clock: Clock, hang: Callable[..., None]
) -> None:
    hang(service.data_writing._client, service.environment["POSTBACK_LOG_TABLE"])

    status_code, seconds = _post(service, key, clock, caller_number="555")

    assert (status_code, seconds) == (422, 1.0)
    assert "refused posting not logged" in service.log.getvalue()


def test_requests_to_a_hanging_dynamodb_are_limited(
    service: Service, key: PostbackKey, clock: Clock, wire: Wire, hang: Callable[..., None]
) -> None:
    _post(service, key, clock)
    client = service.data_writing._client
    sent = wire.sent(client)
    hang(client)

    _post(service, key, clock)

    assert sent == ["BatchWriteItem", "BatchWriteItem", "PutItem"]


def test_a_posting_ends_in_time_though_dynamodb_is_slow_at_each_request(
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
    # The response is in the log, although the time limit had passed.
    assert service.rows(key)["#answered"]["status_code"] == 503


def test_if_a_table_throttles_all_requests_a_503_comes_in_time(
    service: Service, key: PostbackKey, clock: Clock, wire: Wire
) -> None:
    def take_nothing(body: Body) -> Any:
        clock.pass_by(0.005)
        return answering({"UnprocessedItems": body["RequestItems"]})(body)

    wire.tap(service.data_writing._client, "BatchWriteItem", take_nothing)

    status_code, seconds = _post(service, key, clock)

    assert status_code == 503
    assert seconds <= time_limits.POSTING_SECONDS


def test_a_posting_ends_in_time_though_other_writers_are_always_faster(
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


def test_if_dynamodb_hangs_a_batch_of_events_is_returned_before_the_functions_timeout(
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


def test_a_call_that_reaches_its_time_limit_leaves_time_for_the_rest_of_the_batch(
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


def test_if_the_dead_letter_queue_hangs_a_malformed_event_is_soon_returned(
    service: Service, clock: Clock, hang: Callable[..., None]
) -> None:
    started = clock.now
    hang(service.call_events.dead_letters())

    assert service.handle("no event") == ["m1"]

    assert clock.now - started <= QUICK


def test_a_bus_that_hangs_is_reported_before_the_functions_timeout(
    service: Service, clock: Clock, hang: Callable[..., None]
) -> None:
    service.start_call(new_caller_number(), at=NOON - SECOND)
    records = service.stream.read()
    started = clock.now
    hang(service.call_feed.bus)

    response = service.call_feed.lambda_handler({"Records": records}, None)

    assert len(response["batchItemFailures"]) == 1
    assert clock.now - started <= QUICK


def test_a_slow_bus_is_reported_before_the_functions_timeout(
    service: Service, clock: Clock, wire: Wire
) -> None:
    for _ in range(60):
        service.start_call(new_caller_number(), at=NOON - SECOND)
    records = service.stream.read()
    started = clock.now

    def crawl(_: Body) -> None:
        clock.pass_by(10)

    wire.tap(service.call_feed.bus, "PutEvents", crawl)

    response = service.call_feed.lambda_handler({"Records": records}, None)

    assert len(response["batchItemFailures"]) == 1
    assert "calls not announced" in service.log.getvalue()
    assert clock.now - started <= time_limits.ANNOUNCEMENTS_SECONDS + 10


def test_one_postings_limits_do_not_affect_the_next_posting(
    service: Service, key: PostbackKey, clock: Clock
) -> None:
    assert _post(service, key, clock)[0] == 200
    clock.pass_by(3600)
    assert _post(service, key, clock)[0] == 200
