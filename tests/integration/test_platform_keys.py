"""Operators create, list, change, rotate, pause, resume and delete platform keys."""

import json
from typing import Any

import pytest

from shared.stores.dynamodb import from_item
from tests.integration import events
from tests.integration.service import Response, Service


def _ask(service: Service, method: str, path: str, body: Any = None, **query: str) -> Response:
    event = events.http(
        method,
        path,
        body=json.dumps(body) if body is not None else None,
        content_type="application/json",
    )
    return service.request(event | {"queryStringParameters": query}, function="operator_api")


def _made(service: Service, name: str = "Switch", **members: Any) -> dict[str, Any]:
    answer = _ask(service, "POST", "/platform-keys", {"name": name} | members)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json
    return made


def test_the_credential_is_stored_nowhere(service: Service) -> None:
    made = _made(service)

    items = service.dynamodb.scan(TableName=service.environment["POSTBACK_KEYS_TABLE"])["Items"]
    (item,) = map(from_item, items)
    assert made["key"] not in repr(item)
    assert len(item["digest"]) == 64


def test_every_key_is_another(service: Service) -> None:
    made = [_made(service) for _ in range(5)]

    assert len({key["key"] for key in made}) == 5
    assert len({key["platform_key_id"] for key in made}) == 5


def test_a_key_is_paused_and_resumed(service: Service) -> None:
    path = f"/platform-keys/{_made(service)['platform_key_id']}"

    assert _ask(service, "POST", f"{path}/pause").json["paused"] is True
    assert _ask(service, "GET", path).json["paused"] is True
    assert _ask(service, "POST", f"{path}/resume").json["paused"] is False


def test_a_list_goes_on_page_by_page(service: Service) -> None:
    ids = {_made(service)["platform_key_id"] for _ in range(3)}

    first = _ask(service, "GET", "/platform-keys", limit="2").json
    rest = _ask(service, "GET", "/platform-keys", cursor=first["next_cursor"]).json

    listed = first["platform_keys"] + rest["platform_keys"]
    assert {key["platform_key_id"] for key in listed} == ids
    assert rest["next_cursor"] is None
    assert "key" not in listed[0]


@pytest.mark.parametrize("platform_key_id", ["plk_aaaaaaaaaaaa", "pbk_aaaaaaaaaaaa", "x"])
@pytest.mark.parametrize(
    ("method", "end"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("PATCH", ""),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/rotate"),
    ],
)
def test_an_unknown_key_is_not_found(
    service: Service, platform_key_id: str, method: str, end: str
) -> None:
    body = {"name": "x"} if method == "PATCH" else None
    answer = _ask(service, method, f"/platform-keys/{platform_key_id}{end}", body)

    assert answer.status_code == 404
    assert answer.json["errors"][0]["param"] == "platform_key_id"


@pytest.mark.parametrize(("name", "status_code"), [("x" * 200, 201), ("x" * 201, 422), (" ", 422)])
def test_a_name_has_between_1_and_200_characters(
    service: Service, name: str, status_code: int
) -> None:
    assert _ask(service, "POST", "/platform-keys", {"name": name}).status_code == status_code


def test_a_cursor_of_another_list_is_refused(service: Service) -> None:
    answer = _ask(service, "GET", "/platform-keys", cursor="pub_aaaaaaaaaaaa")

    assert (answer.status_code, answer.json["errors"][0]["param"]) == (422, "cursor")


def test_a_new_key_may_do_everything_and_has_a_callback_address(service: Service) -> None:
    made = _made(service)

    assert made["scopes"] == ["report", "read"]
    assert (made["expires_at"], made["last_used_at"], made["replaced_by"]) == (None, None, None)
    assert made["callback_url"] == f"https://api.example.com/platform/callbacks/{made['key']}"
    assert (
        "callback_url" not in _ask(service, "GET", f"/platform-keys/{made['platform_key_id']}").json
    )


@pytest.mark.parametrize(
    ("scopes", "stored", "has_address"),
    [
        (["report"], ["report"], True),
        (["read"], ["read"], False),
        (["read", "report", "read"], ["report", "read"], True),
    ],
)
def test_a_key_has_the_scopes_that_it_was_made_with(
    service: Service, scopes: list[str], stored: list[str], has_address: bool
) -> None:
    made = _made(service, scopes=scopes)

    assert made["scopes"] == stored
    assert bool(made["callback_url"]) == has_address
    assert (
        _ask(service, "GET", f"/platform-keys/{made['platform_key_id']}").json["scopes"] == stored
    )


@pytest.mark.parametrize("scopes", [[], ["write"], "report", None, [["report"]], [1]])
def test_other_scopes_are_refused(service: Service, scopes: Any) -> None:
    answer = _ask(service, "POST", "/platform-keys", {"name": "x", "scopes": scopes})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["param"].startswith("scopes")


def test_a_key_is_changed(service: Service) -> None:
    made = _made(service, expires_at="2026-12-31T23:59:59Z")
    path = f"/platform-keys/{made['platform_key_id']}"

    changed = _ask(
        service, "PATCH", path, {"name": "IVR", "scopes": ["read"], "expires_at": None}
    ).json

    assert made["expires_at"] == "2026-12-31T23:59:59.000Z"
    assert (changed["name"], changed["scopes"], changed["expires_at"]) == ("IVR", ["read"], None)
    assert _ask(service, "PATCH", path, {"paused": True}).json["scopes"] == ["read"]
    assert _ask(service, "PATCH", path, {}).status_code == 422


def test_a_key_is_rotated_once_and_both_keys_name_each_other(service: Service) -> None:
    old = _made(service, scopes=["report"])
    path = f"/platform-keys/{old['platform_key_id']}"

    new = _ask(service, "POST", f"{path}/rotate", {"overlap": 3600})
    again = _ask(service, "POST", f"{path}/rotate")

    assert new.status_code == 201
    assert new.json["replaces"] == old["platform_key_id"]
    assert (new.json["name"], new.json["scopes"]) == (old["name"], ["report"])
    assert new.json["key"] != old["key"]
    replaced = _ask(service, "GET", path).json
    assert replaced["replaced_by"] == new.json["platform_key_id"]
    assert replaced["expires_at"] is not None
    assert again.status_code == 422
    assert new.json["platform_key_id"] in again.json["errors"][0]["message"]
