"""The console's sessions, on the table of the synthesized template."""

import base64
from dataclasses import replace

import pytest

from shared.stores.sessions import (
    IDLE_SECONDS,
    MAX_SESSION_SECONDS,
    Session,
    SessionStore,
)
from tests.integration.service import Service


class _SessionClock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def session_clock() -> _SessionClock:
    return _SessionClock()


@pytest.fixture
def store(service: Service, session_clock: _SessionClock) -> SessionStore:
    return SessionStore(service.dynamodb, service.environment["SESSIONS_TABLE"], session_clock)


MIA = Session(email="mia@example.com", role="manager")


def test_a_session_is_found_by_its_token_until_it_ends(store: SessionStore) -> None:
    token = store.start(MIA)

    assert store.find(token) == MIA
    store.end(token)
    assert store.find(token) is None


def test_the_table_does_not_contain_the_token(store: SessionStore, service: Service) -> None:
    token = store.start(MIA)

    assert token not in str(
        service.dynamodb.scan(TableName=service.environment["SESSIONS_TABLE"])["Items"]
    )
    assert len(base64.urlsafe_b64decode(token + "=")) == 32


@pytest.mark.parametrize("token", ["", "made-up", "x" * 5000, "\udcff"])
def test_an_unknown_token_finds_no_session(store: SessionStore, token: str) -> None:
    store.start(MIA)

    assert store.find(token) is None


def test_a_session_ends_when_it_is_idle_for_too_long(
    store: SessionStore, session_clock: _SessionClock
) -> None:
    token = store.start(MIA)

    session_clock.now += IDLE_SECONDS - 1
    assert store.find(token) == MIA
    session_clock.now += IDLE_SECONDS - 1
    assert store.find(token) == MIA
    session_clock.now += IDLE_SECONDS + 1
    assert store.find(token) is None


def test_a_session_ends_after_twelve_hours_of_use(
    store: SessionStore, session_clock: _SessionClock
) -> None:
    token = store.start(MIA)
    started = session_clock.now

    while session_clock.now < started + MAX_SESSION_SECONDS - 3600:
        session_clock.now += 3600
        assert store.find(token) == MIA
    session_clock.now = started + MAX_SESSION_SECONDS
    assert store.find(token) is None


def test_a_session_keeps_its_refresh_token_which_the_table_does_not_show(
    store: SessionStore, service: Service
) -> None:
    token = store.start(replace(MIA, refresh_token="refresh-7f3a", subject="sub-1"))
    again = store.start(replace(MIA, refresh_token="refresh-7f3a"))

    session = store.find(token)

    assert session
    assert (session.refresh_token, session.subject) == ("refresh-7f3a", "sub-1")
    assert "refresh-7f3a" not in repr(session)
    items = service.dynamodb.scan(TableName=service.environment["SESSIONS_TABLE"])["Items"]
    assert "refresh-7f3a" not in str(items)
    assert len({item["refresh_token"]["B"] for item in items}) == 2
    assert store.find(again) == MIA


def test_only_one_of_two_requests_checks_a_session(
    store: SessionStore, session_clock: _SessionClock
) -> None:
    token = store.start(MIA)
    session = store.find(token)
    assert session
    later = session_clock.now + 60

    assert store.claim_check(token, session, later)
    assert not store.claim_check(token, session, later + 1)

    found = store.find(token)
    assert found
    assert (found.checked_at, found.asked_at) == (session_clock.now, later)


def test_a_check_stores_the_role_of_now(store: SessionStore, session_clock: _SessionClock) -> None:
    token = store.start(MIA)
    session = store.find(token)
    assert session
    later = session_clock.now + 60
    store.claim_check(token, session, later)

    assert store.confirm(token, replace(session, role="viewer", asked_at=later))

    found = store.find(token)
    assert found
    assert (found.role, found.checked_at, found.asked_at) == ("viewer", later, later)


def test_an_outdated_check_and_one_of_an_ended_session_store_nothing(store: SessionStore) -> None:
    token = store.start(MIA)
    session = store.find(token)
    assert session

    assert not store.confirm(token, replace(session, role="viewer", asked_at=1.5))
    assert store.find(token) == MIA
    store.end(token)
    assert not store.claim_check(token, session, session.asked_at + 60)
    assert not store.confirm(token, session)
    assert store.find(token) is None
