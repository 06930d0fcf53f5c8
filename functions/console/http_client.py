"""Sends the console's HTTP requests, signed with its role's credentials where AWS needs that."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ConnectionClosedError, HTTPClientError
from botocore.httpsession import URLLib3Session

TIMEOUT_SECONDS = (2, 12)
"""Time to connect and time to respond. Two requests in a row fit within the gateway's limit."""

SLOW_TIMEOUT_SECONDS = (2, 26)
"""Timeouts of the one slow request: forgetting a caller takes 10 to 24 seconds. It must be the only
request, since it leaves nothing of the function's 29 seconds."""

_session = URLLib3Session(timeout=TIMEOUT_SECONDS)  # type: ignore[arg-type]  # takes a pair too


class NoResponse(Exception):
    """The server did not respond in time."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response of another service to the console."""

    status_code: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def members(self) -> dict[str, Any]:
        """The members of a JSON object; empty if the body is anything else."""
        try:
            members = json.loads(self.body)
        except ValueError:
            return {}
        return members if isinstance(members, dict) else {}


def send(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    signed_for: str | None = None,
    timeout: tuple[float, float] | None = None,
) -> HttpResponse:
    """Send a request, signed for the AWS service that `signed_for` names. Raises NoResponse.

    `timeout` has the seconds to connect and to respond, if they are not TIMEOUT_SECONDS.
    """
    session = _session_with(timeout) if timeout else _session
    try:
        return _send(session, method, url, body, headers or {}, signed_for)
    except ConnectionClosedError as error:
        # The server may have closed an idle connection. Only a GET is safe to retry.
        if method != "GET":
            raise NoResponse(type(error).__name__) from error
    except (HTTPClientError, BotoCoreError, OSError) as error:
        raise NoResponse(type(error).__name__) from error
    try:
        return _send(session, method, url, body, headers or {}, signed_for)
    except (HTTPClientError, BotoCoreError, OSError) as error:
        raise NoResponse(type(error).__name__) from error


def region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


@cache
def _session_with(timeout: tuple[float, float]) -> URLLib3Session:
    return URLLib3Session(timeout=timeout)  # type: ignore[arg-type]  # takes a pair too


def _send(
    session: URLLib3Session,
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    signed_for: str | None,
) -> HttpResponse:
    request = AWSRequest(method, url, data=body, headers=dict(headers))
    if signed_for:
        credentials = Credentials(
            os.environ.get("AWS_ACCESS_KEY_ID", ""),
            os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            os.environ.get("AWS_SESSION_TOKEN"),
        )
        SigV4Auth(credentials, signed_for, region()).add_auth(request)
    response = session.send(request.prepare())
    received = {name.lower(): value for name, value in response.headers.items()}
    return HttpResponse(response.status_code, response.content, received)
