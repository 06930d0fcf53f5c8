"""Expiry and rotation of keys."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from shared.domain import keys, timestamps
from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import NOON, new_caller_number
from tests.integration.service import Response, Service
from tests.integration.wire import Wire, first_do

MILLISECOND = timedelta(milliseconds=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def _rotate(service: Service, key: PostbackKey, body: dict[str, Any] | None = None) -> Response:
    text = None if body is None else json.dumps(body)
    path = f"/postback-keys/{key.key_id}/rotate"
    event = events.http("POST", path, body=text, content_type="application/json")
    return service.request(event, function="operator_api")


def _status_code(service: Service, key: PostbackKey, at: Any) -> int:
    number = new_caller_number()
    return service.post(key, at=at, caller_number=number, age="39").status_code


def test_a_key_accepts_postings_until_it_expires(service: Service) -> None:
    key = service.add_key(expires_at=NOON)

    assert _status_code(service, key, NOON - MILLISECOND) == 200
    assert _status_code(service, key, NOON) == 403
    assert len(service.pending()) == 1
    refused = service.all_rows(key)[-1]
    assert (refused["outcome"], refused["status_code"]) == ("refused", 403)
    assert refused["problems"][0]["message"].startswith("has expired; ")


def test_a_cached_key_is_refused_as_soon_as_it_expires(service: Service, wire: Wire) -> None:
    key = service.add_key(expires_at=NOON + 10 * MILLISECOND)
    assert _status_code(service, key, NOON) == 200
    reads = wire.seen(service.data_writing._client, "GetItem")

    assert _status_code(service, key, NOON + 10 * MILLISECOND) == 403

    assert reads == []


def test_a_rotated_key_works_during_the_overlap_and_each_names_the_other(service: Service) -> None:
    key = service.add_key(storage_duration=timedelta(hours=7), note="Ask Dana", paused=True)

    response = _rotate(service, key, {"overlap": 3600})

    assert response.status_code == 201
    old = service.read(f"/postback-keys/{key.key_id}").json
    new = service.read(f"/postback-keys/{response.json['key_id']}").json
    assert new["created_at"] == "2025-03-10T12:00:00.000Z"
    assert response.json == new
    assert (old["replaced_by"], old["replaces"]) == (new["key_id"], None)
    assert (new["replaced_by"], new["replaces"]) == (None, old["key_id"])
    assert old["expires_at"] == "2025-03-10T13:00:00.000Z"
    own = {"key", "key_id", "posting_link", "instructions_link"}
    changed = {name for name in new if new[name] != old[name]}
    assert changed == own | {"paused", "expires_at", "replaces", "replaced_by"}
    assert (new["paused"], new["expires_at"]) == (False, None)


@pytest.mark.parametrize(
    ("body", "overlap"),
    [(None, DAY), ({}, DAY), ({"overlap": 0}, 0 * DAY), ({"overlap": "P30D"}, 30 * DAY)],
)
def test_the_overlap_is_a_day_by_default(
    service: Service, key: PostbackKey, body: dict[str, Any] | None, overlap: timedelta
) -> None:
    assert _rotate(service, key, body).status_code == 201

    assert _end(service, key.key_id) == NOON + overlap


@pytest.mark.parametrize("overlap", [-1, 2592001, True, "soon"])
def test_an_invalid_overlap_is_refused(service: Service, key: PostbackKey, overlap: Any) -> None:
    response = _rotate(service, key, {"overlap": overlap})

    assert (response.status_code, response.json["errors"][0]["param"]) == (422, "overlap")
    assert service.read(f"/postback-keys/{key.key_id}").json["replaced_by"] is None


def test_a_key_that_expires_before_the_overlap_ends_keeps_its_expiry(service: Service) -> None:
    key = service.add_key(expires_at=NOON + 2 * MILLISECOND)

    new = _rotate(service, key).json

    assert _end(service, key.key_id) == NOON + 2 * MILLISECOND
    assert _end(service, new["key_id"]) == NOON + 2 * MILLISECOND


def test_the_successor_of_an_expired_key_does_not_expire(service: Service) -> None:
    key = service.add_key(expires_at=NOON - DAY)

    assert _rotate(service, key).json["expires_at"] is None
    assert _end(service, key.key_id) == NOON - DAY


def test_a_key_has_one_successor(service: Service, key: PostbackKey) -> None:
    new = _rotate(service, key).json

    again = _rotate(service, key)

    assert again.status_code == 422
    assert new["key_id"] in again.json["errors"][0]["message"]
    assert service.read(f"/postback-keys/{key.key_id}").json["replaced_by"] == new["key_id"]


def test_if_two_requests_rotate_a_key_at_once_one_is_refused(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    store = service.operator_api.publishers.key_store
    pair = keys.rotate(key, "3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f", at=NOON, overlap=DAY)
    faster = pair[1].key_id
    client = store._records._client
    wire.tap(client, "TransactWriteItems", first_do(lambda: store.replace_key(*pair)))

    slower = _rotate(service, key)

    assert slower.status_code == 422
    assert service.read(f"/postback-keys/{key.key_id}").json["replaced_by"] == faster
    items = service.dynamodb.scan(TableName=service.environment["POSTBACK_KEYS_TABLE"])["Items"]
    assert {item["key_id"]["S"] for item in items} == {key.key_id, faster}


def test_both_keys_are_valid_during_the_overlap(service: Service, key: PostbackKey) -> None:
    new = _rotate(service, key, {"overlap": 60}).json
    number = new_caller_number()

    assert service.post(None, key=new["key"], caller_number=number, age="39").status_code == 200
    assert _status_code(service, key, NOON + timedelta(seconds=59)) == 200
    assert _status_code(service, key, NOON + timedelta(seconds=60)) == 403


def test_the_log_can_include_all_keys_of_a_lineage(service: Service, key: PostbackKey) -> None:
    second = _rotate(service, key).json
    third = _rotate(service, service.operator_api.publishers.key_store.key(second["key_id"])).json
    other = service.add_key()
    for each in (key.key, second["key"], third["key"], other.key):
        service.post(None, key=each, caller_number=new_caller_number(), age="39")
    story = {key.key_id, second["key_id"], third["key_id"]}

    for key_id in story:
        alone = service.read("/postbacks", key_id=key_id).json["postbacks"]
        whole = service.read("/postbacks", key_id=key_id, chain="true").json["postbacks"]

        assert {row["key_id"] for row in alone} == {key_id}
        assert {row["key_id"] for row in whole} == story


def _end(service: Service, key_id: str) -> Any:
    end = service.read(f"/postback-keys/{key_id}").json["expires_at"]
    return end and timestamps.from_text(end)
