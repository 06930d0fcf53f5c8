"""A fake operator API on this machine, and the records that it returns."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PUBLISHER = {
    "publisher_id": "pub_a",
    "name": "Acme",
    "created_at": "2026-11-23T16:00:00Z",
    "note": "",
}
KEY = {
    "key_id": "pbk_a",
    "publisher_id": "pub_a",
    "name": "Landing page",
    "storage_duration": 129600,
    "end_call_cutoff": 900,
    "default_region": "US",
    "paused": False,
    "created_at": "2026-11-23T16:00:00Z",
    "note": "",
    "expires_at": None,
    "expects_every": None,
    "match_rate_floor": None,
    "replaces": None,
    "replaced_by": None,
}
FIGURES = {
    "posted": 40,
    "stored": 38,
    "applied_at_once": 12,
    "applied_later": 14,
    "refused": 3,
    "warned": 37,
    "expired_unused": 5,
    "decided": 31,
}
RECENT = {
    "last_posted_at": "2026-11-23T16:00:00Z",
    "totals": FIGURES,
    "match_rate": 0.8387,
    "postings": [*[0] * 22, 5, 35],
}
LINKS = {"posting_link": "https://example.com/p", "instructions_link": "https://a.example"}


@dataclass
class FakeOperatorApi:
    """Responds by method and path, and by cursor where one is sent. Keeps the requests."""

    url: str = ""
    responses: dict[str, tuple[int, Any]] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def respond(self, method: str, target: str, headers: Any, body: str) -> tuple[int, Any]:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        request = {"method": method, "path": parts.path, "query": query, "body": body}
        self.requests.append(request | {"authorization": headers["Authorization"] or ""})
        not_found = {"errors": [{"param": None, "message": "Not found."}], "request_id": "r-1"}
        cursor = f"?{query['cursor']}" if "cursor" in query else ""
        with_cursor = self.responses.get(f"{method} {parts.path}{cursor}")
        return with_cursor or self.responses.get(f"{method} {parts.path}", (404, not_found))


@contextmanager
def serve(directory: Path) -> Iterator[FakeOperatorApi]:
    """Run the API, and write the file of `make run` that points to it."""
    api = FakeOperatorApi()

    class FakeApiHandler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            status_code, response = api.respond(self.command, self.path, self.headers, body)
            data = response if isinstance(response, bytes) else json.dumps(response).encode()
            self.send_response(status_code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815 - named by http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), FakeApiHandler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        api.url = f"http://127.0.0.1:{server.server_port}/api"
        write_run_file(directory, api.url)
        yield api
        server.shutdown()


def write_run_file(directory: Path, api_url: str) -> None:
    facts = {
        "api_url": api_url,
        "posting_link": f"{api_url}/data_writing?key=demo",
        "endpoint_url": api_url,
        "region": "us-east-1",
        "event_bus": "bus",
        "credentials": {"access_key_id": "AKIDTEST", "secret_access_key": "secret"},
    }
    (directory / ".local").mkdir()
    (directory / ".local" / "run.json").write_text(json.dumps(facts))
