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
    headers_sent: dict[str, str] = {}  # noqa: RUF012  # each test sets its own
    by_path: dict[str, Any] = {}  # noqa: RUF012  # each test sets its own
    requests: list[SentRequest] = []  # noqa: RUF012  # each test starts with none

    @classmethod
    def reset(cls, address: str) -> None:
        cls.address, cls.response, cls.delay_seconds = address, (200, b"{}"), 0.0
        cls.by_path, cls.requests, cls.headers_sent = {}, [], {}

    @classmethod
    def respond_with(cls, members: Any, status_code: int = 200) -> None:
        cls.response = (status_code, json.dumps(members).encode())

    @classmethod
    def sign_in(cls, claims: dict[str, Any], status_code: int = 200) -> None:
        """Respond as Cognito's token endpoint does, with an ID token of these claims."""
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        tokens = {"id_token": f"header.{payload}.signature", "refresh_token": "refresh-1"}
        error = {"error": "invalid_grant" if status_code == 400 else "server_error"}
        cls.by_path = {
            "/": {"UserPoolClient": {"ClientSecret": "secret"}},
            **cls.by_path,
            "/oauth2/token": (status_code, tokens if status_code == 200 else error),
        }

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self.requests.append(SentRequest(self.command, self.path, dict(self.headers), body))
        time.sleep(self.delay_seconds)
        status_code, content = self.response
        for start, found in self.by_path.items():
            if self.path.startswith(start) and (start != "/" or self.path == start):
                status_code, members = found if isinstance(found, tuple) else (200, found)
                content = json.dumps(members).encode()
        if not status_code:
            time.sleep(NEVER_RESPONDS_SECONDS)
            return
        self.send_response(status_code)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
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
        token = self.start_session(role)
        return self.send(path, query, f"__Host-session={token}", method=method, body=body)

    def start_session(self, role: str = MANAGER, **values: Any) -> str:
        """Return the token of a new session."""
        session = Session(email="mia@example.com", role=role, **values)
        return str(self.handler.app.sessions.start(session))

    def send(
        self,
        path: str,
        query: str = "",
        cookie: str = "",
        *,
        method: str = "GET",
        body: str = "",
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send a request with these cookies, and return the response as `request` does."""
        own = {"sec-fetch-site": "same-origin", "accept-encoding": "gzip"}
        response: dict[str, Any] = self.handler.lambda_handler(
            {
                "requestContext": {
                    "http": {"method": method, "sourceIp": "203.0.113.9"}, "requestId": "r-1",
                },
                "rawPath": path,
                "rawQueryString": query,
                "headers": own | (headers or {}),
                "cookies": cookie.split("; ") if cookie else [],
                "body": body,
            },
            None,
        )  # fmt: skip
        if response.get("isBase64Encoded"):
            compressed = base64.b64decode(response["body"])
            response["transferred"] = len(compressed)
            response["body"] = gzip.decompress(compressed).decode()
        return response

    def claims(self, **given: Any) -> dict[str, Any]:
        """Return the claims of Ana's ID token."""
        settings = self.handler.settings
        return {
            "iss": settings.user_pool_issuer, "aud": settings.user_pool_client_id,
            "token_use": "id", "exp": time.time() + 300, "email": "ana@example.com",
            "sub": "sub-ana", **given,
        }  # fmt: skip

    def items(self) -> list[dict[str, Any]]:
        """Return the items of the table of sessions."""
        sessions = self.handler.app.sessions
        items: list[dict[str, Any]] = sessions._client.scan(TableName=sessions._table)["Items"]
        return items

    def get(self, path: str, query: str = "", **options: Any) -> dict[str, Any]:
        return self.request(path, query=query, **options)

    def post(self, path: str, body: str = "", **options: Any) -> dict[str, Any]:
        return self.request(path, method="POST", body=body, **options)
