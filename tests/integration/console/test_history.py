"""The History and Team pages: what they read, and how they show it."""

import html
import re
from typing import Any

import pytest

from tests.integration.console.operator_stub import Console, OperatorStub

ROW: dict[str, Any] = {
    "at": "2026-11-30T09:15:00.000Z", "action": "changed", "object": "postback_key",
    "object_id": "pbk_a", "asked_by": "mia@example.com", "role": "manager",
    "changes": {"name": ["Desk", "Dialer"], "paused": [False, True], "note": ["", "by phone"]},
}  # fmt: skip
CREATED = ROW | {
    "action": "created", "object": "publisher", "object_id": "pub_a",
    "changes": {"name": [None, "Acme"], "created_at": [None, "2026-11-30T09:15:00.000Z"]},
}  # fmt: skip
PEOPLE = {
    "people": [
        {"email": "mia@example.com", "role": "admin", "status": "active",
         "invited_at": ROW["at"], "last_sign_in_at": ROW["at"]},
        {"email": "ana@example.com", "role": "viewer", "status": "expired",
         "invited_at": ROW["at"], "last_sign_in_at": None},
    ]
}  # fmt: skip


def _text(response: dict[str, Any]) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", response["body"])).split())


def test_the_history_of_a_key_takes_one_request_and_leads_on(
    console: Console, operator_api: type[OperatorStub]
) -> None:
    operator_api.respond_with({"history": [ROW, CREATED], "next_cursor": "c 1"})

    page = console.get("/history", "key_id=pbk_a", role="viewer")

    (request,) = operator_api.requests
    assert request.path == "/history?limit=50&key_id=pbk_a"
    text = _text(page)
    assert "mia@example.com manager Changed Postback key pbk_a" in text
    assert "name: Desk → Dialer paused: no → yes note: nothing → by phone" in text
    assert "Created Publisher pub_a name: Acme 2 rows" in text
    assert 'href="/keys/pbk_a"' in page["body"]
    assert 'href="/history?key_id=pbk_a&amp;cursor=c+1"' in page["body"]


@pytest.mark.parametrize(
    ("role", "status_code"), [("viewer", 403), ("manager", 403), ("admin", 200)]
)
def test_only_admins_see_the_team(
    console: Console, operator_api: type[OperatorStub], role: str, status_code: int
) -> None:
    operator_api.respond_with(PEOPLE)

    page = console.get("/team", role=role)

    assert page["statusCode"] == status_code
    assert ("ana@example.com" in page["body"]) is (role == "admin")
    assert ('href="/team"' in page["body"]) is (role == "admin")
    assert len(operator_api.requests) == (role == "admin")


@pytest.mark.parametrize(
    ("path", "body", "sent"),
    [
        ("/team", "email=eve%40example.com&role=viewer", ("POST", "/people")),
        ("/team/ana%40example.com/role", "role=admin", ("PATCH", "/people/ana%40example.com")),
        ("/team/ana@example.com/disable", "", ("POST", "/people/ana%40example.com/disable")),
        ("/team/ana@example.com/enable", "", ("POST", "/people/ana%40example.com/enable")),
        ("/team/ana@example.com/invite", "", ("POST", "/people/ana%40example.com/invite")),
        ("/team/ana@example.com/remove", "", ("DELETE", "/people/ana%40example.com")),
        (
            "/team/a+b@example.com/end-sessions", "",
            ("POST", "/people/a%2Bb%40example.com/end-sessions"),
        ),
    ],
)  # fmt: skip
def test_an_admin_manages_people(
    console: Console, operator_api: type[OperatorStub], path: str, body: str, sent: tuple[str, str]
) -> None:
    done = console.post(path, body, role="admin")
    refused = console.post(path, body, role="manager")

    assert (done["statusCode"], done["headers"]["Location"]) == (303, "/team")
    assert refused["statusCode"] == 403
    assert "Only for admins" in refused["body"]
    (request,) = operator_api.requests
    assert (request.method, request.path) == sent
    assert request.headers["X-Asked-Role"] == "admin"


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/team/mia@example.com/remove", "", "mia@example.com: email is the last admin"),
        ("/team/mia@example.com/role", "role=viewer", "mia@example.com: email is the last admin"),
    ],
)
def test_a_refused_change_is_explained_on_the_page(
    console: Console, operator_api: type[OperatorStub], path: str, body: str, text: str
) -> None:
    error = {"errors": [{"param": "email", "message": "is the last admin"}]}
    operator_api.by_path = {"/people": PEOPLE, "/people/": (409, error)}

    page = console.post(path, body, role="admin")

    assert page["statusCode"] == 409
    assert text in _text(page)


@pytest.mark.parametrize(
    ("headers", "text"), [({}, "Wait, then try again"), ({"Retry-After": "130"}, "Wait 3 minutes")]
)
def test_too_many_look_ups_are_explained(
    console: Console, operator_api: type[OperatorStub], headers: dict[str, str], text: str
) -> None:
    error = {"errors": [{"param": None, "message": "too many"}]}
    operator_api.by_path = {"/callers/": (429, error)}
    operator_api.headers_sent = headers

    page = console.get("/callers", "number=%2B14155550177", role="viewer")

    assert page["statusCode"] == 429
    assert text in _text(page)
    assert page["headers"].get("Retry-After") == headers.get("Retry-After")
