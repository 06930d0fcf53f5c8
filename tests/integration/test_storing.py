"""Postings without a call: stored with their log rows, in one request."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import MINUTE, NOON, new_caller_number
from tests.integration.service import Service
from tests.integration.wire import Body, Reply, Wire, answering, failing, once

STORED = "call not found, tags stored"


def test_the_response_to_a_posting_without_a_call_is_the_vendors_byte_for_byte(
    service: Service, key: PostbackKey
) -> None:
    query = f"key={key.key}&caller_number=+10123456789&0=&example_tag=value123"

    response = service.request(events.http("GET", "/data_writing", query))

    assert response.status_code == 200
    assert response.text == (
        '{"tag_values":{"0":"","example_tag":"value123"},'
        '"caller_number":"+10123456789","status":"call not found, tags stored"}'
    )
    assert response.headers == {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


def test_characters_outside_ascii_are_not_escaped_in_the_response(
    service: Service, key: PostbackKey
) -> None:
    response = service.post(key, caller_number="+10123456789", city="Zürich", mood="日本語 🎉")

    assert response.text == (
        '{"tag_values":{"city":"Zürich","mood":"日本語 🎉"},'
        '"caller_number":"+10123456789","status":"call not found, tags stored"}'
    )


def test_a_stored_posting_and_its_row_are_written_in_one_request(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    batches = wire.seen(service.data_writing._client, "BatchWriteItem")

    service.post(key, caller_number=new_caller_number(), age="39")

    (batch,) = batches
    assert {table: len(puts) for table, puts in batch["RequestItems"].items()} == {
        service.environment["CALL_DATA_TABLE"]: 1,
        service.environment["POSTBACK_LOG_TABLE"]: 1,
    }


def test_the_common_path_takes_two_requests(service: Service, key: PostbackKey, wire: Wire) -> None:
    service.post(key, caller_number=new_caller_number(), age="39")
    client = service.data_writing._client
    operations = {
        name: wire.seen(client, name) for name in client.meta.service_model.operation_names
    }

    service.post(key, caller_number=new_caller_number(), age="39")

    assert {name: len(sent) for name, sent in operations.items() if sent} == {
        "BatchWriteItem": 1,
        "Query": 1,
    }
    assert operations["Query"][0]["ConsistentRead"] is True


def test_the_row_of_a_stored_posting_has_all_its_values(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    service.post(key, caller_number=number, age="39", empty="")

    row = service.rows(key)[""]

    assert row["pk"].startswith(f"{key.key_id}#2025-03-10#")
    assert row["outcome"] == "stored"
    assert (row["key_id"], row["publisher_id"]) == (key.key_id, "pub_a")
    assert row["caller_number"] == number
    assert row["tags"] == {"age": "39", "empty": ""}
    assert row["posted_at"] == "2025-03-10T12:00:00.000Z"
    assert row["stored_until"] == "2025-03-11T12:00:00.000Z"
    assert row["expires_at"] == Decimal((NOON + timedelta(days=90)).timestamp())
    assert key.key not in str(service.all_rows(key))


def test_a_pending_item_outlives_its_posting_for_late_events(
    service: Service,
) -> None:
    key = service.add_key(storage_duration=MINUTE)
    service.post(key, caller_number=new_caller_number(), age="39")

    (pending,) = service.pending()

    assert pending["stored_until"]["S"] == "2025-03-10T12:01:00.000Z"
    expires_at = int(pending["expires_at"]["N"])
    assert expires_at >= (NOON + MINUTE + timedelta(days=14)).timestamp()


def test_unprocessed_items_of_a_batch_write_are_retried(
    service: Service, key: PostbackKey, wire: Wire, no_pauses: None
) -> None:
    call_data = service.environment["CALL_DATA_TABLE"]
    log = service.environment["POSTBACK_LOG_TABLE"]
    sent = wire.seen(service.data_writing._client, "BatchWriteItem")

    def write_the_row_only(body: Body) -> Reply | None:
        (put,) = body["RequestItems"][log]
        service.dynamodb.put_item(TableName=log, Item=put["PutRequest"]["Item"])
        undone = {call_data: body["RequestItems"][call_data]}
        return answering({"UnprocessedItems": undone})(body)

    wire.tap(service.data_writing._client, "BatchWriteItem", once(write_the_row_only))

    assert service.post(key, caller_number=new_caller_number(), age="39").status == STORED
    assert list(sent[-1]["RequestItems"]) == [call_data]
    assert len(service.pending()) == 1
    assert list(service.rows(key)) == [""]


def test_a_posting_that_cannot_be_stored_gets_no_200(
    service: Service, key: PostbackKey, wire: Wire, no_pauses: None
) -> None:
    client = service.data_writing._client
    wire.tap(
        client,
        "BatchWriteItem",
        lambda body: answering({"UnprocessedItems": body["RequestItems"]})(body),
    )

    response = service.post(key, caller_number=new_caller_number(), age="39")

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json["status"] == "error"
    assert "-request-" in response.json["request_id"]
    (error,) = response.json["errors"]
    assert error["param"] is None
    assert "send the posting again" in error["message"]
    assert service.pending() == []


@pytest.mark.parametrize("operation", ["BatchWriteItem", "GetItem", "Query"])
@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "InternalServerError", "AccessDenied"]
)
def test_any_failure_of_dynamodb_gets_a_503_that_asks_for_a_retry(
    service: Service, key: PostbackKey, wire: Wire, operation: str, code: str
) -> None:
    wire.tap(service.data_writing._client, operation, failing(code))

    response = service.post(key, caller_number=new_caller_number(), age="39")

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "as the test has it" not in response.text + service.log.getvalue()
    assert code in service.log.getvalue()
