"""What the SDK's errors mean to a person."""

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

from cli import failures
from cli.failures import Failure, Unreachable


def explain(error: BotoCoreError | ClientError) -> Failure:
    return failures.explain(error, to_what="read the outputs", policy="OperatorPolicy")


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NoCredentialsError(), "There are no AWS credentials."),
        (NoRegionError(), "There is no AWS region."),
        (ProfileNotFound(profile="x"), "The config profile (x) could not be found."),
        (UnauthorizedSSOTokenError(), "Your AWS sign-in has expired."),
        (refusal("ExpiredToken"), "Your AWS credentials have expired."),
        (refusal("InvalidClientTokenId"), "AWS does not know your access key."),
        (refusal("SignatureDoesNotMatch"), "AWS does not accept your signature."),
    ],
)
def test_an_error_is_told_with_what_to_do_about_it(
    error: BotoCoreError | ClientError, message: str
) -> None:
    failure = explain(error)

    assert failure.message == message
    assert failure.advice


def test_denied_access_names_what_and_the_policy_that_allows_it() -> None:
    failure = explain(refusal("AccessDenied"))

    assert failure.message == "Access denied: your AWS identity may not read the outputs."
    assert "OperatorPolicy allows it" in failure.advice[0]


def test_an_endpoint_that_does_not_answer_may_answer_later() -> None:
    failure = explain(EndpointConnectionError(endpoint_url="https://example.com"))

    assert isinstance(failure, Unreachable)
    assert "https://example.com" in failure.message


@pytest.mark.parametrize("error", [refusal("Odd"), BotoCoreError()])
def test_an_error_that_nobody_thought_of_is_still_no_traceback(
    error: BotoCoreError | ClientError,
) -> None:
    assert explain(error).message
