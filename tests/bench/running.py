"""How long `make run` takes the second time: deployment, journey and shutdown."""

import subprocess
import sys
import time

from infra.bundle.building import ROOT
from infra.local.processes import free_port
from tests.bench import builds
from tests.bench.report import Goal, Kind, Section, table

MOST_SECONDS = 30


def measure() -> Section:
    builds.ours()  # only the first run has to build it
    started = time.monotonic()
    command = [sys.executable, "-m", "infra.local", "--exit", "--port", str(free_port())]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    took = time.monotonic() - started
    goal = Goal("`make run`, second time", took, MOST_SECONDS, Kind.TIMED, " s")
    rows = [["deployment, journey and shutdown", f"{took:.1f}"]]
    return Section("`make run`, the second time", [table(["", "seconds"], rows)], [], [goal])
