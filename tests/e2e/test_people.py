"""People of the console, managed over the operator API and with the command line."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from infra.local import web
from tests.e2e.service import Service


@pytest.fixture
def email(service: Service) -> Iterator[str]:
    email = f"lee-{uuid4().hex[:8]}@example.com"
    yield email
    service.operate("DELETE", f"/people/{email}")


def _status(service: Service, email: str) -> tuple[str, str] | None:
    people = service.operate("GET", "/people").json()["people"]
    return next(((p["role"], p["status"]) for p in people if p["email"] == email), None)


def test_a_person_is_invited_promoted_disabled_enabled_and_removed(
    service: Service, email: str
) -> None:
    made = service.operate("POST", "/people", {"email": email, "role": "viewer"})
    assert made.status_code == 201, made.text
    assert _status(service, email) == ("viewer", "invited")
    assert service.operate("POST", f"/people/{email}/invite").status_code == 200
    assert service.operate("PATCH", f"/people/{email}", {"role": "manager"}).status_code == 200
    assert _status(service, email) == ("manager", "invited")
    for action, status in (("disable", "disabled"), ("enable", "invited")):
        assert service.operate("POST", f"/people/{email}/{action}").status_code == 200
        assert _status(service, email) == ("manager", status)
    assert service.operate("POST", f"/people/{email}/end-sessions").status_code == 200
    assert service.operate("POST", "/people", {"email": email, "role": "viewer"}).status_code == 409
    history = service.operate("GET", f"/history?person={email}").json()["history"]
    assert [row["action"] for row in history][-2:] == ["invited again", "invited"]
    assert service.operate("DELETE", f"/people/{email}").status_code == 204
    assert _status(service, email) is None
    assert service.operate("POST", f"/people/{email}/enable").status_code == 404


def test_nobody_without_a_signature_manages_people_or_names_a_role(service: Service) -> None:
    url = f"{service.api_url}/people"
    headers = {"X-Asked-By": "mia@example.com", "X-Asked-Role": "admin"}

    assert web.send("GET", url, headers=headers).status_code == 403
    signed_in = service.operate("POST", "/people/mia@example.com/signed-in")
    assert signed_in.status_code == 403
    assert "only the console" in signed_in.json()["errors"][0]["message"]
