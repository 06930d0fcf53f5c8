"""The operator API's routes for publishers and postback keys."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.integration import events
from tests.integration.events import new_caller_number
from tests.integration.service import Response, Service
from tests.integration.wire import Wire, failing

Call = Callable[..., Response]

UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.fixture
def call(service: Service) -> Call:
    def call(
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        content_type: str = "application/json",
    ) -> Response:
        text = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
        event = events.http(method, path, query, body=text, content_type=content_type)
        event["queryStringParameters"] = dict(parse_qsl(query, keep_blank_values=True))
        return service.request(event, function="operator_api")

    return call


@pytest.fixture
def publisher_id(call: Call) -> str:
    publisher_id: str = call("POST", "/publishers", {"name": "Acme"}).json["publisher_id"]
    return publisher_id


@pytest.fixture
def keys_path(publisher_id: str) -> str:
    return f"/publishers/{publisher_id}/postback-keys"


def _without_activity(record: dict[str, Any]) -> dict[str, Any]:
    """A list's record has this in addition to the members of a single one."""
    return {name: value for name, value in record.items() if name != "activity"}


def _errors(answer: Response, status_code: int) -> dict[str | None, str]:
    assert answer.status_code == status_code, answer.text
    assert list(answer.json) == ["status", "errors", "request_id"]
    assert answer.json["status"] == "error"
    assert answer.json["request_id"].startswith("request-")
    assert answer.headers["Content-Type"] == "application/json"
    return {error["param"]: error["message"] for error in answer.json["errors"]}


def test_what_is_not_ascii_is_answered_as_it_is_and_not_escaped(call: Call) -> None:
    assert '"name":"Zoë & 日本語"' in call("POST", "/publishers", {"name": "Zoë & 日本語"}).text


def test_a_publisher_is_created_read_and_renamed(call: Call) -> None:
    created = call("POST", "/publishers", {"name": " Acme  "})

    assert created.status_code == 201
    assert list(created.json) == ["publisher_id", "name", "created_at", "note"]
    assert created.json["name"] == "Acme"
    assert re.fullmatch(r"pub_[a-z2-7]{12}", created.json["publisher_id"])
    assert created.json["created_at"].endswith("Z")
    path = f"/publishers/{created.json['publisher_id']}"
    assert call("GET", path).json == created.json

    renamed = call("PATCH", path, {"name": "Acme Leads"})

    assert renamed.status_code == 200
    assert renamed.json == created.json | {"name": "Acme Leads"}
    assert call("GET", path).json == renamed.json

    noted = call("PATCH", path, {"note": "Dana\n+1 212 555 0123"})

    assert noted.json == renamed.json | {"note": "Dana\n+1 212 555 0123"}
    assert call("PATCH", path, {"note": "n" * 500}).json["note"] == "n" * 500
    assert list(_errors(call("PATCH", path, {"note": "n" * 501}), 422)) == ["note"]
    assert list(_errors(call("PATCH", path, {}), 422)) == [None]


def test_a_key_is_created_with_its_posting_link_and_the_contracts_defaults(
    call: Call, keys_path: str, publisher_id: str
) -> None:
    created = call("POST", keys_path, {"name": "main"})

    assert created.status_code == 201
    key = created.json
    assert re.fullmatch(UUID_PATTERN, key["key"])
    assert re.fullmatch(r"pbk_[a-z2-7]{12}", key["key_id"])
    assert key["posting_link"] == f"https://api.example.com/data_writing?key={key['key']}"
    assert key["publisher_id"] == publisher_id
    assert key["type"] == "call_data_writing"
    assert (key["storage_duration"], key["end_call_cutoff"]) == (24 * 3600, 3600)
    assert (key["default_region"], key["paused"]) == ("US", False)
    assert call("GET", f"/postback-keys/{key['key_id']}").json == key


def test_a_keys_durations_and_region_are_chosen_when_it_is_created(
    call: Call, keys_path: str
) -> None:
    chosen = {"storage_duration": 60, "end_call_cutoff": 0, "default_region": "GB"}

    key = call("POST", keys_path, {"name": "uk", **chosen}).json

    assert {name: key[name] for name in chosen} == chosen


