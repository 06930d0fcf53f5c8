"""Reading the postback log, of all keys and across days."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from shared.domain.keys import PostbackKey, Publisher, key_id, publisher_id
from shared.stores import log_reader, tables
from shared.stores.dynamodb import to_item
from tests.integration import events
from tests.integration.events import new_caller_number
from tests.integration.service import Service
from tests.integration.wire import Wire, first_do


class Operator:
    def __init__(self, service: Service) -> None:
        self._service = service

    def add_key(self) -> PostbackKey:
        """Create a key of a new publisher, so that the list of all keys has it."""
        publisher = self._send("POST", "/publishers", {"name": "Acme"})
        path = f"/publishers/{publisher['publisher_id']}/postback-keys"
        made = self._send("POST", path, {"name": "main"})
        return self._service.add_key(key=made["key"], key_id=key_id(made["key"]), **_member(made))

    def read(self, **parameters: Any) -> Any:
        return self._send("GET", "/postbacks", query={n: str(v) for n, v in parameters.items()})

    def _send(
        self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None
    ) -> Any:
        text = json.dumps(body) if body else None
        event = events.http(
            method, path, urlencode(query or {}), body=text, content_type="application/json"
        )
        event["queryStringParameters"] = query or {}
        return self._service.request(event, function="operator_api").json


def _member(made: dict[str, Any]) -> dict[str, Any]:
    created_at = datetime.fromisoformat(made["created_at"])
    return {"publisher_id": made["publisher_id"], "created_at": created_at}


@pytest.fixture
def operator(service: Service) -> Operator:
    return Operator(service)


@pytest.fixture
def now() -> datetime:
    """The log is read relative to today, so its postings are from today and the days before."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def few_queries(monkeypatch: pytest.MonkeyPatch) -> int:
    """Lower the partitions read per page, since moto takes seconds for as many as DynamoDB."""
    assert log_reader._MAX_QUERIES <= 1000
    monkeypatch.setattr(log_reader, "_MAX_QUERIES", 10 * tables.LOG_SHARDS)
    return 10


def test_the_log_of_all_keys_is_one_list_newest_first(
    service: Service, operator: Operator, now: datetime
) -> None:
    keys = [operator.add_key() for _ in range(3)]
    for minutes, key in enumerate([*keys, *keys], start=1):
        at = now - timedelta(minutes=minutes)
        service.post(key, at=at, caller_number=new_caller_number(), age="39")

    found = operator.read()["postbacks"]

    assert [postback["key_id"] for postback in found] == [k.key_id for k in (*keys, *keys)]


