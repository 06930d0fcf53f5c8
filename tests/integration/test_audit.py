"""Audit lines about keys, also for paths with the prefix of a custom domain."""

import json
from typing import Any

import pytest

from tests.integration import events
from tests.integration.service import Response, Service

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
