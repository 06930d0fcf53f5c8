"""A posting's rows in the postback log, and what log lines must never contain."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from shared.stores import tables
from shared.stores.dynamodb import from_item, to_item
from tests.e2e.phone_calls import PhoneCall, new_uuid
from tests.e2e.service import PostbackKey, Service


def rows_about(service: Service, caller_number: str) -> list[dict[str, Any]]:
    response = service.dynamodb.query(
        TableName=service.outputs["PostbackLogTableName"],
        IndexName=tables.LOG_BY_CALLER_INDEX,
        KeyConditionExpression="caller_number = :number",
        ExpressionAttributeValues=to_item({":number": caller_number}),
    )
    return [from_item(item) for item in response["Items"]]


def test_a_stored_postings_row_says_how_long_it_is_kept_for_a_call(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")

    [row] = service.log_rows(key)
    posted_at = datetime.fromisoformat(row["posted_at"])
    assert row["outcome"] == "stored"
    assert (row["key_id"], row["publisher_id"]) == (key.key_id, key.publisher_id)
    assert row["caller_number"] == caller_number
    assert row["tags"] == {"age": "39"}
    assert datetime.fromisoformat(row["stored_until"]) == posted_at + timedelta(days=1)
    assert row["expires_at"] >= (posted_at + timedelta(days=90)).timestamp()


def test_a_pending_posting_gets_a_second_row_when_its_call_starts(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    call = PhoneCall(caller_number=caller_number)
    service.start(call)

    stored, applied = service.log_rows(key)

    assert stored["outcome"] == "stored"
    assert applied["outcome"] == "applied"
    assert applied["sk"] == stored["posting_id"] + "#decided"
    assert applied["pk"] == stored["pk"]
    assert applied["posting_id"] == stored["posting_id"]
    assert applied["call_uuid"] == call.call_uuid
    assert applied["caller_number"] == caller_number
    assert applied["decided_at"] >= stored["posted_at"]


def test_a_posting_during_its_call_gets_a_second_row_with_its_status(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.start(call)
    response = service.tag(key, caller_number, age="39")

    stored, applied = service.log_rows(key)

    assert applied["sk"] == stored["posting_id"] + "#decided"
    assert applied["call_uuid"] == call.call_uuid
    assert (applied["status_code"], applied["status"]) == (200, response.status)


def test_a_postings_rows_are_found_by_caller_number(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    service.start(PhoneCall(caller_number=caller_number))

    rows = rows_about(service, caller_number)
    (posting_id,) = {row["posting_id"] for row in rows}
    assert [row["sk"] for row in rows] == [posting_id, f"{posting_id}#decided"]
    # The index has only keys, so read the rows from the table.
    whole = {row["sk"]: row["outcome"] for row in service.log_rows(key)}
    assert [whole[row["sk"]] for row in rows] == ["stored", "applied"]


def test_a_posting_with_an_unknown_key_is_only_in_the_functions_log(
    service: Service, caller_number: str
) -> None:
    unknown = new_uuid()

    response = service.get(f"key={unknown}&caller_number={quote(caller_number)}&age=39")

    [line] = [
        line for line in service.log_lines("DataWriting") if response.json()["request_id"] in line
    ]
    assert '"status_code":401' in line
    assert unknown not in line
    assert rows_about(service, caller_number) == []


def test_the_functions_logs_contain_no_keys_tag_values_or_whole_numbers(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    secret = new_uuid()
    call = PhoneCall(caller_number=caller_number)
    service.tag(key, caller_number, consent=secret)
    service.start(call)
    service.tag(key, caller_number, zip=secret)
    service.wait_for_tagged(call, {"consent": secret, "zip": secret})
    service.post(f"key={key.key}&caller_number={quote(caller_number)}", secret.encode())
    service.tag(key, caller_number, note=f"{secret}\n")
    service.operate("GET", f"/postback-keys/{key.key_id}")

    for function in ("DataWriting", "CallEvents", "CallFeed", "OperatorApi"):
        text = "\n".join(service.log_lines(function))
        assert text
        for hidden in (key.key, secret, caller_number, caller_number.removeprefix("+1")):
            assert hidden not in text


def test_each_outcome_is_one_structured_line(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, age="39")
    service.tag(key, caller_number, **{"": "39"})

    lines = [line for line in service.log_lines("DataWriting") if key.key_id in line]

    assert len(lines) == 2
    assert '"outcome":"call not found, tags stored"' in lines[0]
    assert '"outcome":"refused"' in lines[1]
    assert '"status_code":422' in lines[1]
