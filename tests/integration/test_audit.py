"""Audit lines about keys, also for paths with the prefix of a custom domain."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.service import Response, Service

NUMBER = "+15551234567"
ARN = "arn:aws:sts::123456789012:assumed-role/Operators/anna"


def _send(service: Service, method: str, path: str, body: Any = None) -> Response:
    sent = None if body is None else json.dumps(body)
    event = events.http(method, path, body=sent, content_type="application/json")
    event["requestContext"]["authorizer"] = {"iam": {"userArn": ARN}}
    return service.request(event, function="operator_api")


def _audited(service: Service) -> list[dict[str, Any]]:
    names = ("action", "asked_by", "publisher_id", "key_id", "caller_number", "status_code")
    return [
        {name: each[name] for name in names if name in each}
        for each in service.lines()
        if each["message"] == "audit"
    ]


def test_who_made_changed_or_read_a_key_is_one_line_each(service: Service) -> None:
    publisher_id = _send(service, "POST", "/publishers", {"name": "Anna"}).json["publisher_id"]
    made = _send(service, "POST", f"/publishers/{publisher_id}/postback-keys", {"name": "main"})
    key_id = made.json["key_id"]
    _send(service, "POST", f"/postback-keys/{key_id}/pause")
    _send(service, "GET", f"/postback-keys/{key_id}")

    assert _audited(service) == [
        {"action": action, "asked_by": ARN, "status_code": status_code, **targets}
        for action, status_code, targets in [
            ("POST /publishers", 201, {"publisher_id": publisher_id}),
            (
                "POST /publishers/{publisher_id}/postback-keys",
                201,
                {"publisher_id": publisher_id, "key_id": key_id},
            ),
            ("POST /postback-keys/{key_id}/pause", 200, {"key_id": key_id}),
            ("GET /postback-keys/{key_id}", 200, {"key_id": key_id}),
        ]
    ]
    assert made.json["key"] not in service.log.getvalue()


def test_a_list_of_names_is_of_no_publisher(service: Service) -> None:
    _send(service, "GET", "/publishers/names")

    assert _audited(service) == [
        {"action": "GET /publishers/names", "asked_by": ARN, "status_code": 200}
    ]


def test_a_callers_number_is_masked(service: Service) -> None:
    _send(service, "GET", "/callers/+15551234567")

    assert [line["caller_number"] for line in _audited(service)] == ["+1***67"]


@pytest.mark.parametrize("mapped", ["", "/tags", "/a/b"])
def test_a_path_that_a_domain_maps_before_ours_changes_nothing(
    service: Service, mapped: str
) -> None:
    event = events.http("GET", f"{mapped}/publishers/pub_none")
    event["routeKey"] = "ANY /publishers/{proxy+}"
    event["pathParameters"] = {"proxy": "pub_none"}

    answer = service.request(event, function="operator_api")

    assert answer.status_code == 404
    assert "pub_none" in str(answer.json)


def _lines_of(service: Service, role: str = "viewer") -> list[dict[str, Any]]:
    return [each for each in service.lines() if each["message"] == "audit" and each["role"] == role]


def test_every_read_of_personal_data_says_who_read_what_from_where_and_how_many_rows(
    service: Service, key: PostbackKey
) -> None:
    now = datetime.now(UTC)
    service.post(key, at=now, caller_number=NUMBER, zip="94110")
    call_uuid = service.start_call(NUMBER, at=now)
    reads: list[tuple[str, dict[str, str]]] = [
        (
            "/postbacks",
            {"caller_number": f"({NUMBER[2:5]}) {NUMBER[5:8]}-{NUMBER[8:]}", "limit": "9"},
        ),
        ("/postbacks", {"key_id": key.key_id, "format": "csv", "from": "2026-11-30T08:00:00Z"}),
        (f"/calls/{call_uuid}", {}),
        ("/calls", {"call_uuid": call_uuid}),
        (f"/callers/{NUMBER}", {}),
        ("/history", {"publisher_id": "pub_aaaaaaaaaaaa"}),
    ]
    for path, query in reads:
        assert service.as_person("GET", path, **query).status_code == 200

    lines = _lines_of(service)
    assert {(line["asked_by"], line["source_ip"]) for line in lines} == {
        ("mia@example.com", "198.51.100.9")
    }
    assert [
        {name: line.get(name) for name in ("action", "filters", "postbacks", "calls", "call_uuid")}
        for line in lines
    ] == [
        dict(zip(("action", "filters", "postbacks", "calls", "call_uuid"), each, strict=True))
        for each in [
            ("GET /postbacks", {"caller_number": "***67", "limit": "9"}, 1, None, None),
            (
                "GET /postbacks",
                {"key_id": key.key_id, "format": "csv", "from": "2026-11-30T08:00:00Z"},
                1, None, None,
            ),
            ("GET /calls/{call_uuid}", None, None, None, call_uuid),
            ("GET /calls", {"call_uuid": call_uuid}, None, None, None),
            ("GET /callers/{caller_number}", None, 1, 1, None),
            ("GET /history", {"publisher_id": "pub_aaaaaaaaaaaa"}, None, None, None),
        ]
    ]  # fmt: skip
    assert NUMBER[2:9] not in service.log.getvalue()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/callers/+15551234567***2345"),
        ("DELETE", "/callers/+1 (555) 123-4567"),
        ("POST", "/callers/+15551234567/%2B15551234567"),
        ("PATCH", "/postback-keys/5551234567"),
        ("PATCH", "/publishers/9b653cf0-4835-493b-860c-aed9b7af2a4a"),
        ("POST", "/calls/sip:+15551234567@a.example"),
        ("POST", "/people/15551234567@example.com"),
    ],
)
def test_a_refused_change_is_a_line_without_what_was_typed(
    service: Service, method: str, path: str
) -> None:
    answer = service.as_person(method, path, filter="15551234567", **{"15551234567": "1"})

    assert answer.status_code == 403
    (line,) = _lines_of(service)
    assert line["status_code"] == 403
    assert not {"5551234", "9b653cf0"} & {
        text[start : start + size]
        for text in [json.dumps(line)]
        for size in (7, 8)
        for start in range(len(text))
    }


def test_a_number_in_a_persons_address_is_masked_and_the_account_of_an_identity_stays(
    service: Service,
) -> None:
    service.as_person("GET", "/publishers", email="6465550147@example.com")
    service.as_person("POST", "/people/6465550147@example.com/disable", role="viewer")
    _send(service, "GET", "/publishers")

    lines = [each for each in service.lines() if each["message"] == "audit"]
    names = [line["asked_by"] for line in lines]
    assert names == ["***47@example.com", "mia@example.com", ARN]
    assert lines[1]["person"] == "***47@example.com"
