"""A client that openapi-python-client generates from the contract reports and reads calls."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests import described
from tests.integration import events
from tests.integration.service import Service
from tests.integration.test_platform_api import CALL, Platform

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "clients.txt"
UV = Path(sys.executable).with_name("uv")

PROGRAM = """
import importlib, json, pkgutil, sys
import client as generated
from client import AuthenticatedClient
from client.api.default import call_back, post_call, put_call, read_call, read_caller, tell_of_call
from client.models import Call, CallForm, CallWithId

for module in pkgutil.walk_packages(generated.__path__, "client."):
    importlib.import_module(module.name)
url, key, call_uuid = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key)
number = "+15165550171"
answers = [
    put_call.sync(call_uuid, client=client, body=Call(caller_number=number, started_at=1741608000)),
    tell_of_call.sync(client=client, body=CallWithId(call_uuid=call_uuid, direction="inbound")),
    tell_of_call.sync(client=client, body=CallForm(call_uuid=call_uuid, campaign_id="c-7")),
    call_back.sync(key, client=client, body=CallForm(call_uuid=call_uuid)),
    post_call.sync("CA-agent-1", client=client, body=Call(parent_call_uuid=call_uuid)),
    read_call.sync(call_uuid, client=client),
    read_caller.sync(number, client=client),
]
print(json.dumps([answer.to_dict() for answer in answers]))
"""


@pytest.fixture(scope="module")
def client_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python that has a generated client of the platform API, as `client`."""
    folder = tmp_path_factory.mktemp("clients")
    python = folder / "venv" / "bin" / "python"
    environment = os.environ | {
        "UV_SYSTEM_CERTS": "1",
        "PATH": f"{python.parent}:{os.environ['PATH']}",
    }
    document = described.FOLDER / described.PLATFORM
    generator = "openapi_python_client"
    commands: list[list[str | Path]] = [
        [UV, "venv", "--quiet", "--python", sys.executable, folder / "venv"],
        [UV, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", LOCK],
        [python, "-m", generator, "generate", "--path", document, "--meta", "none",
         "--output-path", folder / "client", "--fail-on-warning"],
    ]  # fmt: skip
    for command in commands:
        subprocess.run(command, check=True, cwd=folder, env=environment, timeout=300)
    return python


@pytest.fixture
def url(service: Service) -> Iterator[str]:
    """Return the address of the platform API's function, behind a server of this process."""

    class Gateway(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            event = events.platform(self.command, self.path, None)
            headers = {name.lower(): value for name, value in self.headers.items()}
            response = service.request(
                event | {"body": body, "headers": headers}, function="platform_api"
            )
            data = response.text.encode()
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = _respond  # noqa: N815 - named by http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_generated_client_reports_and_reads_calls(
    service: Service, client_python: Path, url: str
) -> None:
    key = Platform(service).key

    done = subprocess.run(
        [client_python, "-c", PROGRAM, url, key, CALL],
        capture_output=True,
        text=True,
        check=False,
        cwd=client_python.parents[2],
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    reported, by_id, by_form, called_back, leg, read, caller = json.loads(done.stdout)
    assert reported["started_at"] == "2025-03-10T12:00:00+00:00"
    assert {each["call_uuid"] for each in (reported, by_id, by_form, called_back, read)} == {CALL}
    assert leg["status"] == "ignored"
    assert (read["campaign_id"], read["caller_number"]) == ("c-7", "+15165550171")
    assert [call["call_uuid"] for call in caller["calls"]] == [CALL]
