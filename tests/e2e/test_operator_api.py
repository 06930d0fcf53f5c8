"""Operators create publishers and postback keys, and hand out posting links."""

import base64
from typing import Any
from urllib.parse import urlencode

import pytest

from infra.local import web
from infra.local.web import Response
from tests.e2e.phone_calls import new_uuid
from tests.e2e.service import PostbackKey, Service

HOUR = 3600
DAY = 24 * HOUR


def assert_is_error(response: Response, status_code: int, *params: str | None) -> None:
    assert response.status_code == status_code, response.body
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert body["status"] == "error"
    assert body["request_id"]
    assert response.params == list(params)
    assert all(error["message"] for error in body["errors"])


def test_a_new_publisher_is_read_as_it_was_created(service: Service) -> None:
    created = service.operate("POST", "/publishers", {"name": "  Zoë & Co "})

    assert created.status_code == 201
    publisher = created.json()
    assert publisher["name"] == "Zoë & Co"
    read = service.operate("GET", f"/publishers/{publisher['publisher_id']}")
    assert read.status_code == 200
    assert read.json() == publisher


def test_a_publisher_is_renamed(service: Service) -> None:
    publisher_id = service.new_publisher("Before")

    renamed = service.operate("PATCH", f"/publishers/{publisher_id}", {"name": "After"})

    assert renamed.status_code == 200
    assert renamed.json()["name"] == "After"
    assert service.operate("GET", f"/publishers/{publisher_id}").json() == renamed.json()


def test_a_new_key_has_the_default_durations(service: Service, publisher_id: str) -> None:
    created = service.operate(
        "POST", f"/publishers/{publisher_id}/postback-keys", {"name": "Landing page"}
    )

    assert created.status_code == 201
    key = created.json()
    assert key["publisher_id"] == publisher_id
    assert key["type"] == "call_data_writing"
    assert key["name"] == "Landing page"
    assert (key["storage_duration"], key["end_call_cutoff"]) == (DAY, HOUR)
    assert key["default_region"] == "US"
    assert key["paused"] is False
    assert key["key"] not in key["key_id"]
    read = service.operate("GET", f"/postback-keys/{key['key_id']}")
    assert read.status_code == 200
    assert read.json() == key


@pytest.mark.parametrize(
    "members",
    [
        {"storage_duration": 60, "end_call_cutoff": 0},
        {"storage_duration": 30 * DAY, "end_call_cutoff": 7 * DAY},
        {"default_region": "GB"},
    ],
)
def test_a_new_key_has_the_given_settings(
    service: Service, publisher_id: str, members: dict[str, Any]
) -> None:
    path = f"/publishers/{publisher_id}/postback-keys"

    created = service.operate("POST", path, {"name": "main"} | members)

    assert created.status_code == 201
    assert created.json() == created.json() | members


def test_the_posting_link_works_unchanged(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    link = f"{key.posting_link}&{urlencode({'caller_number': caller_number, 'age': '39'})}"

    response = web.send("GET", link)

    assert key.posting_link == f"{service.api_url}/data_writing?key={key.key}"
    assert response.status_code == 200
    assert response.status == "call not found, tags stored"


def test_a_change_of_a_key_changes_only_the_members_sent(
    service: Service, key: PostbackKey
) -> None:
    path = f"/postback-keys/{key.key_id}"
    before = service.operate("GET", path).json()
    changes = {"name": "Dialer", "storage_duration": 2 * HOUR, "default_region": "CA"}

    changed = service.operate("PATCH", path, changes)

    assert changed.status_code == 200
    assert changed.json() == before | changes
    assert service.operate("GET", path).json() == before | changes


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ({}, ["name"]),
        ({"name": ""}, ["name"]),
        ({"name": "   "}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": 42}, ["name"]),
        ({"name": "n" * 201}, ["name"]),
        ({"name": "two\nlines"}, ["name"]),
        ({"name": "main", "storage_duration": 59}, ["storage_duration"]),
        ({"name": "main", "storage_duration": 30 * DAY + 1}, ["storage_duration"]),
        ({"name": "main", "storage_duration": 90.5}, ["storage_duration"]),
        ({"name": "main", "storage_duration": None}, ["storage_duration"]),
        ({"name": "main", "storage_duration": "soon"}, ["storage_duration"]),
        ({"name": "main", "end_call_cutoff": -1}, ["end_call_cutoff"]),
        ({"name": "main", "end_call_cutoff": 7 * DAY + 1}, ["end_call_cutoff"]),
        ({"name": "main", "default_region": "USA"}, ["default_region"]),
        ({"name": "main", "storage_duraton": 60}, ["storage_duraton"]),
        ({"name": "", "end_call_cutoff": -1}, ["name", "end_call_cutoff"]),
    ],
)
def test_an_invalid_new_key_is_refused_with_the_names_of_its_invalid_members(
    service: Service, publisher_id: str, body: dict[str, Any], params: list[str]
) -> None:
    response = service.operate("POST", f"/publishers/{publisher_id}/postback-keys", body)

    assert_is_error(response, 422, *params)


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ({}, [None]),
        ({"paused": "perhaps"}, ["paused"]),
        ({"key": new_uuid()}, ["key"]),
        ({"storage_duration": 1}, ["storage_duration"]),
    ],
)
def test_an_invalid_change_of_a_key_is_refused_with_the_names_of_its_invalid_members(
    service: Service, key: PostbackKey, body: dict[str, Any], params: list[str]
) -> None:
    before = service.operate("GET", f"/postback-keys/{key.key_id}").json()

    response = service.operate("PATCH", f"/postback-keys/{key.key_id}", body)

    assert_is_error(response, 422, *params)
    assert service.operate("GET", f"/postback-keys/{key.key_id}").json() == before


