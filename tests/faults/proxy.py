"""A proxy between the deployed functions and the embedded AWS that injects faults."""

import http.client
import json
import socket
import struct
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, cast

from tests.faults.processes import Address

_HOST = "127.0.0.1"

What = TypeVar("What")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def members(self) -> dict[str, Any]:
        members: dict[str, Any] = json.loads(self.body)
        return members


class Weather(Protocol):
    """Decides the fate of each request."""

    def strike(self, request: "Request") -> Reply | None:
        """Return the reply, or None to close the connection without one."""


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt of a function's SDK. `here` is the proxy's end of the connection, `peer` the
    function's."""

    operation: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    here: Address
    peer: Address
    proxy: "Proxy" = field(repr=False)

    @property
    def members(self) -> dict[str, Any]:
        members: dict[str, Any] = json.loads(self.body)
        return members

    def forward(self, members: Mapping[str, Any] | None = None) -> Reply:
        """Send the request to AWS, with other members if given."""
        body = self.body if members is None else json.dumps(members).encode()
        return self.proxy.ask(self.path, self.headers, body)

    def forward_later(self, seconds: float) -> None:
        self.proxy.later(seconds, self)


class Proxy:
    """Accepts requests while its `with` block runs; `weather` decides their fate."""

    def __init__(self, port: int, weather: Weather) -> None:
        self.weather = weather
        self.requests: Counter[str] = Counter()
        self.struck: Counter[tuple[str, str]] = Counter()
        """Numbers of faults, by fault and operation."""
        self._port = port
        self._upstream = threading.local()
        self._late: set[threading.Timer] = set()
        self._counting = threading.Lock()
        self._server = _Server((_HOST, 0), _Handler)
        self._server.proxy = self

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def handle(self, request: Request) -> Reply | None:
        self.count(self.requests, request.operation)
        return self.weather.strike(request)

    def count(self, counter: Counter[What], what: What) -> None:
        with self._counting:
            counter[what] += 1

    def ask(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        sent = {**headers, "Content-Length": str(len(body))}
        try:
            return self._exchange(path, sent, body)
        except (http.client.HTTPException, OSError):
            # AWS had closed the idle connection.
            self.hang_up()
            return self._exchange(path, sent, body)

    def hang_up(self) -> None:
        """Close this thread's connection to the embedded AWS, if it has one."""
        connection: http.client.HTTPConnection | None = self._upstream.__dict__.pop(
            "connection", None
        )
        if connection:
            connection.close()

    def later(self, seconds: float, request: Request) -> None:
        def forward() -> None:
            with suppress(OSError):
                request.forward()
            self.hang_up()
            self._late.discard(timer)

        timer = threading.Timer(seconds, forward)
        timer.daemon = True
        self._late.add(timer)
        timer.start()

    def wait_for_the_late(self) -> None:
        """Wait until every delayed request has taken effect."""
        while self._late:
            with suppress(KeyError):
                next(iter(self._late.copy())).join()

    def _exchange(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if not hasattr(self._upstream, "connection"):
            self._upstream.connection = http.client.HTTPConnection(_HOST, self._port, timeout=60)
        connection: http.client.HTTPConnection = self._upstream.connection
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        return Reply(answer.status, dict(answer.getheaders()), answer.read())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    proxy: Proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report an error, but not that a function was killed or closed its connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        proxy = cast(_Server, self.server).proxy
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        headers = dict(self.headers.items())
        here = self.connection.getsockname()
        request = Request(operation, self.path, headers, body, here, self.client_address, proxy)
        reply = proxy.handle(request)
        with suppress(OSError):  # the function may have timed out or be dead
            self._answer(reply)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        cast(_Server, self.server).proxy.hang_up()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is declared
        pass

    def _answer(self, reply: Reply | None) -> None:
        if reply is None:
            # Closing without sending anything resets the connection.
            option = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            if name.lower() not in ("content-length", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
