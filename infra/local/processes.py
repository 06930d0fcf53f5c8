"""Child processes that end together with their own children, and free ports for them."""

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

HOST = "127.0.0.1"
"""The address on which all of them listen, which only this machine can reach."""


def start(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int,
    output: IO[bytes],
) -> subprocess.Popen[bytes]:
    """Start a process in a process group of its own.

    Ctrl-C then only reaches the starter, and one signal ends the process with its children. `env`
    is its complete environment. `output` receives its standard output and error.
    """
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children.

    Call it before waiting for the process: until then no other process can have its ID.
    """
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def delete_in_background(directory: Path) -> None:
    """Delete a directory without waiting: the functions' unpacked code is tens of thousands of
    files."""
    subprocess.run(
        ["/bin/sh", "-c", 'rm -rf "$0" &', str(directory)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
