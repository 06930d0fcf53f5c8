"""Cold starts: a fresh process that imports a handler and makes its client, relative to F,
`import boto3; boto3.client("dynamodb")`."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median

from tests.bench import builds, operations, samples
from tests.bench.processes import cold_seconds
from tests.bench.report import Goal, Kind, Section, table
from tests.bench.samples import Ratio

ROUNDS = 21

FLOOR = 'import boto3; boto3.client("dynamodb")'
_BARE, _F, _PEER = "python alone", "F", "peer"

_IMPORT_CONSOLE = "import functions.console.handler"
_SHOW_PAGE = f"""{_IMPORT_CONSOLE} as console
console.app.renderer.render(
    "publishers.html", publishers=[], q="", cursor=None, is_first=True, typed={{}}, errors={{}},
    adding=False, session=None, is_manager=True, is_admin=True, show_number=str, flash={{}},
    path="/publishers",
)"""
"""Code that also renders the first page, which loads and compiles its templates."""
_CONSOLE, _PAGE = "console", "console, with a page"
CONSOLES: Mapping[str, str] = {_CONSOLE: _IMPORT_CONSOLE, _PAGE: _SHOW_PAGE}
"""The code of each console process, by its name in the table."""

LIMITS: Mapping[str, float] = {
    "data_writing": 0.85,
    "call_events": 1.3,
    "platform_api": 1.0,
    "call_feed": 1.3,
    "operator_api": 1.5,
    _CONSOLE: 1.5,
    _PAGE: 1.5,
}

_REMARK = (
    "Processor times (user and system) of whole processes, medians of {} interleaved rounds. Goals "
    "apply to the third column, from which nothing is subtracted."
)


def measure(bundle: Path, usual: Path, rounds: int = ROUNDS) -> Section:
    subjects = {
        _BARE: ("pass", usual),
        _F: (FLOOR, usual),
        **{name: (f"import {operations.module(name)}", bundle) for name in operations.functions()},
        **{name: (code, bundle) for name, code in CONSOLES.items()},
        _PEER: (f"import {builds.PEER_MODULE}", usual),
    }
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    for code, path in subjects.values():
        cold_seconds(code, path)  # loads the files into the page cache
    for _ in range(rounds):
        for name, (code, path) in subjects.items():
            seconds[name].append(cold_seconds(code, path))
    return _section(seconds)


def _section(seconds: Mapping[str, list[float]]) -> Section:
    bare = median(seconds[_BARE])
    rows = []
    ratios: dict[str, Ratio] = {}
    for name, own in seconds.items():
        ratios[name] = samples.ratio(own, seconds[_F])
        net = samples.ratio(own, seconds[_F], less=bare)
        rows.append([name, samples.milliseconds(own), ratios[name], f"{net.median:.2f}"])
    goals = [
        Goal(f"cold: {name} ÷ F", ratios[name].median, limit, Kind.TIMED)
        for name, limit in LIMITS.items()
    ]
    return Section(
        "Cold: import and first client",
        [table(["fresh process", "CPU ms", "÷ F (quartiles)", "÷ F, without python alone"], rows)],
        [_REMARK.format(len(seconds[_F]))],
        goals,
    )
