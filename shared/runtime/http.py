"""HTTP on Lambda, the same for every function: what a gateway's event says (payload format 2.0),
and the form of an answer: its headers, and an error's body."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.errors import InvalidInput, Problem

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",  # keys are credentials, and an answer is one caller's
    "X-Content-Type-Options": "nosniff",
}


def method(event: Mapping[str, Any]) -> str:
    return str(event["requestContext"]["http"]["method"])


def route_path(event: Mapping[str, Any]) -> str:
    """The path of the route that the gateway took, such as /a/{b}; "$default" for none of its own.

    Unlike the path that was asked for, it does not begin with what a custom domain maps.
    """
    return str(event.get("routeKey", "$default")).rpartition(" ")[2]


def path_parameters(event: Mapping[str, Any]) -> Mapping[str, str]:
    """What stands in the path for the names in braces of its route."""
    return event.get("pathParameters") or {}


def request_id(event: Mapping[str, Any]) -> str:
    return str(event["requestContext"]["requestId"])


def sender(event: Mapping[str, Any]) -> str:
    """The address that the gateway saw the request come from; "" if it does not say."""
    return str(event["requestContext"]["http"].get("sourceIp", ""))


def identity(event: Mapping[str, Any]) -> str:
    """Who has signed the request, by the gateway's authorizer: an ARN; "" if it does not say."""
    iam = event["requestContext"].get("authorizer", {}).get("iam", {})
    return str(iam.get("userArn", ""))


def asked_by(event: Mapping[str, Any], console_role: str) -> str:
    """Who has asked: who signed, or the person whom the console, by its role, asks for."""
    signer = identity(event)
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    person = str(headers.get("x-asked-by", ""))[:320]
    is_console = f":assumed-role/{console_role}/" in signer or signer.endswith(
        f":role/{console_role}"
    )
    return person if is_console and person else signer


def body(event: Mapping[str, Any]) -> bytes:
    """The body as it was sent. Raises InvalidInput for what is not the Base64 it is said to be."""
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return bytes(text.encode("utf-8", "surrogatepass"))
    try:
        return base64.b64decode(text)
    except ValueError as error:
        raise InvalidInput(
            Problem(None, "the body is not the Base64 that it is said to be")
        ) from error


def response(
    status_code: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An answer in payload format 2.0, as compact JSON in UTF-8."""
    return {
        "statusCode": status_code,
        "headers": {"Content-Type": "application/json", **HEADERS, **(headers or {})},
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    }


def error_body(problems: Iterable[Problem], request_id: str) -> dict[str, Any]:
    """What every error says, whichever function it comes from."""
    return {
        "status": "error",
        "errors": [{"param": p.param, "message": p.message} for p in problems],
        "request_id": request_id,
    }
