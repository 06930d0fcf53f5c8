"""The endpoint's counts for the real functions, which do not depend on how much is stored."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.stores.keys import KeyStore
from tests.bench import growth, operations
from tests.bench.units import Units
from tests.bench.wire import Wire
from tests.integration import events
from tests.proof.database import Reply
from tests.proof.processes import POSTBACK_KEYS, Process

KEY = operations.example_key()
FREE_CALLER = "+15550000001"


class Functions:
    """The functions for postings and events, with an endpoint in this process."""

    def __init__(self) -> None:
        self.wire = Wire()
        self._postings = Process("data_writing", self._answer)
        self._events = Process("call_events", self._answer)
        KeyStore(self._postings.handler._client, POSTBACK_KEYS).add_key(KEY)
        self.post(FREE_CALLER)  # loads the key into the cache

    def post(self, caller_number: str) -> Mapping[str, Any]:
        """Return the requests of one posting."""
        self._take()
        response = self._postings.run(operations.posting_of(KEY, caller_number))
        assert response["statusCode"] == 200
        return self._take()

    def start_call(self, caller_number: str) -> Mapping[str, Any]:
        """Return the requests of one call's start."""
        self._take()
        event = operations.call_started(caller_number)
        assert self._events.run(event) == {"batchItemFailures": []}
        return self._take()

    def grow(self, **sizes: int) -> None:
        caller = {"busy_caller": growth.BUSY_CALLER, "key_id": KEY.key_id}
        assert self.wire.answer("Bench.Fill", {**sizes, **caller}).is_good

    def _take(self) -> Mapping[str, Any]:
        return self.wire.answer("Bench.Take", {}).members

    def _answer(self, operation: str, body: Any) -> Reply:
        return self.wire.answer(f"DynamoDB_20120810.{operation}", body)


@pytest.fixture
def functions() -> Functions:
    return Functions()


def test_a_stored_posting_takes_two_requests_three_writes_and_a_read(functions: Functions) -> None:
    counted = functions.post("+15550000002")

    assert counted["requests"] == 2
    assert Units(**counted["units"]) == Units(table_writes=2, index_writes=1, reads=1)
    assert counted["items"] == 0


def test_a_posting_costs_the_same_however_much_is_stored(functions: Functions) -> None:
    before = functions.post("+15550000003")
    functions.grow(log_rows=2000, callers=50, pending=100)

    assert functions.post(growth.BUSY_CALLER) == before


def test_a_call_takes_six_requests_with_and_without_a_pending_posting(functions: Functions) -> None:
    functions.post("+15550000004")
    with_one, without = map(functions.start_call, ("+15550000004", "+15550000005"))

    assert (with_one["requests"], without["requests"]) == (6, 6)
    # The second read runs while the posting is applied, and may still find it.
    assert with_one["items"] in (1, 2)
    assert without["items"] == 0
    # Two ordinary writes; in the transaction three for a posting, at twice the price.
    assert Units(**without["units"]) == Units(table_writes=4, reads=3)
    assert Units(**with_one["units"]) == Units(table_writes=8, index_writes=1, reads=3)


def test_all_pending_postings_are_read_when_their_call_starts(functions: Functions) -> None:
    """Shows that the counter counts reads: the posting's test above counts none."""
    functions.grow(log_rows=0, callers=0, pending=40)

    assert functions.start_call(growth.BUSY_CALLER)["items"] >= 40


def test_a_grown_database_has_the_requested_number_of_items(functions: Functions) -> None:
    functions.grow(log_rows=300, callers=7, pending=5)
    database = functions.wire._database

    assert len(database.tables["postback-log"]) == 300 + 1
    assert len(database.tables["call-data"]) == 7 * 2 + 5 + 1


def test_the_endpoint_counts_events_put_on_the_bus() -> None:
    wire = Wire()
    response = wire.answer("AWSEvents.PutEvents", {"Entries": [{}, {}]})

    assert response.members["FailedEntryCount"] == 0
    assert len(response.members["Entries"]) == 2
    assert wire.answer("Bench.Take", {}).members["announced"] == 2


def test_a_benchmarks_posting_has_the_form_of_the_gateways_event() -> None:
    event = operations.posting_of(KEY, FREE_CALLER)

    assert event.keys() >= events.http("GET", "/data_writing").keys()
