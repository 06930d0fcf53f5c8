"""The events that AWS sends to the functions, made from what matters in a test."""

import base64
import itertools
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from shared.domain import platform_keys
from shared.domain.platform_keys import PlatformKey

NOON = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
"""The default time of a test."""

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)

_request_numbers = itertools.count(1)
_caller_numbers = itertools.count(5_550_000_001)


def new_caller_number() -> str:
    return f"+1{next(_caller_numbers)}"


def http(
    method: str,
    path: str,
    query: str = "",
    *,
    at: datetime = NOON,
    body: str | bytes | None = None,
    content_type: str | None = None,
) -> dict[str, Any]:
    """Return a request as the HTTP API sends it, in payload format 2.0."""
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example.com"},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "203.0.113.7"},
            "requestId": f"request-{next(_request_numbers):06}=",
            "stage": "$default",
            "timeEpoch": round(at.timestamp() * 1000),
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if content_type:
        event["headers"]["content-type"] = content_type
    if body is not None:
        event["body"] = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return event


def platform(
    method: str,
    path: str,
    key: str | None,
    members: Mapping[str, Any] | None = None,
    *,
    at: datetime = NOON,
) -> dict[str, Any]:
    """Return a campaign platform's request, with the gateway's route for its path."""
    body = None if members is None else json.dumps(members, default=datetime.isoformat)
    event = http(method, path, at=at, body=body, content_type="application/json" if body else None)
    if key is not None:
        event["headers"]["authorization"] = f"Bearer {key}"
    return event | _platform_route(path)


_PLATFORM_ROUTES = {
    "/platform/calls": "",
    "/platform/calls/": "call_uuid+",
    "/platform/callers/": "caller_number",
    "/platform/callbacks/": "token",
    "/platform/": "proxy+",
}


def _platform_route(path: str) -> dict[str, Any]:
    if path in _PLATFORM_ROUTES and not path.endswith("/"):
        return {"routeKey": f"ANY {path}"}
    for start, name in _PLATFORM_ROUTES.items():
        if start.endswith("/") and path.startswith(start):
            value = unquote(path.removeprefix(start))
            return {
                "routeKey": f"ANY {start}{{{name}}}",
                "pathParameters": {name.rstrip("+"): value},
            }
    raise AssertionError(f"no route of the platform's: {path}")


def by_console(
    console_role: str,
    method: str,
    path: str,
    *,
    role: str = "viewer",
    email: str = "mia@example.com",
    body: Any = None,
    **query: str,
) -> dict[str, Any]:
    """Return a request of the console to the operator API on behalf of a person."""
    sent = None if body is None else json.dumps(body)
    event = http(method, path, body=sent, content_type="application/json" if sent else None)
    event["headers"] |= {
        "x-asked-by": email,
        "x-asked-role": role,
        "x-asked-from": "198.51.100.9",
    }
    signer = f"arn:aws:sts::123456789012:assumed-role/{console_role}/console"
    event["requestContext"]["authorizer"] = {"iam": {"userArn": signer}}
    return event | {"queryStringParameters": query}


def example_platform_key(credential: str, **changes: Any) -> PlatformKey:
    values: dict[str, Any] = {
        "platform_key_id": platform_keys.platform_key_id(credential),
        "name": "main",
        "digest": platform_keys.digest(credential),
        "paused": False,
        "created_at": NOON,
    }
    return PlatformKey(**values | changes)


def call_event(detail_type: str, **detail: Any) -> str:
    """Return one of the platform's events as the body of its message in the queue."""
    members = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in detail.items()
    }
    return json.dumps(
        {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": detail_type,
            "source": "campaign.platform",
            "detail": members,
        }
    )


def sqs(*bodies: str) -> dict[str, Any]:
    """Return a batch from the queue. The message IDs are m1, m2 and so on."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"receipt-{number}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:Queue",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies, 1)
        ]
    }
