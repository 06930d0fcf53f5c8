"""The history: who changed what, and when, as people read it."""

from typing import Any

import pytest

from tests.integration import events
from tests.integration.service import Service
from tests.integration.wire import Wire, failing

MIA = "mia@example.com"


def _send(service: Service, method: str, path: str, body: Any = None, **query: str) -> Any:
    answer = service.as_person(method, path, role="manager", body=body, **query)
    assert answer.status_code < 300, answer.text
    return answer.json if answer.text else None


def _rows(service: Service, **query: str) -> list[Any]:
    return [
        (row["action"], row["object"], row["changes"])
        for row in _send(service, "GET", "/history", **query)["history"]
    ]


def test_every_change_of_a_key_is_in_its_history_and_its_publishers(service: Service) -> None:
    publisher = _send(service, "POST", "/publishers", {"name": "Harbor"})["publisher_id"]
    key = _send(service, "POST", f"/publishers/{publisher}/postback-keys", {"name": "main"})
    path = f"/postback-keys/{key['key_id']}"
    _send(service, "PATCH", path, {"storage_duration": 7200, "note": "call +1 415 555 2671"})
    _send(service, "POST", f"{path}/pause")
    _send(service, "POST", f"{path}/resume")
    successor = _send(service, "POST", f"{path}/rotate")

    changed = _rows(service, key_id=key["key_id"])
    assert [(action, kind) for action, kind, _ in changed] == [
        (action, "postback_key")
        for action in ("rotated", "resumed", "paused", "changed", "created")
    ]
    rotated, resumed, _, patched, created = [changes for _, _, changes in changed]
    assert patched == {
        "note": ["", "call +1***71"],
        "storage_duration": [key["storage_duration"], 7200],
    }
    assert resumed == {"paused": [True, False]}
    assert rotated["replaced_by"] == [None, successor["key_id"]]
    assert created["name"] == [None, "main"]
    assert _rows(service, publisher_id=publisher)[:-1] == changed
    assert [action for action, _, _ in _rows(service, key_id=successor["key_id"])] == ["rotated"]
    assert len(_rows(service)) == 6
    whole = str(_send(service, "GET", "/history"))
    assert key["key"] not in whole
    assert successor["key"] not in whole


def test_platform_keys_and_forgotten_callers_have_rows_without_secrets_and_numbers(
    service: Service,
) -> None:
    made = _send(service, "POST", "/platform-keys", {"name": "Switch"})
    path = f"/platform-keys/{made['platform_key_id']}"
    _send(service, "PATCH", path, {"name": "Switch 2"})
    _send(service, "DELETE", path)
    _send(service, "DELETE", "/callers/+14155552671")

    rows = _send(service, "GET", "/history")["history"]
    assert [(row["action"], row["object"]) for row in rows] == [
        ("forgotten", "caller"),
        ("deleted", "platform_key"),
        ("changed", "platform_key"),
        ("created", "platform_key"),
    ]
    assert rows[0]["object_id"] == "+1***71"
    assert {(row["asked_by"], row["role"]) for row in rows} == {(MIA, "manager")}
    assert made["key"] not in str(rows)
    assert "5552671" not in str(rows)


def test_the_history_has_pages(service: Service) -> None:
    made = [
        _send(service, "POST", "/publishers", {"name": str(n)})["publisher_id"] for n in range(5)
    ]
    found, query = [], {"limit": "2"}
    while True:
        page = _send(service, "GET", "/history", **query)
        found += [row["object_id"] for row in page["history"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert found == made[::-1]


@pytest.mark.parametrize("cursor", ["x", "2026-11-23T08:05:31.000Z", "+14155552671" * 4])
def test_an_invalid_cursor_is_refused(service: Service, cursor: str) -> None:
    answer = service.as_person("GET", "/history", role="manager", cursor=cursor)

    assert answer.status_code == 422


def test_one_filter_at_a_time(service: Service) -> None:
    query = {"publisher_id": "pub_aaaaaaaaaaaa", "key_id": "pbk_aaaaaaaaaaaa"}

    assert service.as_person("GET", "/history", **query).status_code == 422


def test_a_change_stays_if_its_row_cannot_be_written_and_the_audit_line_says_who(
    service: Service, wire: Wire, no_pauses: None
) -> None:
    client = service.operator_api.publishers.key_store._records._client
    wire.tap(client, "BatchWriteItem", failing("InternalServerError"))

    made = service.as_person("POST", "/publishers", role="manager", body={"name": "Harbor"})

    assert made.status_code == 201
    messages = [line["message"] for line in service.lines()]
    assert messages == ["history row not written", "audit"]
    assert service.lines()[-1]["asked_by"] == MIA
    assert _rows(service) == []


def test_the_command_line_is_named_by_its_identity(service: Service) -> None:
    event = events.http("POST", "/publishers", body='{"name":"A"}', content_type="application/json")
    event["requestContext"]["authorizer"] = {"iam": {"userArn": "arn:aws:iam::1:user/ana"}}
    service.request(event, function="operator_api")

    (row,) = _send(service, "GET", "/history")["history"]
    assert (row["asked_by"], row["role"]) == ("arn:aws:iam::1:user/ana", "admin")
