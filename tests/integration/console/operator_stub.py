"""A stub of the operator API, and requests to the console's function as a signed-in person."""

import base64
import gzip
import json
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from types import ModuleType
from typing import Any

from shared.stores.sessions import MANAGER, Session

NEVER_RESPONDS_SECONDS = 3


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request that the console sent to the operator API."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class OperatorStub(BaseHTTPRequestHandler):
    """Responds with `response`, a status code and a body; with the code 0 it never responds.

    `by_path` has other responses by the start of the path: members, or a status code and members.
    """

    address = ""
    response: tuple[int, bytes] = (200, b"{}")
    delay_seconds = 0.0
    by_path: dict[str, Any] = {}  # noqa: RUF012  # each test sets its own
    requests: list[SentRequest] = []  # noqa: RUF012  # each test starts with none

    @classmethod
    def reset(cls, address: str) -> None:
        cls.address, cls.response, cls.delay_seconds = address, (200, b"{}"), 0.0
        cls.by_path, cls.requests = {}, []

    @classmethod
    def respond_with(cls, members: Any, status_code: int = 200) -> None:
        cls.response = (status_code, json.dumps(members).encode())

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.requests.append(SentRequest(self.command, self.path, dict(self.headers), body))
        time.sleep(self.delay_seconds)
        status_code, content = self.response
        for start, found in self.by_path.items():
            if self.path.startswith(start):
                status_code, members = found if isinstance(found, tuple) else (200, found)
                content = json.dumps(members).encode()
        if not status_code:
            time.sleep(NEVER_RESPONDS_SECONDS)
            return
        self.send_response(status_code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815  # as the library names it

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@dataclass(frozen=True, slots=True)
class Console:
    """The console's function, with a session for each request."""

    handler: ModuleType

    def request(
        self,
        path: str,
        *,
        method: str = "GET",
        role: str = MANAGER,
        body: str = "",
        query: str = "",
    ) -> dict[str, Any]:
        """Return the response, with its body as text and `transferred`, its compressed size."""
        token = self.handler.app.sessions.start(Session(email="mia@example.com", role=role))
        response: dict[str, Any] = self.handler.lambda_handler(
            {
                "requestContext": {"http": {"method": method}, "requestId": "r-1"},
                "rawPath": path,
                "rawQueryString": query,
                "headers": {"sec-fetch-site": "same-origin", "accept-encoding": "gzip"},
                "cookies": [f"__Host-session={token}"],
                "body": body,
            },
            None,
        )
        if response.get("isBase64Encoded"):
            compressed = base64.b64decode(response["body"])
            response["transferred"] = len(compressed)
            response["body"] = gzip.decompress(compressed).decode()
        return response

    def get(self, path: str, query: str = "", **options: Any) -> dict[str, Any]:
        return self.request(path, query=query, **options)

    def post(self, path: str, body: str = "", **options: Any) -> dict[str, Any]:
        return self.request(path, method="POST", body=body, **options)
