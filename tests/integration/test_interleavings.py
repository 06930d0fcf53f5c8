"""Other writers between two requests of one posting's handling: the posting is applied once, and
its response is right."""

from datetime import timedelta

import pytest

from shared.domain.keys import PostbackKey
from tests.integration.events import MINUTE, NOON, SECOND, new_caller_number
from tests.integration.service import Service
from tests.integration.wire import (
    TRANSACTION_CONFLICT,
    Body,
    Reply,
    Wire,
    answering,
    failing,
    first_do,
    once,
)

IN_PROGRESS = "in progress call found, tags applied"

pytestmark = pytest.mark.usefixtures("no_pauses")


def test_a_call_that_starts_before_it_is_looked_up_gets_the_posting_and_the_response_says_so(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    started: list[str] = []

    def start() -> None:
        started.append(service.start_call(number))

    wire.tap(service.data_writing._client, "Query", first_do(start))

    response = service.post(key, at=NOON - SECOND, caller_number=number, age="39")

    assert response.status == IN_PROGRESS
    assert service.tags(started[0]) == {"age": "39"}
    rows = service.rows(key)
    assert rows.keys() == {"", "#applied", "#answered"}
    assert rows["#applied"]["decided_by"] == "call_started"
    assert (rows["#answered"]["status_code"], rows["#answered"]["status"]) == (200, IN_PROGRESS)
    assert len(service.announce()) == 1


def test_a_call_that_starts_after_it_was_looked_up_gets_the_posting(
    service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()

    response = service.post(key, at=NOON - SECOND, caller_number=number, age="39")
    call_uuid = service.start_call(number)

    assert response.status == "call not found, tags stored"
    assert service.tags(call_uuid) == {"age": "39"}


def test_a_posting_that_an_event_applies_first_is_applied_once(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)

    def end() -> None:
        service.end_call(call_uuid, number, at=NOON + MINUTE)

    wire.tap(service.data_writing._client, "TransactWriteItems", first_do(end))

    response = service.post(key, at=NOON + SECOND, caller_number=number, age="39")

    assert response.status == "completed call found, tags applied"
    assert service.tags(call_uuid) == {"age": "39"}
    rows = service.rows(key)
    assert rows.keys() == {"", "#applied", "#answered"}
    assert rows["#applied"]["decided_by"] == "call_ended"


def _started_by_itself(service: Service, wire: Wire, number: str) -> None:
    """Have an event apply the posting before its own handler does."""
    wire.tap(service.data_writing._client, "Query", first_do(lambda: service.start_call(number)))


def test_a_posting_whose_transaction_is_visible_in_part_is_answered_once_all_is_visible(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    """Reads during a transaction may see one of its writes, and not yet the other."""
    number = new_caller_number()
    _started_by_itself(service, wire, number)
    hidden = iter([True, True])

    def hide_the_decision(body: Body) -> Reply | None:
        is_decision = "#decided" in str(body["Key"])
        return answering({})(body) if is_decision and next(hidden, False) else None

    wire.tap(service.data_writing._client, "GetItem", hide_the_decision)

    response = service.post(key, at=NOON - SECOND, caller_number=number, age="39")

    assert (response.status_code, response.status) == (200, IN_PROGRESS)


def test_a_posting_whose_decision_cannot_be_read_is_not_answered_as_refused(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    _started_by_itself(service, wire, number)
    wire.tap(
        service.data_writing._client,
        "GetItem",
        lambda body: answering({})(body) if "#decided" in str(body["Key"]) else None,
    )

    response = service.post(key, at=NOON - SECOND, caller_number=number, age="39")

    assert response.status_code == 503


def test_a_transaction_that_meets_itself_after_a_timeout_is_retried(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    meets_itself = once(failing("TransactionInProgressException"))
    wire.tap(service.data_writing._client, "TransactWriteItems", meets_itself)

    response = service.post(key, at=NOON + SECOND, caller_number=number, age="39")

    assert response.status == IN_PROGRESS
    assert service.tags(call_uuid) == {"age": "39"}


def test_a_posting_that_meets_another_writer_of_the_call_is_retried(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    version = service.call(call_uuid).version
    client = service.data_writing._client
    transactions = wire.seen(client, "TransactWriteItems")
    wire.tap(client, "TransactWriteItems", first_do(lambda: service.change_call(call_uuid)))

    response = service.post(key, at=NOON + SECOND, caller_number=number, age="39")

    assert response.status == IN_PROGRESS
    assert len(transactions) == 2
    assert service.call(call_uuid).version == version + 2
    assert service.rows(key).keys() == {"", "#applied"}


def test_two_postings_at_once_both_reach_the_call(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    call_uuid = service.start_call(number)
    responses: list[str] = []

    def post_another() -> None:
        response = service.post(key, at=NOON + 2 * SECOND, caller_number=number, age="40")
        responses.append(response.status)

    wire.tap(service.data_writing._client, "TransactWriteItems", first_do(post_another))

    response = service.post(key, at=NOON + SECOND, caller_number=number, age="39", zip="90210")

    assert [*responses, response.status] == [IN_PROGRESS, IN_PROGRESS]
    assert service.tags(call_uuid) == {"age": "40", "zip": "90210"}
    assert service.pending() == []


def test_a_posting_that_meets_another_writer_is_applied_with_its_companions(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    """Otherwise each of many postings for one call would lose to all others in turn."""
    number = new_caller_number()
    call_uuid = service.start_call(number)
    theirs = service.add_key(publisher_id="pub_b")
    client = service.data_writing._client

    def leave_another_waiting() -> None:
        wire.tap(client, "TransactWriteItems", once(failing("InternalServerError")))
        response = service.post(theirs, at=NOON + 2 * SECOND, caller_number=number, age="40")
        assert response.status_code == 503
        service.change_call(call_uuid)

    wire.tap(client, "TransactWriteItems", first_do(leave_another_waiting))

    response = service.post(key, at=NOON + SECOND, caller_number=number, age="39", zip="90210")

    assert response.status == IN_PROGRESS
    assert service.tags(call_uuid) == {"age": "40", "zip": "90210"}
    assert service.pending() == []
    assert service.rows(key)["#applied"]["status_code"] == 200
    rows = service.rows(theirs)
    assert rows.keys() == {"", "#answered", "#applied"}
    # Its own publisher's response is in the other row.
    assert "status_code" not in rows["#applied"]
    assert rows["#applied"]["decided_by"] == "another_posting"
    assert rows["#answered"]["status_code"] == 503


def test_a_call_that_ends_past_the_cutoff_meanwhile_leaves_the_posting_for_the_next(
    service: Service, wire: Wire
) -> None:
    key = service.add_key(end_call_cutoff=timedelta(0))
    number = new_caller_number()
    call_uuid = service.start_call(number)

    def end() -> None:
        service.end_call(call_uuid, number, at=NOON + SECOND)

    wire.tap(service.data_writing._client, "TransactWriteItems", first_do(end))

    response = service.post(key, at=NOON + MINUTE, caller_number=number, age="39")

    assert response.status == "call not found, tags stored"
    assert service.tags(call_uuid) == {}
    assert len(service.pending()) == 1


def test_a_call_that_ends_past_the_cutoff_meanwhile_refuses_a_posting_that_names_it(
    service: Service, wire: Wire
) -> None:
    key = service.add_key(end_call_cutoff=timedelta(0))
    number = new_caller_number()
    call_uuid = service.start_call(number)

    def end() -> None:
        service.end_call(call_uuid, number, at=NOON + SECOND)

    wire.tap(service.data_writing._client, "TransactWriteItems", first_do(end))

    response = service.post(key, at=NOON + MINUTE, call_uuid=call_uuid, age="39")

    assert response.status_code == 422
    assert service.pending() == []
    assert service.rows(key).keys() == {"", "#refused"}


def test_the_response_is_sent_even_if_it_cannot_be_logged(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    client = service.data_writing._client
    wire.tap(client, "Query", first_do(lambda: service.start_call(number)))
    wire.tap(client, "PutItem", failing("InternalServerError"))

    response = service.post(key, at=NOON - SECOND, caller_number=number, age="39")

    assert response.status == IN_PROGRESS
    assert service.rows(key).keys() == {"", "#applied"}
    assert "response not logged" in service.log.getvalue()


def test_a_posting_past_the_cutoff_that_was_deleted_undecided_is_answered_with_503(
    service: Service, wire: Wire
) -> None:
    """Forgetting its caller deletes it so. An event may have applied it before the call ended."""
    key = service.add_key(end_call_cutoff=timedelta(0))
    call_uuid = service.start_call(None)
    service.end_call(call_uuid, None, at=NOON + SECOND)
    table = service.environment["CALL_DATA_TABLE"]

    def remove() -> None:
        (item,) = service.pending()
        pending_key = {name: item[name] for name in ("pk", "sk")}
        service.dynamodb.delete_item(TableName=table, Key=pending_key)

    wire.tap(service.data_writing._client, "TransactWriteItems", first_do(remove))

    response = service.post(key, at=NOON + MINUTE, call_uuid=call_uuid, age="39")

    assert response.status_code == 503
    rows = service.rows(key)
    assert rows.keys() == {"", "#answered"}
    assert rows["#answered"]["status_code"] == 503


def test_a_refusal_that_meets_another_transaction_is_retried(service: Service, wire: Wire) -> None:
    key = service.add_key(end_call_cutoff=timedelta(0))
    call_uuid = service.start_call(None)
    service.end_call(call_uuid, None, at=NOON + SECOND)
    conflict = failing("TransactionCanceledException", **TRANSACTION_CONFLICT)
    wire.tap(service.data_writing._client, "TransactWriteItems", once(conflict))

    response = service.post(key, at=NOON + MINUTE, call_uuid=call_uuid, age="39")

    assert response.status_code == 422
    assert service.rows(key).keys() == {"", "#refused"}


def test_a_transaction_that_can_never_succeed_is_not_retried(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    number = new_caller_number()
    service.start_call(number)
    client = service.data_writing._client
    reasons = {"CancellationReasons": [{"Code": "ValidationError"}, {"Code": "None"}]}
    attempts = wire.seen(client, "TransactWriteItems")
    wire.tap(client, "TransactWriteItems", failing("TransactionCanceledException", **reasons))

    response = service.post(key, at=NOON + SECOND, caller_number=number, age="39")

    assert response.status_code == 503
    assert len(attempts) == 1
