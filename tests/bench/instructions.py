"""Processor instructions, counted by callgrind. Runs differ by about a thousandth, whatever else
the machine does."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench import builds, cold, operations, warm
from tests.bench.operations import STORED, Operation, Stage
from tests.bench.processes import INTERPRETER, Subject, Wire, environment
from tests.bench.report import Goal, Kind, Section, table
from tests.bench.subject import PUT_ITEM

_VALGRIND = "valgrind"
_CALLGRIND = (_VALGRIND, "--tool=callgrind", "--callgrind-out-file=/dev/null")
_COLLECTED = re.compile(r"Collected : (\d+)")
_AT_ONCE = 2
_WARM_UP, _INVOCATIONS = 3, 10

NOT_MEASURED = "not measured: no valgrind"


def measure(bundle: Path, usual: Path) -> Section:
    if not shutil.which(_VALGRIND):
        return Section("Instructions", [], [NOT_MEASURED])
    codes = {
        "F": (cold.FLOOR, usual),
        **{
            f"cold: {name}": (f"import {operations.module(name)}", bundle)
            for name in operations.functions()
        },
        **{f"cold: {name}": (code, bundle) for name, code in cold.CONSOLES.items()},
        "cold: peer": (f"import {builds.PEER_MODULE}", usual),
    }
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        counted = list(threads.map(lambda code: _cold(*code), codes.values()))
        millions = dict(zip(codes, counted, strict=True))
        warmed = list(threads.map(lambda subject: _warm(*subject), _warm_subjects(bundle, usual)))
    millions |= dict(zip(("P", "warm: posting, stored", "warm: peer, stored"), warmed, strict=True))
    return _section(millions)


def _section(millions: dict[str, float]) -> Section:
    rows = []
    ratios = {}
    for name, own in millions.items():
        floor = "P" if name == "P" or name.startswith("warm") else "F"
        ratios[name] = own / millions[floor]
        rows.append([name, f"{own:.1f}", f"{ratios[name]:.2f} {floor}"])
    goals = [
        Goal(f"instructions, cold: {name} ÷ F", ratios[f"cold: {name}"], limit, Kind.TIMED)
        for name, limit in cold.LIMITS.items()
    ]
    stored = ratios["warm: posting, stored"]
    goals.append(
        Goal("instructions, warm: stored posting ÷ P", stored, warm.WARM_LIMIT, Kind.TIMED)
    )
    return Section(
        "Instructions",
        [table(["callgrind", "millions", "ratio"], rows)],
        ["User space only; the system's part of each request is not included."],
        goals,
    )


def _cold(code: str, path: Path) -> float:
    command = [*_CALLGRIND, *INTERPRETER, "-c", code]
    said = subprocess.run(
        command, env=environment(path), check=True, capture_output=True, text=True
    )
    return _millions(said.stderr)


def _warm_subjects(bundle: Path, usual: Path) -> Sequence[tuple[str, Path, Operation]]:
    return [
        (PUT_ITEM, usual, Operation("P", "", operations.put_item)),
        (operations.module(STORED.function), bundle, STORED),
        (builds.PEER_MODULE, usual, STORED),
    ]


def _warm(name: str, path: Path, operation: Operation) -> float:
    """Return one invocation's millions of instructions, from two counts so that the start cancels
    out."""
    few, many = (_invoke(name, path, operation, _WARM_UP + more) for more in (0, _INVOCATIONS))
    return (many - few) / _INVOCATIONS


def _invoke(name: str, path: Path, operation: Operation, count: int) -> float:
    with Wire() as wire:
        subject = Subject(name, path, wire, under=[shutil.which(_VALGRIND) or "", *_CALLGRIND[1:]])
        subject.invoke(operation.events(Stage(wire), count))
        return _millions(subject.end())


def _millions(said: str) -> float:
    found = _COLLECTED.search(said)
    if found is None:
        raise RuntimeError(said)
    return int(found[1]) / 1_000_000