def test_a_key_is_stored_under_the_names_that_stored_keys_have(
    service: Service, call: Call, keys_path: str, publisher_id: str
) -> None:
    """With other names or formats, keys in use could no longer be read."""
    chosen = {
        "name": "uk",
        "storage_duration": 60,
        "end_call_cutoff": 0,
        "default_region": "GB",
        "expires_at": "2026-12-01T00:00:00Z",
        "expects_every": 7200,
        "match_rate_floor": 0.4,
    }

    key = call("POST", keys_path, chosen).json

    stored = {"pk": {"S": f"KEY#{key['key_id']}"}, "sk": {"S": "KEY"}}
    table = service.environment["POSTBACK_KEYS_TABLE"]
    assert service.dynamodb.get_item(TableName=table, Key=stored)["Item"] == stored | {
        "key": {"S": key["key"]},
        "key_id": {"S": key["key_id"]},
        "type": {"S": "call_data_writing"},
        "publisher_id": {"S": publisher_id},
        "created_at": {"S": key["created_at"]},
        "name": {"S": "uk"},
        "storage_duration_seconds": {"N": "60"},
        "end_call_cutoff_seconds": {"N": "0"},
        "default_region": {"S": "GB"},
        "paused": {"BOOL": False},
        "note": {"S": ""},
        "expires_at": {"S": "2026-12-01T00:00:00.000Z"},
        "expects_every_seconds": {"N": "7200"},
        "match_rate_floor": {"S": "0.4"},
    }


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ({"name": "renamed"}, {"name": "renamed"}),
        ({"storage_duration": 2592000}, {"storage_duration": 2592000}),
        ({"storage_duration": "3600"}, {"storage_duration": 3600}),
        ({"end_call_cutoff": 604800}, {"end_call_cutoff": 604800}),
        ({"default_region": " gb "}, {"default_region": "GB"}),
        ({"paused": True}, {"paused": True}),
        ({"note": "n" * 500}, {"note": "n" * 500}),
        ({"note": " Ask\nDana "}, {"note": "Ask\nDana"}),
        ({"note": ""}, {"note": ""}),
        ({"expires_at": "2026-12-01T01:00:00+01:00"}, {"expires_at": "2026-12-01T00:00:00.000Z"}),
        ({"expects_every": 300}, {"expects_every": 300}),
        ({"expects_every": "P30D"}, {"expects_every": 2592000}),
        ({"match_rate_floor": 0.01}, {"match_rate_floor": 0.01}),
        ({"match_rate_floor": 1}, {"match_rate_floor": 1.0}),
        (
            {"name": "n", "storage_duration": 60, "end_call_cutoff": 0},
            {"name": "n", "storage_duration": 60, "end_call_cutoff": 0},
        ),
    ],
)
def test_what_is_left_out_of_a_change_stays_as_it_is(
    call: Call, keys_path: str, changes: dict[str, Any], changed: dict[str, Any]
) -> None:
    key = call("POST", keys_path, {"name": "main"}).json

    answer = call("PATCH", f"/postback-keys/{key['key_id']}", changes)

    assert answer.status_code == 200
    assert answer.json == key | changed
    assert call("GET", f"/postback-keys/{key['key_id']}").json == answer.json


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expires_at", "2026-12-01T00:00:00.000Z"),
        ("expects_every", 3600),
        ("match_rate_floor", 0.5),
    ],
)
def test_what_may_be_absent_is_cleared_by_a_null(
    call: Call, keys_path: str, name: str, value: Any
) -> None:
    key = call("POST", keys_path, {"name": "main", name: value}).json
    path = f"/postback-keys/{key['key_id']}"
    assert key[name] == value

    cleared = call("PATCH", path, {name: None, "note": "other"})

    assert cleared.json == key | {name: None, "note": "other"}
    assert call("PATCH", path, {name: None}).json == cleared.json
    assert call("GET", path).json == cleared.json


def test_a_key_is_paused_and_resumed_however_often(call: Call, keys_path: str) -> None:
    key = call("POST", keys_path, {"name": "main"}).json
    path = f"/postback-keys/{key['key_id']}"

    states = [
        call("POST", f"{path}/{verb}").json["paused"]
        for verb in ("pause", "pause", "resume", "resume")
    ]

    assert states == [True, True, False, False]


def test_a_created_key_can_be_posted_with_at_once(
    service: Service, call: Call, keys_path: str, publisher_id: str
) -> None:
    key = call("POST", keys_path, {"name": "main"}).json
    query = f"{key['posting_link'].split('?')[1]}&caller_number={new_caller_number()}&age=39"

    answer = service.request(events.http("GET", "/data_writing", query.replace("+", "%2B")))

    assert answer.status_code == 200
    (pending,) = service.pending()
    assert pending["publisher_id"]["S"] == publisher_id
    assert pending["key_id"]["S"] == key["key_id"]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_lists_are_read_page_by_page(call: Call, limit: int) -> None:
    created = [call("POST", "/publishers", {"name": f"p{i}"}).json for i in range(5)]

    listed, cursor = [], None
    while True:
        query = f"limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        page = call("GET", "/publishers", query=query).json
        assert len(page["publishers"]) <= limit
        listed += page["publishers"]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert sorted(map(_without_activity, listed), key=lambda p: p["name"]) == created
    assert [p["publisher_id"] for p in listed] == sorted(p["publisher_id"] for p in created)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_publishers_are_found_by_a_part_of_their_names(call: Call, limit: int) -> None:
    names = ["Coast Quotes", "Acme", "East COAST", "Bright Path", "Coastal"]
    made = [call("POST", "/publishers", {"name": name}).json["publisher_id"] for name in names]
    wanted = sorted(made[n] for n in (0, 2, 4))

    listed: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        query = f"name=coast&limit={limit}" + (f"&cursor={cursor}" if cursor else "")
        page = call("GET", "/publishers", query=query).json
        assert len(page["publishers"]) <= limit
        listed += page["publishers"]
        cursor = page["next_cursor"]

    assert [each["publisher_id"] for each in listed] == wanted
    assert all("activity" in each for each in listed)
    assert call("GET", "/publishers", query="name=nobody").json["publishers"] == []


