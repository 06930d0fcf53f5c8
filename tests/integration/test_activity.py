"""Activity: log rows are counted from their stream, and operators read the counts."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from shared.domain.errors import RetriesExhausted
from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import HOUR, MINUTE, NOON, new_caller_number
from tests.integration.service import Service
from tests.integration.wire import Wire, failing, first_do, once

DAY = timedelta(days=1)
NOTHING = {
    "posted": 0,
    "stored": 0,
    "applied_at_once": 0,
    "applied_later": 0,
    "refused": 0,
    "warned": 0,
    "expired_unused": 0,
    "decided": 0,
}


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON + 30 * MINUTE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def publisher_id(service: Service) -> str:
    body = json.dumps({"name": "Acme"})
    event = events.http("POST", "/publishers", body=body, content_type="application/json")
    publisher_id: str = service.request(event, function="operator_api").json["publisher_id"]
    return publisher_id


def _of(service: Service, key: PostbackKey, **query: str) -> Any:
    response = service.read(f"/postback-keys/{key.key_id}/activity", **query)
    assert response.status_code == 200, response.text
    return response.json


def _post(service: Service, key: PostbackKey, at: datetime = NOON, **parameters: str) -> str:
    number = parameters.pop("caller_number", new_caller_number())
    service.post(key, at=at, **({"caller_number": number, "age": "39"} | parameters))
    return number


def test_outcomes_are_counted_in_the_hour_of_the_posting(
    service: Service,
) -> None:
    key = service.add_key(storage_duration=MINUTE, end_call_cutoff=timedelta(0))
    number = _post(service, key, NOON - HOUR)  # stored, then applied by its call
    service.start_call(number, at=NOON - HOUR)
    _post(service, key, NOON, caller_number=number)  # applied at once
    _post(service, key, NOON, zip="{{zip}}")  # expires
    _post(service, key, NOON, caller_number="12")  # refused
    over = service.start_call(None, at=NOON - HOUR)
    service.end_call(over, None, at=NOON - MINUTE, started_at=NOON - HOUR)
    _post(service, key, NOON, caller_number="", call_uuid=over)  # past the cutoff

    service.count()

    found = _of(service, key)
    assert [hour["hour"] for hour in found["hours"]][-2:] == [
        "2025-03-10T11:00:00.000Z",
        "2025-03-10T12:00:00.000Z",
    ]
    before, current = found["hours"][-2:]
    assert before | {"hour": ""} == NOTHING | {
        "hour": "",
        "posted": 1,
        "stored": 1,
        "applied_later": 1,
        "decided": 1,
    }
    assert current | {"hour": ""} == {
        "hour": "",
        "posted": 4,
        "stored": 3,
        "applied_at_once": 1,
        "applied_later": 0,
        "refused": 2,
        "warned": 1,
        "expired_unused": 1,
        "decided": 2,
    }
    assert all(hour | {"hour": ""} == NOTHING | {"hour": ""} for hour in found["hours"][:-2])
    assert (len(found["hours"]), found["totals"]["posted"]) == (24, 5)
    assert found["match_rate"] == 0.6667
    assert found["last_posted_at"] == "2025-03-10T12:00:00.000Z"
    assert found["refusals"] == [
        {"kind": "call_past_cutoff", "param": "call_uuid", "count": 1},
        {"kind": "invalid_input", "param": "caller_number", "count": 1},
    ]
    assert found["warnings"] == [{"kind": "placeholder_not_filled_in", "param": "zip", "count": 1}]


def test_a_pending_posting_does_not_count_as_expired(service: Service, key: PostbackKey) -> None:
    _post(service, key)
    service.count()

    assert _of(service, key)["totals"] == NOTHING | {"posted": 1, "stored": 1}


def test_an_expired_posting_that_a_late_event_applies_counts_as_applied(
    service: Service, noon: time_machine.Traveller
) -> None:
    key = service.add_key(storage_duration=HOUR)
    number = _post(service, key)
    service.count()
    noon.move_to(NOON + HOUR + MINUTE)
    assert _of(service, key)["totals"]["expired_unused"] == 1

    service.start_call(number, at=NOON + MINUTE)
    service.count()

    totals = _of(service, key)["totals"]
    assert (totals["expired_unused"], totals["applied_later"]) == (0, 1)


@pytest.mark.parametrize(
    ("changes", "kind", "param"),
    [
        ({"paused": True}, "key_paused", "key"),
        ({"expires_at": NOON}, "key_expired", "key"),
    ],
)
def test_refusals_are_counted_by_reason(
    service: Service, changes: dict[str, Any], kind: str, param: str
) -> None:
    key = service.add_key(**changes)
    _post(service, key)
    service.count()

    assert _of(service, key)["refusals"] == [{"kind": kind, "param": param, "count": 1}]


def test_past_days_are_still_counted(
    service: Service, key: PostbackKey, noon: time_machine.Traveller
) -> None:
    number = _post(service, key, NOON - DAY)
    _post(service, key, NOON - 3 * DAY)  # the log has these rows in another order
    service.count()
    _post(service, key, NOON)
    service.count()
    service.start_call(number, at=NOON - DAY + MINUTE)
    service.count()

    hours = _of(service, key, hours="720")["hours"]

    assert len(hours) == 720
    by_day = {hour["hour"][:10]: hour for hour in hours if hour["posted"]}
    assert [(day, it["stored"], it["applied_later"]) for day, it in by_day.items()] == [
        ("2025-03-07", 1, 0),
        ("2025-03-09", 1, 1),
        ("2025-03-10", 1, 0),
    ]
    assert _of(service, key)["last_posted_at"] == "2025-03-10T12:00:00.000Z"


def test_a_silent_keys_last_posting_is_known_however_old_it_is(
    service: Service, publisher_id: str, noon: time_machine.Traveller
) -> None:
    key = service.add_key(publisher_id=publisher_id)
    _post(service, key)
    service.count()
    noon.move_to(NOON + 400 * DAY)

    (listed,) = service.read(f"/publishers/{publisher_id}/postback-keys").json["postback_keys"]
    (publisher,) = service.read("/publishers").json["publishers"]

    for record in (listed, publisher):
        assert record["activity"] == {
            "last_posted_at": "2025-03-10T12:00:00.000Z",
            "totals": NOTHING,
            "match_rate": None,
            "postings": [0] * 24,
        }


def test_an_unused_key_has_zeros(service: Service, key: PostbackKey) -> None:
    found = _of(service, key, hours="1")

    assert found["hours"] == [NOTHING | {"hour": "2025-03-10T12:00:00.000Z"}]
    assert (found["match_rate"], found["last_posted_at"]) == (None, None)
    assert found["refusals"] == found["warnings"] == []


@pytest.mark.parametrize("hours", ["0", "721", "one", ""])
def test_unsupported_numbers_of_hours_are_refused(
    service: Service, key: PostbackKey, hours: str
) -> None:
    response = service.read(f"/postback-keys/{key.key_id}/activity", hours=hours)

    assert (response.status_code, response.json["errors"][0]["param"]) == (422, "hours")


def test_an_overview_of_a_key_has_its_publisher_and_activity(
    service: Service, publisher_id: str
) -> None:
    key = service.add_key(publisher_id=publisher_id)
    _post(service, key)
    service.count()
    path = f"/postback-keys/{key.key_id}"

    overview = service.read(f"{path}/overview", hours="3").json

    assert overview == {
        "postback_key": service.read(path).json,
        "publisher": service.read(f"/publishers/{publisher_id}").json,
        "activity": service.read(f"{path}/activity", hours="3").json,
    }
    assert overview["activity"]["totals"]["posted"] == 1
    assert service.read("/postback-keys/pbk_aaaaaaaaaaaa/overview").status_code == 404


def test_activity_of_an_unknown_key_or_publisher_is_not_found(service: Service) -> None:
    assert service.read("/postback-keys/pbk_aaaaaaaaaaaa/activity").status_code == 404
    assert service.read("/publishers/pub_aaaaaaaaaaaa/activity").status_code == 404


def test_a_publishers_activity_is_that_of_its_own_keys(service: Service, publisher_id: str) -> None:
    keys = [service.add_key(publisher_id=publisher_id) for _ in range(2)]
    for key in (*keys, service.add_key(publisher_id=f"{publisher_id}x"), service.add_key()):
        _post(service, key, NOON - DAY + HOUR)
        _post(service, key)
    service.count()

    found = service.read(f"/publishers/{publisher_id}/activity").json
    (listed,) = service.read("/publishers").json["publishers"]

    assert found["totals"]["posted"] == 4
    assert listed["activity"]["postings"] == [2, *[0] * 22, 2]
    assert listed["activity"]["totals"] == found["totals"]


def test_activity_can_include_all_keys_of_a_lineage(service: Service, key: PostbackKey) -> None:
    event = events.http("POST", f"/postback-keys/{key.key_id}/rotate")
    successor_id = service.request(event, function="operator_api").json["key_id"]
    successor = service.operator_api.publishers.key_store.key(successor_id)
    _post(service, key)
    _post(service, successor)
    service.count()

    for each in (key, successor):
        assert _of(service, each)["totals"]["posted"] == 1
        assert _of(service, each, chain="true")["totals"]["posted"] == 2


def test_a_page_of_a_hundred_keys_is_read_in_three_requests(
    service: Service, publisher_id: str, wire: Wire
) -> None:
    keys = sorted(
        (service.add_key(publisher_id=publisher_id) for _ in range(100)), key=lambda k: k.key_id
    )
    posted = [keys[0], keys[50], keys[-1]]
    for at in (NOON - DAY + HOUR, NOON):
        for key in posted:
            _post(service, key, at)
        service.count()
    service.read(f"/publishers/{publisher_id}")
    sent = wire.sent(service.operator_api.publishers.key_store._records._client)

    page = service.read(f"/publishers/{publisher_id}/postback-keys", limit="100").json

    # One more request checks that the publisher exists.
    assert sent == ["GetItem", "Query", "BatchGetItem", "BatchGetItem"]
    activity = {k["key_id"]: k["activity"]["postings"] for k in page["postback_keys"]}
    expected = dict.fromkeys((key.key_id for key in keys), [0] * 24)
    assert activity == expected | {key.key_id: [1, *[0] * 22, 1] for key in posted}


def test_a_batch_takes_one_write_per_key_and_day(service: Service, wire: Wire) -> None:
    keys = [service.add_key() for _ in range(3)]
    for key in keys * 5:
        _post(service, key, zip="{{zip}}")
    sent = wire.sent(service.activity._client)

    service.count()

    assert sent == ["GetItem", "PutItem"] * 3


@pytest.mark.parametrize("operation", ["GetItem", "PutItem"])
def test_a_batch_that_fails_in_part_is_retried_and_counts_each_row_once(
    service: Service, wire: Wire, operation: str
) -> None:
    keys = [service.add_key() for _ in range(3)]
    for key in keys * 2:
        _post(service, key)
    batch = {"Records": service.log_stream.read()}
    calls: list[Any] = []

    def fail_the_second(body: Any) -> Any:
        calls.append(body)
        return failing("InternalServerError")(body) if len(calls) == 2 else None

    wire.tap(service.activity._client, operation, fail_the_second)

    with pytest.raises(RetriesExhausted, match="1 of 3 key days"):
        service.activity.lambda_handler(batch, None)

    failed = [line for line in service.lines() if line["message"] == "rows not counted"]
    assert [line["key_id"] for line in failed] == [keys[1].key_id]
    assert [_of(service, key)["totals"]["posted"] for key in keys] == [2, 0, 2]
    service.activity.lambda_handler(batch, None)
    assert [_of(service, key)["totals"]["posted"] for key in keys] == [2, 2, 2]


def test_a_writer_that_is_overtaken_keeps_the_other_writers_counts(
    service: Service, key: PostbackKey, wire: Wire, no_pauses: None
) -> None:
    for _ in range(4):
        _post(service, key)
    records = service.log_stream.read()
    lanes = {record["dynamodb"]["Keys"]["pk"]["S"] for record in records}
    mine = [r for r in records if r["dynamodb"]["Keys"]["pk"]["S"] == min(lanes)]
    others = [r for r in records if r not in mine]

    def overtake() -> None:
        service.activity.lambda_handler({"Records": others}, None)

    wire.tap(service.activity._client, "PutItem", first_do(overtake))

    service.activity.lambda_handler({"Records": mine}, None)

    assert _of(service, key)["totals"]["posted"] == 4


def test_a_row_about_a_response_is_not_counted(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    wire.tap(service.data_writing._client, "Query", once(failing("InternalServerError")))
    _post(service, key)
    assert len(service.all_rows(key)) == 2

    service.count()

    assert _of(service, key)["totals"] == NOTHING | {"posted": 1, "stored": 1}


def test_a_day_expires_with_its_rows_but_the_newest_day_is_kept(
    service: Service, key: PostbackKey
) -> None:
    for at in (NOON - DAY, NOON):
        _post(service, key, at)
        service.count()

    items = service.dynamodb.scan(TableName=service.environment["ACTIVITY_TABLE"])["Items"]

    ends = {item["pk"]["S"]: item.get("expires_at", {}).get("N") for item in items}
    midnight = datetime(2025, 3, 9, tzinfo=NOON.tzinfo)
    assert ends == {
        "NEWEST": None,
        "2025-03-09": str(int((midnight + 90 * DAY).timestamp())),
    }
