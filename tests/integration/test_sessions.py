"""The console's sessions and sign-ins, on the table of the synthesized template."""

import base64

import pytest

from shared.stores.sessions import (
    IDLE_SECONDS,
    MAX_SESSION_SECONDS,
    SIGN_IN_SECONDS,
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


def test_a_sign_in_is_finished_once(store: SessionStore) -> None:
    token, sign_in = store.begin_sign_in("/log")

    assert store.finish_sign_in(token, "another state") is None
    assert store.finish_sign_in(token, sign_in.state) == sign_in
    assert store.finish_sign_in(token, sign_in.state) is None


def test_an_old_sign_in_is_unknown(store: SessionStore, session_clock: _SessionClock) -> None:
    token, sign_in = store.begin_sign_in("/log")

    session_clock.now += SIGN_IN_SECONDS + 1
    assert store.finish_sign_in(token, sign_in.state) is None
    assert store.find(token) is None