def test_publishers_names_are_listed_alone(call: Call) -> None:
    made = [call("POST", "/publishers", {"name": f"p{i}"}).json for i in range(3)]
    expected = sorted(
        ({name: each[name] for name in ("publisher_id", "name")} for each in made),
        key=lambda each: each["publisher_id"],
    )

    first = call("GET", "/publishers/names", query="limit=2").json
    second = call("GET", "/publishers/names", query=f"limit=2&cursor={first['next_cursor']}").json

    assert first["publishers"] + second["publishers"] == expected
    assert second["next_cursor"] is None
    assert call("GET", "/publishers/names").json["publishers"] == expected


def test_a_publishers_keys_are_listed_oldest_first_without_those_of_others(
    call: Call, keys_path: str
) -> None:
    other = call("POST", "/publishers", {"name": "Other"}).json["publisher_id"]
    call("POST", f"/publishers/{other}/postback-keys", {"name": "theirs"})
    created = [call("POST", keys_path, {"name": f"k{i}"}).json for i in range(3)]

    first = call("GET", keys_path, query="limit=2").json
    second = call("GET", keys_path, query=f"limit=2&cursor={first['next_cursor']}").json

    listed = first["postback_keys"] + second["postback_keys"]
    assert [key["created_at"] for key in listed] == sorted(key["created_at"] for key in created)
    assert sorted(map(_without_activity, listed), key=lambda key: key["name"]) == created
    assert second["next_cursor"] is None


def test_a_publisher_without_keys_has_an_empty_list(call: Call, keys_path: str) -> None:
    assert call("GET", keys_path).json == {"postback_keys": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("method", "path", "param"),
    [
        ("GET", "/publishers/pub_aaaaaaaaaaaa", "publisher_id"),
        ("GET", "/publishers/nobody", "publisher_id"),
        ("GET", f"/publishers/{'x' * 3000}", "publisher_id"),
        ("PATCH", "/publishers/pub_aaaaaaaaaaaa", "publisher_id"),
        ("PATCH", "/publishers/nobody", "publisher_id"),
        ("GET", "/publishers/pub_aaaaaaaaaaaa/postback-keys", "publisher_id"),
        ("POST", "/publishers/pub_aaaaaaaaaaaa/postback-keys", "publisher_id"),
        ("GET", "/postback-keys/pbk_aaaaaaaaaaaa", "key_id"),
        ("GET", "/postback-keys/%00", "key_id"),
        ("PATCH", "/postback-keys/pbk_aaaaaaaaaaaa", "key_id"),
        ("POST", "/postback-keys/pbk_aaaaaaaaaaaa/pause", "key_id"),
        ("POST", "/postback-keys/pbk_aaaaaaaaaaaa/resume", "key_id"),
        ("POST", "/postback-keys/pbk_aaaaaaaaaaaa/rotate", "key_id"),
    ],
)
def test_what_does_not_exist_is_not_found_by_name(
    call: Call, method: str, path: str, param: str
) -> None:
    is_rotation = path.endswith("rotate")
    body = {"name": "x"} if method in ("POST", "PATCH") and not is_rotation else None

    assert list(_errors(call(method, path, body), 404)) == [param]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/postback-keys"),
        ("GET", "/publishers/a/b/c"),
        ("DELETE", "/publishers/a/b/c"),
    ],
)
def test_other_routes_are_not_found(call: Call, method: str, path: str) -> None:
    assert _errors(call(method, path), 404) == {
        None: "unknown path; see /operator-openapi.json for all paths"
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/publishers", "GET, POST"),
        ("PUT", "/postback-keys/pbk_aaaaaaaaaaaa", "GET, PATCH"),
        ("GET", "/postback-keys/pbk_aaaaaaaaaaaa/pause", "POST"),
        ("POST", "/postbacks", "GET"),
        ("HEAD", "/calls/9b653cf0-4835-493b-860c-aed9b7af2a4a", "GET"),
    ],
)
def test_a_405_lists_the_allowed_methods(call: Call, method: str, path: str, allowed: str) -> None:
    answer = call(method, path)

    assert _errors(answer, 405) == {None: f"{method} is not allowed here; send {allowed}"}
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("PutItem", "POST", "/publishers"),
        ("UpdateItem", "PATCH", "/publishers/{made}"),
        ("GetItem", "GET", "/publishers/{made}"),
        ("Query", "GET", "/publishers"),
    ],
)
def test_the_response_to_a_failure_has_no_details(
    service: Service, call: Call, wire: Wire, operation: str, method: str, path: str
) -> None:
    made = call("POST", "/publishers", {"name": "Made"}).json["publisher_id"]
    wire.tap(
        service.operator_api.publishers.key_store._records._client,
        operation,
        failing("InternalServerError"),
    )
    body = None if method == "GET" else {"name": "Acme"}

    errors = _errors(call(method, path.format(made=made), body), 500)

    assert errors == {None: "internal error; try again later"}
    assert "as the test has it" not in service.log.getvalue()
    assert service.lines()[-1]["aws_error"] == "InternalServerError"
