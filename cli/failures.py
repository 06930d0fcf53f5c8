"""What can go wrong, told to a person: what happened, and what to do about it.

Failure
├── ApiRefusal      the operator API answered with an error
└── Unreachable     nothing answered, or not now; the same again may succeed
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

SIGN_IN = "Sign in again (for example, `aws sso login`), or renew your keys."

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"}
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_WRONG_SECRET = {"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature"}


class Failure(Exception):
    """`advice` are further lines for the person."""

    def __init__(self, message: str, *advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


class ApiRefusal(Failure):
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
            lines.append(f"request id {request_id}")
        super().__init__(message or f"The operator API refused it ({status_code}):", *lines)
        self.status_code = status_code


class Unreachable(Failure):
    pass


def access_denied(to_what: str, policy: str) -> Failure:
    return Failure(
        f"Access denied: your AWS identity may not {to_what}.",
        f"The stack's policy {policy} allows it. Have it attached to your role or user.",
        f"(Its ARN is the stack's output {policy}Arn.)",
    )


def explain(error: BotoCoreError | ClientError, *, to_what: str, policy: str) -> Failure:
    """What an error of the SDK means to a person who wanted `to_what`, which `policy` allows."""
    if isinstance(error, ClientError):
        return _explain_answer(error, to_what=to_what, policy=policy)
    for kinds, failure in _MEANINGS:
        if isinstance(error, kinds):
            return failure(error)
    return Failure(f"AWS could not be asked: {error}")


def _explain_answer(error: ClientError, *, to_what: str, policy: str) -> Failure:
    code = error.response.get("Error", {}).get("Code", "")
    if code in _EXPIRED:
        return Failure("Your AWS credentials have expired.", SIGN_IN)
    if code in _UNKNOWN:
        return Failure(
            "AWS does not know your access key.",
            "Does it belong to another account, or was it deleted?",
        )
    if code in _WRONG_SECRET:
        return Failure("AWS does not accept your signature.", "Is the secret key the right one?")
    if code in _DENIED:
        return access_denied(to_what, policy)
    return Failure(f"AWS refused: {error}")


def _problem_line(problem: Mapping[str, Any]) -> str:
    param, message = problem.get("param"), problem.get("message", "")
    return f"{param}: {message}" if param else str(message)


_MEANINGS: list[tuple[tuple[type[BotoCoreError], ...], Callable[[BotoCoreError], Failure]]] = [
    (
        (NoCredentialsError, PartialCredentialsError),
        lambda _: Failure(
            "There are no AWS credentials.",
            "Give them as for the AWS CLI: `aws configure`, `aws sso login`, --profile NAME, or",
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. For the service of `make run`: --local.",
        ),
    ),
    (
        (ProfileNotFound,),
        lambda error: Failure(f"{error}.", "`aws configure list-profiles` lists them."),
    ),
    (
        (NoRegionError,),
        lambda _: Failure("There is no AWS region.", "Give --region NAME, or set AWS_REGION."),
    ),
    (
        (SSOError, TokenRetrievalError),
        lambda error: Failure("Your AWS sign-in has expired.", SIGN_IN, str(error)),
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
        lambda error: Unreachable(f"AWS cannot be reached: {error}"),
    ),
]
