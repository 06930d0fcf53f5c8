"""The console in front of the real operator API, served on this machine."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.integration import events
from tests.integration.console.operator_stub import Console
from tests.integration.service import Service

OPERATOR = "arn:aws:sts::123456789012:assumed-role/Operators/lee"
"""Who signs the requests that are not the console's, such as those of the command line."""


@dataclass(frozen=True, slots=True)
class RealConsole:
    """`api_url` is the operator API's, and `requested` what it was asked for."""

    console: Console
    api_url: str
    requested: list[str]

    def reader(self, role: str) -> Callable[[str], dict[str, Any]]:
        """Return a function that gets an address as a person with this role."""

        def get(address: str) -> dict[str, Any]:
            parts = urlsplit(address)
            return self.console.get(unquote(parts.path), parts.query, role=role)

        return get


@contextmanager
def operator_api(service: Service, requested: list[str]) -> Iterator[str]:
    """Serve the operator API. Requests with the console's headers are signed by the console."""
    one_at_a_time = Lock()

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested.append(self.path)
            sent = self.rfile.read(int(self.headers["Content-Length"] or 0))
            event = self._event(json.loads(sent) if sent else None)
            with one_at_a_time:
                response = service.request(event, function="operator_api")
            self.send_response(response.status_code)
            body = response.text.encode()
            self.send_header("Content-Type", response.headers.get("Content-Type", ""))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815  # as the library names it

        def _event(self, body: Any) -> dict[str, Any]:
            parts = urlsplit(self.path)
            role = service.environment["CONSOLE_ROLE"]
            query = dict(parse_qsl(parts.query))
            event = events.by_console(role, self.command, unquote(parts.path), body=body, **query)
            event["headers"] |= {name.lower(): value for name, value in self.headers.items()}
            if "X-Asked-By" not in self.headers:
                event["requestContext"]["authorizer"] = {"iam": {"userArn": OPERATOR}}
            return event

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