def test_pages_continue_across_days_until_the_last_one(
    service: Service, operator: Operator, now: datetime
) -> None:
    key = operator.add_key()
    for days in range(4):
        at = now - timedelta(days=days)
        service.post(key, at=at, caller_number=new_caller_number(), days=str(days))

    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        since = (now - timedelta(days=10)).isoformat()
        page = operator.read(key_id=key.key_id, limit=1, **{"from": since}, **cursor)
        found += [postback["tags"]["days"] for postback in page["postbacks"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert found == ["0", "1", "2", "3"]


def test_a_posting_whose_first_row_was_lost_is_still_listed(
    service: Service, operator: Operator, now: datetime
) -> None:
    key = operator.add_key()
    number = new_caller_number()
    service.post(key, at=now - timedelta(minutes=1), caller_number=number, age="39")
    call_uuid = service.start_call(number, at=now)
    (first, _) = service.all_rows(key)
    service.dynamodb.delete_item(
        TableName=service.environment["POSTBACK_LOG_TABLE"],
        Key={name: {"S": first[name]} for name in ("pk", "sk")},
    )

    for parameters in ({"key_id": key.key_id}, {"caller_number": number}):
        (postback,) = operator.read(**parameters)["postbacks"]
        assert (postback["outcome"], postback["applied_to"]) == ("applied", call_uuid)


def test_a_page_of_a_long_time_without_postings_ends_early_and_says_where_to_go_on(
    service: Service, operator: Operator, now: datetime, few_queries: int
) -> None:
    key = operator.add_key()
    at = now - timedelta(days=few_queries + 5)
    service.post(key, at=at, caller_number=new_caller_number(), age="39")
    since = (now - timedelta(days=few_queries + 8)).isoformat()

    first = operator.read(key_id=key.key_id, **{"from": since})
    second = operator.read(key_id=key.key_id, cursor=first["next_cursor"], **{"from": since})

    assert first["postbacks"] == []
    assert [postback["tags"] for postback in second["postbacks"]] == [{"age": "39"}]


def test_a_page_of_one_keys_day_costs_a_bounded_number_of_requests(
    service: Service, operator: Operator, wire: Wire, now: datetime
) -> None:
    key = operator.add_key()
    noon = (now - timedelta(days=1)).replace(hour=12, minute=0, second=0)
    for second in range(120):
        at = noon - timedelta(seconds=second)
        service.post(key, at=at, caller_number="+15551234567", age="39")
    queries: list[Any] = []
    wire.tap(service.operator_api.publishers.key_store._records._client, "Query", queries.append)

    page = operator.read(key_id=key.key_id, limit=50, to=noon.isoformat())

    assert len(page["postbacks"]) == 50
    assert tables.LOG_SHARDS <= len(queries) <= 2 * tables.LOG_SHARDS


def test_the_logs_of_many_keys_are_read_to_their_end_although_a_day_fills_a_page(
    service: Service, operator: Operator, now: datetime, few_queries: int
) -> None:
    keys = [operator.add_key() for _ in range(few_queries + 1)]
    for days in range(3):
        at = now - timedelta(days=days, hours=1)
        service.post(keys[days], at=at, caller_number=new_caller_number(), days=str(days))

    since = (now - timedelta(days=2, hours=2)).isoformat()
    found: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(6):
        page = operator.read(**{"from": since}, **cursor)
        found += [postback["tags"]["days"] for postback in page["postbacks"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}

    assert page["next_cursor"] is None
    assert found == ["0", "1", "2"]


def test_of_more_keys_than_can_be_read_at_once_no_more_are_looked_up(
    service: Service,
    operator: Operator,
    wire: Wire,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (log_reader, service.operator_api.postbacks):
        monkeypatch.setattr(module, "MAX_KEYS", 20)
    store = service.operator_api.publishers.key_store
    for number in range(60):
        named = publisher_id(number.to_bytes(4, "big") + bytes(4))
        store.add_publisher(Publisher(publisher_id=named, name="Acme", note="", created_at=now))
        service.add_key(publisher_id=named)
    queries: list[Any] = []
    wire.tap(store._records._client, "Query", queries.append)

    answer = operator.read()

    (error,) = answer["errors"]
    assert error["param"] == "publisher_id"
    assert "select a publisher" in error["message"]
    # In 16 threads.
    assert len(queries) <= 1 + 20 + 16


def test_of_too_many_publishers_no_keys_are_looked_up(
    service: Service,
    operator: Operator,
    wire: Wire,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service.operator_api.postbacks, "MAX_PUBLISHERS", 50)
    store = service.operator_api.publishers.key_store
    items = [
        {"PutRequest": {"Item": to_item({
            tables.PARTITION_KEY: "PUBLISHERS", "name": "Acme",
            tables.SORT_KEY: publisher_id(n.to_bytes(4, "big") + bytes(4)),
            "created_at": "2026-11-25T08:00:00.000Z",
        })}}
        for n in range(service.operator_api.postbacks.MAX_PUBLISHERS + 1)
    ]  # fmt: skip
    for start in range(0, len(items), 25):
        table = service.environment["POSTBACK_KEYS_TABLE"]
        service.dynamodb.batch_write_item(RequestItems={table: items[start : start + 25]})
    queries: list[Any] = []
    wire.tap(store._records._client, "Query", queries.append)

    (error,) = operator.read()["errors"]

    assert error["param"] == "publisher_id"
    assert len(queries) <= 2


def test_a_cursor_from_before_the_time_that_is_read_ends_the_reading(
    service: Service, operator: Operator, now: datetime
) -> None:
    key = operator.add_key()
    service.post(key, at=now, caller_number="+15551234567", age="39")

    for target in ({"key_id": key.key_id}, {"caller_number": "+15551234567"}):
        page = operator.read(cursor="0000000000000", **target)
        assert page == {"postbacks": [], "next_cursor": None}


def test_a_posting_that_named_an_anonymous_call_is_whole_under_the_number_that_it_gave(
    service: Service, operator: Operator, now: datetime
) -> None:
    key = operator.add_key()
    number = new_caller_number()
    call_uuid = service.start_call(None, at=now - timedelta(minutes=2))
    at = now - timedelta(minutes=1)
    service.post(key, at=at, caller_number=number, call_uuid=call_uuid, age="39")

    (postback,) = operator.read(caller_number=number)["postbacks"]

    assert (postback["outcome"], postback["applied_to"]) == ("applied", call_uuid)
    assert postback["status"] == "in progress call found, tags applied"


def test_a_posting_that_is_gone_while_its_callers_are_read_is_passed_over(
    service: Service, operator: Operator, wire: Wire, now: datetime
) -> None:
    """The index still lists it for a moment after its deletion."""
    key = operator.add_key()
    number = new_caller_number()
    for tags in ({"age": "39"}, {"age": "40"}):
        service.post(key, at=now, caller_number=number, **tags)
    client = service.operator_api.activity.key_store._records._client
    rows = service.all_rows(key)
    seen = 0

    def before_the_first_posting_is_read(_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == 2:
            gone = {name: {"S": rows[-1][name]} for name in ("pk", "sk")}
            log = service.environment["POSTBACK_LOG_TABLE"]
            service.dynamodb.delete_item(TableName=log, Key=gone)

    wire.tap(client, "Query", before_the_first_posting_is_read)

    (left,) = operator.read(caller_number=number)["postbacks"]

    assert left["posting_id"] == rows[0]["posting_id"]


def test_a_posting_that_named_its_call_is_whole_also_where_its_answer_has_a_row(
    service: Service, operator: Operator, wire: Wire, now: datetime
) -> None:
    key = operator.add_key()
    number = new_caller_number()
    call_uuid = service.start_call(None, at=now - timedelta(minutes=2))
    at = now - timedelta(minutes=1)
    wire.tap(
        service.data_writing._client,
        "TransactWriteItems",
        first_do(lambda: service.end_call(call_uuid, None, at=now, started_at=at)),
    )
    service.post(key, at=at, caller_number=number, call_uuid=call_uuid, age="39")

    (postback,) = operator.read(caller_number=number)["postbacks"]

    assert "#answered" in service.rows(key)
    assert (postback["outcome"], postback["applied_to"]) == ("applied", call_uuid)


def test_a_filter_before_the_retention_is_refused(
    operator: Operator,
) -> None:
    answer = operator.read(to="0001-01-01T00:00:00Z")

    assert [error["param"] for error in answer["errors"]] == ["to"]


def test_a_posting_is_found_by_the_request_id_of_its_error(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, caller_number="12", age="39")
    refused = service.post(key, caller_number="13", age="40")
    posting_id = refused.json["request_id"]

    for outcome in ({}, {"outcome": "refused"}):
        query = {"key_id": key.key_id, "posting_id": posting_id} | outcome
        page = service.read("/postbacks", **query).json

        (found,) = page["postbacks"]
        assert (found["posting_id"], found["tags"]["age"]) == (posting_id, "40")
        assert page["next_cursor"] is None


def test_the_id_of_an_accepted_posting_finds_it_at_any_time(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, caller_number=new_caller_number(), age="39")
    posting_id = service.rows(key)[""]["posting_id"]

    query = {"key_id": key.key_id, "posting_id": posting_id}
    (found,) = service.read("/postbacks", **query).json["postbacks"]

    assert found["tags"] == {"age": "39"}


def test_an_unknown_posting_id_finds_nothing_and_another_text_is_refused(
    service: Service, key: PostbackKey
) -> None:
    service.post(key, caller_number="12", age="39")

    query = {"key_id": key.key_id, "posting_id": "1741608000000-unknown="}
    unknown = service.read("/postbacks", **query)
    invalid = service.read("/postbacks", posting_id="unknown")

    assert unknown.json["postbacks"] == []
    assert invalid.status_code == 422
