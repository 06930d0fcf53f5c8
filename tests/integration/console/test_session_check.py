"""A session follows its person: what Cognito says about them once a minute."""

import time
from itertools import pairwise
from typing import Any

import pytest

from functions.console.session_check import SessionCheck
from shared.domain.session_checks import CHECK_SECONDS
from shared.stores.sessions import Session
from tests.integration.console.operator_stub import Console, OperatorStub

PAUSE: dict[str, Any] = {"path": "/keys/pbk_a/pause", "method": "POST"}
READ: dict[str, Any] = {"path": "/platform-keys"}


def _session(console: Console, role: str = "manager", age: float = 61, **values: Any) -> str:
    """Return the cookie of a session that was checked this many seconds ago."""
    then = time.time() - age
    given = {"subject": "sub-ana", "refresh_token": "refresh-1"} | values
    return f"__Host-session={console.start_session(role, checked_at=then, asked_at=then, **given)}"


def _checks(cognito: type[OperatorStub]) -> list[str]:
    return [each.body for each in cognito.requests if each.path == "/oauth2/token"]


def _changes(api: type[OperatorStub]) -> int:
    return len([each for each in api.requests if each.path.startswith("/postback-keys")])


@pytest.fixture
def cognito(operator_api: type[OperatorStub]) -> type[OperatorStub]:
    operator_api.respond_with({"platform_keys": [], "next_cursor": None})
    return operator_api


def test_a_session_is_checked_once_a_minute(console: Console, cognito: type[OperatorStub]) -> None:
    cognito.sign_in(console.claims(**{"cognito:groups": ["managers"]}))
    cookie = _session(console)

    for _ in range(3):
        assert console.send(**READ, cookie=cookie)["statusCode"] == 200
    assert console.send(**PAUSE, cookie=cookie)["statusCode"] == 303

    (check,) = _checks(cognito)
    assert "grant_type=refresh_token" in check
    assert "refresh_token=refresh-1" in check


def test_many_requests_of_five_minutes_check_each_session_once_a_minute(console: Console) -> None:
    start = time.time()
    clock, asked = [start], list[tuple[str, float]]()

    def ask(session: Session) -> Session:
        asked.append((session.email, clock[0] - start))
        return session

    store = console.handler.app.sessions
    people = ("ana@example.com", "lee@example.com")
    tokens = [
        store.start(Session(email=each, role="manager", checked_at=start, asked_at=start))
        for each in people
    ]
    checks = [SessionCheck(store, ask, now=lambda: clock[0]) for _ in range(4)]  # processes
    for second in range(1, 301, 7):
        clock[0] = start + second
        for check in checks:
            for token in tokens:
                assert check.load(token, is_change=False)
                assert check.load(token, is_change=True)

    for person in people:
        times = [at for email, at in asked if email == person]
        gaps = [after - before for before, after in pairwise([0.0, *times])]
        assert len(times) >= 4
        assert min(gaps) >= CHECK_SECONDS


def test_a_new_session_is_not_checked(console: Console, cognito: type[OperatorStub]) -> None:
    cookie = _session(console, age=40)

    assert console.send(**READ, cookie=cookie)["statusCode"] == 200
    assert console.send(**PAUSE, cookie=cookie)["statusCode"] == 303
    assert _checks(cognito) == []


@pytest.mark.parametrize(
    ("groups", "status_code"),
    [(["viewers"], 403), (["managers"], 303), (["admins", "viewers"], 303)],
)
def test_a_change_needs_the_role_of_now(
    console: Console, cognito: type[OperatorStub], groups: list[str], status_code: int
) -> None:
    cognito.sign_in(console.claims(**{"cognito:groups": groups}))

    response = console.send(**PAUSE, cookie=_session(console))

    assert response["statusCode"] == status_code
    assert _changes(cognito) == (status_code == 303)


def test_a_viewer_who_became_a_manager_may_make_changes(
    console: Console, cognito: type[OperatorStub]
) -> None:
    cognito.sign_in(console.claims(**{"cognito:groups": ["managers"]}))

    assert console.send(**PAUSE, cookie=_session(console, "viewer"))["statusCode"] == 303


@pytest.mark.parametrize(
    ("claims", "status_code"),
    [
        ({"cognito:groups": ["managers"]}, 400),  # disabled, deleted, or signed out everywhere
        ({"cognito:groups": ["others"]}, 200),
        ({}, 200),
        ({"cognito:groups": ["managers"], "sub": "sub-of-another"}, 200),
        ({"cognito:groups": ["managers"], "aud": "another-client"}, 200),
    ],
)
def test_a_session_ends_when_its_person_lost_access(
    console: Console, cognito: type[OperatorStub], claims: dict[str, Any], status_code: int
) -> None:
    cognito.sign_in(console.claims(**claims), status_code)
    cookie = _session(console)

    assert console.send(**PAUSE, cookie=cookie)["statusCode"] == 401
    assert console.send(**READ, cookie=cookie)["statusCode"] == 303
    assert console.items() == []
    assert _changes(cognito) == 0


@pytest.mark.parametrize("status_code", [0, 401, 429, 500, 503])
def test_while_cognito_fails_a_session_may_look_but_change_nothing(
    console: Console,
    cognito: type[OperatorStub],
    status_code: int,
) -> None:
    cognito.sign_in(console.claims(**{"cognito:groups": ["managers"]}), status_code)
    cookie = _session(console)

    read = console.send(**READ, cookie=cookie)
    change = console.send(**PAUSE, cookie=cookie)

    assert read["statusCode"] == 200
    assert change["statusCode"] == 503
    assert "No changes are possible right now" in change["body"]
    assert "Nothing was changed" in change["body"]
    assert _changes(cognito) == 0
    assert len(_checks(cognito)) == 1


def test_a_session_of_the_previous_release_ends_after_a_minute(
    console: Console, cognito: type[OperatorStub]
) -> None:
    cookie = _session(console, refresh_token="")

    assert console.send(**READ, cookie=cookie)["statusCode"] == 303
    assert _checks(cognito) == []


def test_a_change_near_the_end_of_the_minute_waits_for_the_next_check(
    console: Console, cognito: type[OperatorStub]
) -> None:
    cognito.sign_in(console.claims(**{"cognito:groups": ["viewers"]}))

    assert console.send(**PAUSE, cookie=_session(console, age=59))["statusCode"] == 403
    assert len(_checks(cognito)) == 1
