"""People in the user pool: invitations, roles, sessions, and the last admin."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.people import Person, PersonStatus
from shared.domain.roles import Role
from tests.integration.fake_user_pool import FakeUserPool
from tests.integration.service import Response, Service

ADMIN = "ana@example.com"
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)


@pytest.fixture
def pool(service: Service, monkeypatch: pytest.MonkeyPatch) -> FakeUserPool:
    """A user pool with one admin who has signed in."""
    fake = FakeUserPool()
    user_pool = service.operator_api.people.user_pool
    monkeypatch.setitem(vars(user_pool), "client", fake)
    user_pool.invite(ADMIN, Role.ADMIN)
    fake.come(ADMIN)
    return fake


def _ask(service: Service, method: str, path: str, body: Any = None, **options: Any) -> Response:
    return service.as_person(method, path, body=body, **{"role": "admin", "email": ADMIN} | options)


def _people(service: Service) -> dict[str, tuple[str | None, str]]:
    found = _ask(service, "GET", "/people").json["people"]
    return {each["email"]: (each["role"], each["status"]) for each in found}


def _history(service: Service, email: str) -> list[tuple[str, Any]]:
    rows = _ask(service, "GET", "/history", person=email).json["history"]
    return [(row["action"], row["changes"]) for row in rows]


def test_a_person_is_invited_promoted_disabled_and_removed(
    service: Service, pool: FakeUserPool
) -> None:
    made = _ask(service, "POST", "/people", {"email": "lee@example.com", "role": "viewer"})
    assert made.status_code == 201
    assert _people(service) == {
        ADMIN: ("admin", "active"),
        "lee@example.com": ("viewer", "invited"),
    }
    assert _ask(service, "POST", "/people/lee@example.com/invite").status_code == 200
    pool.come("lee@example.com")
    assert _ask(service, "PATCH", "/people/LEE@example.com", {"role": "manager"}).json["role"] == (
        "manager"
    )
    for action, status in (
        ("disable", "disabled"),
        ("enable", "active"),
        ("end-sessions", "active"),
    ):
        answer = _ask(service, "POST", f"/people/lee@example.com/{action}")
        assert (answer.status_code, answer.json["status"]) == (200, status)
    assert _ask(service, "DELETE", "/people/lee@example.com").status_code == 204
    assert _people(service) == {ADMIN: ("admin", "active")}
    assert pool.emails[1:] == [("lee@example.com", ""), ("lee@example.com", "RESEND")]
    assert pool.signed_out == ["lee@example.com"] * 3
    assert _history(service, "lee@example.com") == [
        ("removed", {}),
        ("sessions ended", {}),
        ("enabled", {}),
        ("disabled", {}),
        ("changed", {"role": ["viewer", "manager"]}),
        ("invited again", {}),
        ("invited", {"role": [None, "viewer"]}),
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", f"/people/{ADMIN}", None),
        ("DELETE", f"/people/{ADMIN.upper()}", None),
        ("POST", f"/people/{ADMIN}/disable", None),
        ("PATCH", f"/people/{ADMIN}", {"role": "manager"}),
    ],
)
def test_the_last_admin_stays_one_until_another_has_come(
    service: Service, pool: FakeUserPool, method: str, path: str, body: Any
) -> None:
    other = "eva@example.com"
    _ask(service, "POST", "/people", {"email": other, "role": "admin"})

    refused = _ask(service, method, path, body)

    assert refused.status_code == 409
    assert "last admin" in refused.json["errors"][0]["message"]
    assert _people(service)[ADMIN] == ("admin", "active")
    pool.come(other)
    assert _ask(service, method, path, body).status_code in (200, 204)


@pytest.mark.parametrize(
    ("method", "path", "body", "status_code"),
    [
        ("POST", "/people", {"email": ADMIN, "role": "viewer"}, 409),
        ("POST", "/people", {"email": ADMIN.upper(), "role": "viewer"}, 409),
        ("POST", f"/people/{ADMIN}/invite", None, 409),
        ("POST", "/people", {"email": "nobody", "role": "viewer"}, 422),
        ("POST", "/people", {"email": "a/b@example.com", "role": "viewer"}, 422),
        ("POST", "/people", {"email": f"{'a' * 64}@{'b' * 60}.example", "role": "viewer"}, 422),
        ("POST", "/people", {"email": "a@example.com", "role": "owner"}, 422),
        ("PATCH", "/people/nobody@example.com", {"role": "viewer"}, 404),
        ("DELETE", "/people/nobody@example.com", None, 404),
        ("POST", "/people/nobody@example.com/enable", None, 404),
    ],
)
def test_what_contradicts_the_pool_is_refused(
    service: Service, pool: FakeUserPool, method: str, path: str, body: Any, status_code: int
) -> None:
    assert _ask(service, method, path, body).status_code == status_code
    assert _people(service) == {ADMIN: ("admin", "active")}


@pytest.mark.parametrize(
    "email",
    ["carl@example", "carl@example,com", "carl doe@example.com", "carl@example.com.",
     "@example.com", "<b>carl@example.com", "carl@exämple.com", "carl@@example.com",
     "carl@example..com"],
)  # fmt: skip
def test_a_mistyped_address_gets_an_example_instead_of_a_pattern(
    service: Service, pool: FakeUserPool, email: str
) -> None:
    response = _ask(service, "POST", "/people", {"email": email, "role": "viewer"})

    assert response.status_code == 422
    (error,) = response.json["errors"]
    assert error["param"] == "email"
    assert "such as mia@example.com" in error["message"]


def test_the_role_that_a_person_has_already_is_no_change(
    service: Service, pool: FakeUserPool
) -> None:
    before = _history(service, ADMIN)

    response = _ask(service, "PATCH", f"/people/{ADMIN}", {"role": "admin"})

    assert (response.status_code, response.json["role"]) == (200, "admin")
    assert _history(service, ADMIN) == before


def test_an_address_is_kept_in_lower_case(service: Service, pool: FakeUserPool) -> None:
    sent = {"email": " Lee.Doe+1@Example.COM ", "role": "viewer"}

    assert _ask(service, "POST", "/people", sent).json["email"] == "lee.doe+1@example.com"


def test_two_changes_of_people_are_not_made_at_once(service: Service, pool: FakeUserPool) -> None:
    store = service.operator_api.people.history_store
    assert store.lock(datetime.now(UTC))

    assert _ask(service, "DELETE", f"/people/{ADMIN}").status_code == 409

    assert store.lock(datetime.now(UTC) + timedelta(seconds=31))
    store.unlock()
    assert store.lock(datetime.now(UTC))


def test_the_console_alone_reports_that_a_person_signed_in(
    service: Service, pool: FakeUserPool
) -> None:
    path = f"/people/{ADMIN}/signed-in"

    assert _ask(service, "POST", path, role="viewer").status_code == 204
    assert service.as_person("GET", "/people").status_code == 403
    (person,) = _ask(service, "GET", "/people").json["people"]
    assert person["last_sign_in_at"]
    assert _history(service, ADMIN) == [("signed in", {})]
    assert _ask(service, "GET", "/history").json["history"] == []


@pytest.mark.parametrize(
    ("days", "is_enabled", "has_come", "status"),
    [
        (0, True, False, PersonStatus.INVITED),
        (2.99, True, False, PersonStatus.INVITED),
        (3, True, False, PersonStatus.EXPIRED),
        (3, True, True, PersonStatus.ACTIVE),
        (3, False, True, PersonStatus.DISABLED),
        (0, False, False, PersonStatus.DISABLED),
    ],
)
def test_an_invitation_expires_after_three_days(
    days: float, is_enabled: bool, has_come: bool, status: PersonStatus
) -> None:
    person = Person(
        email=ADMIN, role=None, is_enabled=is_enabled, has_come=has_come, invited_at=NOW
    )

    assert person.status(NOW + timedelta(days=days)) is status
