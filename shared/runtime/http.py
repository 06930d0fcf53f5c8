"""HTTP on Lambda: reads the gateway's events (payload format 2.0) and makes responses. `Edge` logs,
counts and answers every refusal and failure of the APIs with keys."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from shared.domain.errors import InvalidInput, Problem, Refusal
from shared.runtime import observability

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

Event = Mapping[str, Any]
Response = dict[str, Any]

UNAVAILABLE = 503

_PREFLIGHT_SECONDS = "86400"
_HEADER_NAMES = r"(?a)[\w!#$%&'*+.^`|~, -]{1,1000}"

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",  # keys are credentials, and a response is about one caller
    "X-Content-Type-Options": "nosniff",
}


def method(event: Event) -> str:
    return str(event["requestContext"]["http"]["method"])


def route_path(event: Event) -> str:
    """Return the path of the gateway's route, such as /a/{b}, or "$default".

    Unlike the requested path, it has no prefix that a custom domain maps.
    """
    return str(event.get("routeKey", "$default")).rpartition(" ")[2]


def path_parameters(event: Event) -> Mapping[str, str]:
    """Return the values of the names in braces in the route's path."""
    return event.get("pathParameters") or {}


def request_id(event: Event) -> str:
    return str(event["requestContext"]["requestId"])


def sender(event: Event) -> str:
    """Return the IP address that the gateway received the request from; "" if it is unknown."""
    return str(event["requestContext"]["http"].get("sourceIp", ""))


def identity(event: Event) -> str:
    """Return the ARN of the request's signer, verified by the gateway; "" if it is unknown."""
    iam = event["requestContext"].get("authorizer", {}).get("iam", {})
    return str(iam.get("userArn", ""))


def body(event: Event) -> bytes:
    """Return the body's bytes. Raises InvalidInput if the gateway's Base64 is invalid."""
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return bytes(text.encode("utf-8", "surrogatepass"))
    try:
        return base64.b64decode(text)
    except ValueError as error:
        raise InvalidInput(Problem(None, "the body is not valid Base64")) from error


def response(
    status_code: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> Response:
    """Make a response in payload format 2.0, as compact JSON in UTF-8."""
    return {
        "statusCode": status_code,
        "headers": {"Content-Type": "application/json", **HEADERS, **(headers or {})},
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    }


def error_body(problems: Iterable[Problem], request_id: str) -> dict[str, Any]:
    """Make the body of an error response, the same in all APIs."""
    return {
        "status": "error",
        "errors": [{"param": p.param, "message": p.message} for p in problems],
        "request_id": request_id,
    }


def preflight_response(
    event: Event, methods: Iterable[str], *, with_credentials: bool = False
) -> Response:
    """Make the response to an OPTIONS request, which browsers send before some requests (CORS)."""
    response: Response = {"statusCode": 204}
    sent = event.get("headers", {})
    if "origin" not in sent:
        return response
    # The asterisk includes neither Authorization nor, with credentials, any other header.
    allowed = ["*", "authorization"]
    requested = sent.get("access-control-request-headers", "")
    if re.fullmatch(_HEADER_NAMES, requested):
        allowed.append(requested)
    response["headers"] = {
        "Access-Control-Allow-Methods": ",".join(methods),
        "Access-Control-Allow-Headers": ",".join(allowed),
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
    return allow_origin(event, response, with_credentials=with_credentials)


def allow_origin(event: Event, response: Response, *, with_credentials: bool = False) -> Response:
    """Let scripts of the page that sent a request read its response, whatever the page's origin.

    With credentials, the Fetch standard requires the origin instead of an asterisk. It is sent for
    web pages only: the origin "null" is shared by all sandboxed frames and files.
    """
    origin = event.get("headers", {}).get("origin")
    if origin is None:
        return response
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
    if with_credentials and origin.startswith(("https://", "http://")):
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Credentials"] = "true"
    headers["Vary"] = "Origin"
    return response | {"headers": response.get("headers", {}) | headers}


class Edge:
    """Runs an API's requests. Each refusal and each failure is logged, counted and answered here.

    `subject` names a request in log messages. `count` counts a refusal, or a failure (None).
    `headers` returns a refusal's response headers. `unavailable` is the message of a 503.
    `error_id` returns the ID in the error body of a refusal, or of a failure (None).
    """

    def __init__(
        self,
        subject: str,
        *,
        logger: "Logger",
        status_codes: Mapping[type[Refusal], int],
        count: Callable[[Event, Refusal | None], None],
        headers: Callable[[Event, Refusal], Mapping[str, str]],
        unavailable: str,
        retry_after_seconds: int,
        error_id: Callable[[Event, Refusal | None], str] = lambda event, _: request_id(event),
    ) -> None:
        self._refused, self._failed = f"{subject} refused", f"{subject} failed"
        self._logger = logger
        self._status_codes = status_codes
        self._count = count
        self._headers = headers
        self._unavailable = Problem(None, unavailable)
        self._error_id = error_id
        self._retry_after = {"Retry-After": str(retry_after_seconds)}

    def run(self, event: Event, handle: Callable[[Event], Response]) -> Response:
        """Return the response of `handle`, or the error response for what it raises."""
        try:
            return handle(event)
        except Exception as error:  # noqa: BLE001  # the sender must know that it has to retry
            if isinstance(error, Refusal) and type(error) in self._status_codes:
                return self._refuse(event, error)
            return self._fail(event, error)

    def _refuse(self, event: Event, refusal: Refusal) -> Response:
        status_code = self._status_codes[type(refusal)]
        self._logger.info(
            self._refused,
            outcome="refused",
            status_code=status_code,
            reason=type(refusal).__name__,
            params=observability.tag_names({p.param for p in refusal.problems if p.param}),
        )
        self._count(event, refusal)
        body = error_body(refusal.problems, self._error_id(event, refusal))
        return response(status_code, body, self._headers(event, refusal))

    def _fail(self, event: Event, error: Exception) -> Response:
        self._logger.error(
            self._failed,
            outcome="failed",
            status_code=UNAVAILABLE,
            **observability.describe(error),
        )
        self._count(event, None)
        body = error_body([self._unavailable], self._error_id(event, None))
        return response(UNAVAILABLE, body, self._retry_after)
