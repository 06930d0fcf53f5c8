"""Child processes that end with all that they have started, and ports for them to listen on."""

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

HOST = "127.0.0.1"
"""Where all of them listen: on this machine, for this machine."""


def start(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: int,
    output: IO[bytes],
) -> subprocess.Popen[bytes]:
    """Start a process that leads a group of its own: Ctrl-C is for the starter, and one signal
    ends them all. `env` is its whole environment; it writes both its outputs to `output`."""
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
    """Kill it with its children, outright.

    Killed before waiting: until then the number is surely its own.
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
