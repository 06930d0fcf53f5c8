"""How errors of the AWS SDK are explained."""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)

from cli import errors
from cli.errors import CliError, Unreachable


def explain(error: BotoCoreError | ClientError) -> CliError:
    return errors.explain(error, to_what="read the outputs", policy="OperatorPolicy")


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NoCredentialsError(), "No AWS credentials found."),
        (NoRegionError(), "No AWS region found."),
        (ProfileNotFound(profile="x"), "The config profile (x) could not be found."),
        (UnauthorizedSSOTokenError(), "Your AWS sign-in has expired."),
        (client_error("ExpiredToken"), "Your AWS credentials have expired."),
        (client_error("InvalidClientTokenId"), "AWS does not recognize your access key."),
        (client_error("SignatureDoesNotMatch"), "AWS rejected your signature."),
    ],
)
def test_an_error_comes_with_advice(error: BotoCoreError | ClientError, message: str) -> None:
    explained = explain(error)

    assert explained.message == message
    assert explained.advice


def test_denied_access_names_the_action_and_the_policy_that_allows_it() -> None:
    error = explain(client_error("AccessDenied"))

    assert error.message == "Access denied: your AWS identity is not allowed to read the outputs."
    assert "Attach the stack's policy OperatorPolicy" in error.advice[0]


def test_an_unreachable_endpoint_is_a_temporary_error() -> None:
    error = explain(EndpointConnectionError(endpoint_url="https://example.com"))

    assert isinstance(error, Unreachable)
    assert "https://example.com" in error.message


@pytest.mark.parametrize("error", [client_error("Odd"), BotoCoreError()])
def test_any_other_error_has_a_message(error: BotoCoreError | ClientError) -> None:
    assert explain(error).message
