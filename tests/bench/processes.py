"""The benchmark's processes: the endpoint, and the functions measured against it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import boto3
from botocore.config import Config

from infra.bundle.building import ROOT
from infra.local import web
from tests.proof import processes

_SUBJECT = Path(__file__).with_name("subject.py")

INTERPRETER = (os.path.realpath(sys.executable), "-P", "-S")
"""This Python without the project's packages: it imports only from PYTHONPATH."""


_CONSOLE = {
    "API_URL": "https://api.example.com",
    "CONSOLE_URL": "https://console.example.com",
    "SESSIONS_TABLE": "sessions",
    "USER_POOL_ID": "us-east-1_a",
    "USER_POOL_CLIENT_ID": "client",
    "USER_POOL_ISSUER": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a",
    "SIGN_IN_URL": "https://sign-in.example.com",
}


def environment(bundle: Path, endpoint_url: str = "http://127.0.0.1:1") -> dict[str, str]:
    """Return the environment of a measured process, with the variables that Lambda sets."""
    return {
        **processes.ENVIRONMENT,
        **_CONSOLE,
        "AWS_REGION": "us-east-1",
        "PATH": os.defpath,
        "PYTHONPATH": str(bundle),
        "PYTHONHASHSEED": "0",  # the same work in every run
        "AWS_ENDPOINT_URL": endpoint_url,
        # As long as CloudFormation's names, because log lines contain it.
        "AWS_LAMBDA_FUNCTION_NAME": "CallDataWriting-prod-DataWritingA2C84B2E-q7Xk2mVw9LtB",
        "LAMBDA_TASK_ROOT": str(bundle),  # without it, Powertools' tracer is off
        "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
    }


class Wire:
    """The endpoint; it runs during a `with` block."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.wire"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"
        self.client = self._client()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def take(self) -> dict[str, Any]:
        """Return what was counted since the last call."""
        return self._ask("Take", {})

    def fill(self, **sizes: Any) -> None:
        self._ask("Fill", sizes)

    def _client(self) -> Any:
        """Return a client that prepares the tables."""
        make_client: Any = boto3.client
        return make_client(
            "dynamodb",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(proxies={}),
        )

    def _ask(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        headers = {"X-Amz-Target": f"Bench.{operation}"}
        sent = json.dumps(body).encode()
        return web.send("POST", f"{self.url}/", body=sent, headers=headers, timeout=120).json()


class Subject:
    """One measured process; `name` is a module with a handler, or the reference.

    `under` is a command that runs it, such as valgrind. Its log lines go to `log`, if given.
    """

    def __init__(
        self,
        name: str,
        bundle: Path,
        wire: Wire | None = None,
        *,
        under: Sequence[str] = (),
        log: IO[bytes] | None = None,
    ) -> None:
        ours, theirs = os.pipe()
        self._results = os.fdopen(ours)
        url = {"endpoint_url": wire.url} if wire else {}
        self._process = subprocess.Popen(
            [*under, *INTERPRETER, str(_SUBJECT), name, str(theirs)],
            env=environment(bundle, **url),
            pass_fds=[theirs],
            stdin=subprocess.PIPE,
            stdout=log or subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(theirs)

    def invoke(self, events: Iterable[Any]) -> list[float]:
        """Return each event's processor time in seconds. Raises RuntimeError if one fails."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(list(events)) + "\n")
        self._process.stdin.flush()
        line = self._results.readline()
        if not line:
            raise RuntimeError(self.end())
        seconds: list[float] = json.loads(line)
        return seconds

    def end(self) -> str:
        """End the process, and return its standard error."""
        _, said = self._process.communicate()
        self._results.close()
        return said


def cold_seconds(code: str, bundle: Path) -> float:
    """Return the processor time (user and system) of a fresh process that runs this code.

    Raises RuntimeError if it fails.
    """
    command = [*INTERPRETER, "-c", code]
    process = os.posix_spawn(command[0], command, environment(bundle))
    _, status, usage = os.wait4(process, 0)
    if status:
        raise RuntimeError(f"{code!r} ended with status {status}")
    return usage.ru_utime + usage.ru_stime
