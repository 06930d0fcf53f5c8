"""HTTP requests to the embedded AWS, without a proxy, and sent exactly as given."""

import base64
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Response:
    status_code: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> dict[str, Any]:
        members: dict[str, Any] = json.loads(self.body)
        return members

    @property
    def status(self) -> str:
        """The member `status`, which says what happened to the tags."""
        status: str = self.json()["status"]
        return status

    @property
    def params(self) -> list[str | None]:
        """The parameters that the response's errors name."""
        return [error["param"] for error in self.json()["errors"]]


def send(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = _TIMEOUT_SECONDS,
) -> Response:
    """Send a request. Raises OSError or HTTPException without a response in `timeout` seconds."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    with closing(connection):
        connection.request(method, target, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return Response(response.status, response.headers, response.read())


def send_signed(
    method: str,
    url: str,
    *,
    credentials: Credentials,
    region: str,
    body: bytes | None = None,
    content_type: str = "application/json",
) -> Response:
    """Send a request with the AWS signature that an IAM route requires."""
    request = AWSRequest(method, url, data=body or b"")
    if body is not None:
        request.headers["Content-Type"] = content_type
    SigV4Auth(credentials, "execute-api", region).add_auth(request)
    return send(method, url, body=body, headers=dict(request.headers.items()))


def basic(user: str, password: str) -> str:
    """Return the Authorization header for HTTP Basic authentication."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
