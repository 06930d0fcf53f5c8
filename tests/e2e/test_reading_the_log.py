"""The postback log and calls as operators read them over the API."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from infra.local import web
from tests.e2e.phone_calls import PhoneCall, now, to_text
from tests.e2e.service import PostbackKey, Service

ROWS, MORE_ROWS, PAGE = 250, 50, 22


def read(service: Service, **parameters: Any) -> dict[str, Any]:
    response = service.operate("GET", f"/postbacks?{urlencode(parameters)}")
    assert response.status_code == 200, response.body
    return response.json()


def the_one(service: Service, **parameters: Any) -> dict[str, Any]:
    [postback] = read(service, **parameters)["postbacks"]
    found: dict[str, Any] = postback
    return found


def test_a_posting_is_stored_before_its_call_and_applied_when_it_starts(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.tag(key, caller_number, zip="90210")
    before = the_one(service, key_id=key.key_id)
    call = PhoneCall(caller_number=caller_number)
    service.start(call)
    after = the_one(service, key_id=key.key_id)

    assert (before["outcome"], before["applied_to"]) == ("stored", None)
    assert before["status"] == "call not found, tags stored"
    assert (after["outcome"], after["applied_to"]) == ("applied", call.call_uuid)
    assert (after["decided_by"], after["status"]) == ("call_started", before["status"])
    assert after["tags"] == {"zip": "90210"}
    assert after["publisher_id"] == key.publisher_id


def test_a_posting_during_its_call_is_applied_at_once(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    service.start(PhoneCall(caller_number=caller_number))
    response = service.tag(key, caller_number, zip="90210")

    postback = the_one(service, key_id=key.key_id)

    assert (postback["outcome"], postback["decided_by"]) == ("applied", "posting")
    assert (postback["status_code"], postback["status"]) == (200, response.status)


def test_a_posting_without_a_call_has_expired_although_its_item_still_exists(
    service: Service, publisher_id: str, caller_number: str
) -> None:
    key = service.new_key(publisher_id, storage_duration=timedelta(minutes=1))
    service.tag(key, caller_number, zip="90210")
    [row] = service.log_rows(key)
    past = to_text(now() - timedelta(minutes=1))
    service.dynamodb.update_item(
        TableName=service.outputs["PostbackLogTableName"],
        Key={name: {"S": row[name]} for name in ("pk", "sk")},
        UpdateExpression="SET stored_until = :past",
        ExpressionAttributeValues={":past": {"S": past}},
    )

    assert the_one(service, key_id=key.key_id)["outcome"] == "expired"
    assert read(service, key_id=key.key_id, outcome="stored")["postbacks"] == []


def test_a_refused_posting_is_in_the_log_with_its_errors(
    service: Service, key: PostbackKey
) -> None:
    response = service.tag(key, "12", zip="90210")

    postback = the_one(service, key_id=key.key_id, outcome="refused")

    assert (postback["outcome"], postback["status_code"]) == ("refused", 422)
    assert postback["problems"] == response.json()["errors"]
    assert (postback["caller_number"], postback["tags"]) == ("12", {"zip": "90210"})


def test_a_callers_postings_are_found_by_any_spelling_of_the_number(
    service: Service, key: PostbackKey
) -> None:
    number = "+13235550123"
    service.tag(key, number, zip="90210")

    for spelling in (number, "13235550123", "(323) 555-0123", " 1 323 555 0123"):
        assert the_one(service, caller_number=spelling)["caller_number"] == number


def test_an_applied_posting_that_named_its_call_is_found_by_the_callers_number(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    call = PhoneCall(caller_number=caller_number)
    service.tag(key, call, zip="90210")
    service.start(call)

    postback = the_one(service, caller_number=caller_number)

    assert (postback["call_uuid"], postback["applied_to"]) == (call.call_uuid, call.call_uuid)
    assert postback["tags"] == {"zip": "90210"}


def test_a_publishers_log_has_the_postings_of_all_its_keys_newest_first(service: Service) -> None:
    publisher_id = service.new_publisher()
    keys = [service.new_key(publisher_id) for _ in range(3)]
    for key in [*keys, keys[0]]:
        service.tag(key, "+13235550124", zip="90210")

    found = read(service, publisher_id=publisher_id)["postbacks"]

    assert [p["key_id"] for p in found] == [k.key_id for k in (keys[0], *reversed(keys))]


def test_pages_have_each_row_once_while_more_arrive(service: Service, key: PostbackKey) -> None:
    def post(number: int) -> None:
        assert service.tag(key, f"+1323555{number:04}", number=str(number)).status_code == 200

    with ThreadPoolExecutor(8) as publishers:
        list(publishers.map(post, range(ROWS)))
        arriving = publishers.map(post, range(ROWS, ROWS + MORE_ROWS))
        found: list[str] = []
        cursor: dict[str, Any] = {}
        while True:
            page = read(service, key_id=key.key_id, limit=PAGE, **cursor)
            found += [postback["tags"]["number"] for postback in page["postbacks"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        list(arriving)

    assert len(found) == len(set(found))
    assert {str(number) for number in range(ROWS)} <= set(found)


def test_the_log_can_be_read_as_csv(service: Service, key: PostbackKey, caller_number: str) -> None:
    for _ in range(2):
        service.tag(key, caller_number, note='a "quoted", value')

    response = service.operate("GET", f"/postbacks?key_id={key.key_id}&format=csv&limit=1")

    [row] = csv.DictReader(io.StringIO(response.body.decode()))
    assert response.headers["Content-Type"].startswith("text/csv")
    assert response.headers["X-Next-Cursor"] == row["posting_id"]
    assert row["tags"] == '{"note": "a \\"quoted\\", value"}'


def test_a_call_shows_each_tags_source_and_replaced_value(
    service: Service, publisher_id: str, key: PostbackKey, caller_number: str
) -> None:
    other = service.new_key(service.new_publisher())
    service.tag(key, caller_number, age="39", zip="90210")
    call = PhoneCall(caller_number=caller_number)
    service.start(call)
    service.tag(other, caller_number, age="40")

    response = service.operate("GET", f"/calls/{call.call_uuid}").json()

    assert (response["status"], response["caller_number"]) == ("in_progress", caller_number)
    age, zip_code = response["tags"]
    assert (age["name"], age["value"], age["key_id"]) == ("age", "40", other.key_id)
    assert age["publisher_id"] == other.publisher_id
    assert (age["replaced"]["value"], age["replaced"]["key_id"]) == ("39", key.key_id)
    assert (zip_code["value"], zip_code["replaced"]) == ("90210", None)
    assert zip_code["posting_id"] == age["replaced"]["posting_id"]


@pytest.mark.parametrize("path", ["/postbacks", "/calls/9b653cf0-4835-493b-860c-aed9b7af2a4a"])
def test_the_log_requires_a_signature(service: Service, path: str) -> None:
    assert web.send("GET", service.api_url + path).status_code == 403


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("cursor=nonsense", "cursor"),
        ("limit=0", "limit"),
        ("from=yesterday", "from"),
        ("outcome=lost", "outcome"),
        ("caller_number=12", "caller_number"),
        ("from=2999-01-01T00:00:00Z", "from"),
    ],
)
def test_an_invalid_filter_is_refused_by_name(service: Service, query: str, param: str) -> None:
    response = service.operate("GET", f"/postbacks?{query}")

    assert response.status_code == 422
    assert response.params == [param]