@pytest.mark.parametrize(
    "body", [b"", b'{"name":', b"\xff", b"null", b'["name"]', b'"name"', b"42"]
)
def test_a_body_other_than_a_json_object_is_refused(service: Service, body: bytes) -> None:
    assert_is_error(service.operate("POST", "/publishers", body), 422, None)


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_body_with_another_content_type_is_refused(service: Service, content_type: str) -> None:
    response = service.operate("POST", "/publishers", b'{"name":"Acme"}', content_type=content_type)

    assert_is_error(response, 415, None)


@pytest.mark.parametrize(
    ("method", "path", "param"),
    [
        ("GET", "/publishers/pub_nobody", "publisher_id"),
        ("PATCH", "/publishers/pub_nobody", "publisher_id"),
        ("GET", "/publishers/pub_nobody/postback-keys", "publisher_id"),
        ("POST", "/publishers/pub_nobody/postback-keys", "publisher_id"),
        ("GET", "/postback-keys/pbk_nothing", "key_id"),
        ("PATCH", "/postback-keys/pbk_nothing", "key_id"),
        ("POST", "/postback-keys/pbk_nothing/pause", "key_id"),
        ("POST", "/postback-keys/pbk_nothing/resume", "key_id"),
        ("GET", f"/publishers/{'x' * 3000}", "publisher_id"),
        ("GET", f"/postback-keys/{'x' * 3000}", "key_id"),
        ("PATCH", f"/postback-keys/{'x' * 3000}", "key_id"),
        ("GET", "/publishers/a/b/c", None),
    ],
)
def test_an_unknown_publisher_key_or_path_is_404(
    service: Service, method: str, path: str, param: str | None
) -> None:
    body = {"name": "main"} if method in ("PATCH", "POST") else None

    assert_is_error(service.operate(method, path, body), 404, param)


def test_an_unsupported_method_is_405_with_the_allowed_ones(service: Service) -> None:
    response = service.operate("DELETE", "/publishers")

    assert_is_error(response, 405, None)
    assert response.headers["Allow"] == "GET, POST"


def test_publishers_are_listed_page_by_page(service: Service) -> None:
    created = {service.new_publisher(f"Publisher {i}") for i in range(5)}

    pages = _pages(service, "/publishers", "publishers", limit=2)

    assert all(len(page) == 2 for page in pages[:-1])
    listed = [publisher["publisher_id"] for page in pages for publisher in page]
    assert created <= set(listed)
    assert len(set(listed)) == len(listed)


def test_a_publishers_keys_are_listed_page_by_page_oldest_first(service: Service) -> None:
    publisher_id = service.new_publisher()
    service.new_key(service.new_publisher())
    created = [service.new_key(publisher_id).key_id for _ in range(5)]

    pages = _pages(service, f"/publishers/{publisher_id}/postback-keys", "postback_keys", limit=2)

    assert [len(page) for page in pages if page] == [2, 2, 1]
    assert [key["key_id"] for page in pages for key in page] == created


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", ""])
def test_an_invalid_limit_is_refused(service: Service, limit: str) -> None:
    assert_is_error(service.operate("GET", f"/publishers?limit={limit}"), 422, "limit")


@pytest.mark.parametrize("start", ["nonsense", "5", "[]", '"pk"', '{"pk":5}', '{"a":{"S":"b"}}'])
def test_an_invalid_cursor_is_refused(service: Service, start: str) -> None:
    cursor = base64.urlsafe_b64encode(start.encode()).decode()

    assert_is_error(service.operate("GET", f"/publishers?cursor={cursor}"), 422, "cursor")


def _pages(service: Service, path: str, name: str, *, limit: int) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    cursor = None
    while not pages or cursor:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        response = service.operate("GET", f"{path}?{urlencode(query)}")
        assert response.status_code == 200, response.body
        pages.append(response.json()[name])
        cursor = response.json()["next_cursor"]
    return pages
