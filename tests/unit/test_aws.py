"""The clients of AWS services: their credentials, user agent and parameters."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import botocore
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ParamValidationError
from urllib3 import HTTPResponse

from shared.runtime import aws
from tests import parameters


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


def test_no_other_source_of_credentials_is_tried_if_the_environment_has_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    # Where botocore's own search would look next.
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/credentials")

    assert aws._session().get_credentials() is None


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return aws.make_client("dynamodb")


def test_the_user_agent_names_the_service_and_the_sdk(client: Any) -> None:
    sent = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.headers["User-Agent"].decode())
        return AWSResponse(
            request.url, 200, HTTPHeaders(), HTTPResponse(BytesIO(b"{}"), preload_content=False)
        )

    client.meta.events.register("before-send", answer)
    client.put_item(TableName="a", Item={})

    assert sent[0].startswith(f"call-data-writing Botocore/{botocore.__version__}")


def test_the_tests_find_parameters_of_the_wrong_type(client: Any) -> None:
    parameters.check(client)

    with pytest.raises(ParamValidationError, match="pk"):
        client.get_item(TableName="a", Key={"pk": "not an attribute"})
