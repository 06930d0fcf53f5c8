"""Errors that the command line prints: what happened, and what to do about it.

CliError
├── ApiError       the API returned an error
└── Unreachable    no response, or a temporary error; a retry may succeed
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)

OPERATOR_POLICY = "OperatorPolicy"
PLATFORM_POLICY = "PlatformPolicy"

SIGN_IN = "Sign in again, for example with `aws sso login`, or renew your access keys."

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_WRONG_SECRET = {"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"}


class CliError(Exception):
    """An error with a message and lines of advice."""

    def __init__(self, message: str, *advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class ApiError(CliError):
    def __init__(
        self,
        status_code: int,
        problems: Sequence[Mapping[str, Any]] = (),
        *,
        message: str = "",
        request_id: str | None = None,
    ) -> None:
        lines = [_problem_line(problem) for problem in problems]
        if request_id:
            lines.append(f"Request ID: {request_id}")
        super().__init__(message or f"The operator API returned an error ({status_code}):", *lines)
        self.status_code = status_code


class Unreachable(CliError):
    pass


def access_denied(to_what: str, policy: str) -> CliError:
    return CliError(
        f"Access denied: your AWS identity is not allowed to {to_what}.",
        f"Attach the stack's policy {policy} to your role or user.",
        f"Its ARN is the stack output {policy}Arn.",
    )


def explain(error: BotoCoreError | ClientError, *, to_what: str, policy: str) -> CliError:
    """Translate an SDK error. `to_what` is the action that failed, which `policy` allows."""
    if isinstance(error, ClientError):
        return _explain_client_error(error, to_what=to_what, policy=policy)
    for kinds, failure in _MEANINGS:
        if isinstance(error, kinds):
            return failure(error)
    return CliError(f"The request to AWS failed: {error}")


def _explain_client_error(error: ClientError, *, to_what: str, policy: str) -> CliError:
    code = error.response.get("Error", {}).get("Code", "")
    if code in _EXPIRED:
        return CliError("Your AWS credentials have expired.", SIGN_IN)
    if code in _UNKNOWN:
        return CliError(
            "AWS does not recognize your access key.",
            "Check that the key has not been deleted and belongs to the right account.",
        )
    if code in _WRONG_SECRET:
        return CliError("AWS rejected your signature.", "Check your secret access key.")
    if code in _DENIED:
        return access_denied(to_what, policy)
    return CliError(f"AWS returned an error: {error}")


def _problem_line(problem: Mapping[str, Any]) -> str:
    param, message = problem.get("param"), problem.get("message", "")
    return f"{param}: {message}" if param else str(message)


_MEANINGS: list[tuple[tuple[type[BotoCoreError], ...], Callable[[BotoCoreError], CliError]]] = [
    (
        (NoCredentialsError, PartialCredentialsError),
        lambda _: CliError(
            "No AWS credentials found.",
            "Set them up as for the AWS CLI: `aws configure`, `aws sso login`, --profile NAME, or",
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. For the service of `make run`: --local.",
        ),
    ),
    (
        (ProfileNotFound,),
        lambda error: CliError(f"{error}.", "`aws configure list-profiles` lists your profiles."),
    ),
    (
        (NoRegionError,),
        lambda _: CliError("No AWS region found.", "Add --region NAME, or set AWS_REGION."),
    ),
    (
        (SSOError, TokenRetrievalError),
        lambda error: CliError("Your AWS sign-in has expired.", SIGN_IN, str(error)),
    ),
    (
        (
            EndpointConnectionError,
            ConnectTimeoutError,
            ConnectionClosedError,
            ReadTimeoutError,
            ProxyConnectionError,
            SSLError,
        ),
        lambda error: Unreachable(f"Cannot reach AWS: {error}"),
    ),
]
