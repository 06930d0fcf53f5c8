"""HTTP to the embedded AWS, and through no proxy: what is named is sent as it stands, with nothing
added."""

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
class Answer:
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
        """The member `status`: what a publisher is told became of the tags."""
        status: str = self.json()["status"]
        return status

    @property
    def params(self) -> list[str | None]:
        """The parameters that the answer's errors name."""
        return [error["param"] for error in self.json()["errors"]]


def send(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = _TIMEOUT_SECONDS,
) -> Answer:
    """Raises OSError or HTTPException where no answer comes within so many seconds."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    with closing(connection):
        connection.request(method, target, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def send_signed(
    method: str,
    url: str,
    *,
    credentials: Credentials,
    region: str,
    body: bytes | None = None,
    content_type: str = "application/json",
) -> Answer:
    """Send a request with the AWS signature that an IAM route asks for."""
    request = AWSRequest(method, url, data=body or b"")
    if body is not None:
        request.headers["Content-Type"] = content_type
    SigV4Auth(credentials, "execute-api", region).add_auth(request)
    return send(method, url, body=body, headers=dict(request.headers.items()))


def basic(user: str, password: str) -> str:
    """The header Authorization of HTTP's Basic authentication."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"
