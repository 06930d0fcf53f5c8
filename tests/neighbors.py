"""Web servers beside the service, such as a publisher's own site."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, dict[str, str], str]


@dataclass
class Neighbor:
    """A web server that returns its page to GET and its answers to POST, one after the other.

    The last answer is repeated. An answer is a status code, headers and a body, or None to close
    the connection without a response; `heard` has the bodies that were posted.
    """

    url: str = ""
    page: str = ""
    answers: list[Answer | None] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def answer(self, body: str) -> Answer | None:
        self.heard.append(body)
        return self.answers[min(len(self.heard), len(self.answers)) - 1]


@contextmanager
def neighbor() -> Iterator[Neighbor]:
    """Run a web server on this machine, with its own port and so its own origin."""
    it = Neighbor()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if it.answers:
                self._answer("")
            else:
                self._send(200, {"Content-Type": "text/html; charset=utf-8"}, it.page)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"] or 0)
            self._answer(self.rfile.read(length).decode())

        def _answer(self, body: str) -> None:
            if answer := it.answer(body):
                self._send(*answer)
            else:
                self.close_connection = True

        def _send(self, status_code: int, headers: dict[str, str], body: str) -> None:
            data = body.encode()
            self.send_response(status_code)
            for name, value in (headers | {"Content-Length": str(len(data))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        it.url = f"http://localhost:{server.server_port}"
        try:
            yield it
        finally:
            server.shutdown()
            thread.join()
