"""Where the functions' clients take their credentials from."""

from collections.abc import Iterator

import pytest

from shared import aws


@pytest.fixture(autouse=True)
def _sessions_of_its_own() -> Iterator[None]:
    aws._session.cache_clear()
    yield
    aws._session.cache_clear()


def test_credentials_are_those_that_lambda_puts_into_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")

    credentials = aws._session().get_credentials()

    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key) == ("id", "secret")
    assert credentials.token == "token"


def test_nobody_is_asked_for_credentials_where_the_environment_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    # Where botocore's own search would look next.
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/credentials")

    assert aws._session().get_credentials() is None
