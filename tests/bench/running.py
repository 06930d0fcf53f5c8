"""`make run`, the second time: deployment, journey and end."""

import socket
import subprocess
import sys
import time

from infra.bundle.building import ROOT
from tests.bench import builds
from tests.bench.report import Goal, Kind, Section, table

MOST_SECONDS = 30


def measure() -> Section:
    builds.ours()  # what only the first run has to make
    started = time.monotonic()
    command = [sys.executable, "-m", "infra.local", "--exit", "--port", str(_free_port())]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - started
    goal = Goal("`make run`, second time", took, MOST_SECONDS, Kind.TIMED, " s")
    rows = [["deployment, journey and end", f"{took:.1f}"]]
    return Section("`make run`, the second time", [table(["", "seconds"], rows)], [], [goal])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
