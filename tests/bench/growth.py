"""Growth: the cost of a posting with full tables relative to empty ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.bench import operations, samples
from tests.bench.operations import STORED, Operation, Stage
from tests.bench.processes import Subject, Wire
from tests.bench.report import Goal, Kind, Section, table

LOG_ROWS = 1_000_000
CALLERS = 10_000
PENDING = 100
BUSY_CALLER = "+15557770030"

MOST_GROWTH = 1.10
_ROUNDS = 30
_BLOCK = 12
_REMARK = (
    f"The posting's key has {LOG_ROWS:,} rows in that day's log, {CALLERS:,} callers have calls "
    f"and pending postings, and {PENDING} postings of the same caller are pending. None of them "
    "is read: the sort key's prefix `CALL#` excludes pending postings from the query."
)


class World:
    """An endpoint with tables of one size, and a function; postings are about `caller`."""

    def __init__(self, bundle: Path, wire: Wire, caller: str | None = None) -> None:
        self._wire = wire
        self._stage = Stage(wire)
        self._operation = STORED
        if caller:
            self._operation = Operation(
                STORED.name, STORED.function, lambda stage: operations.posting(stage, caller)
            )
        self._subject = Subject(operations.module(STORED.function), bundle, wire)

    def grow(self, *, log_rows: int, callers: int, pending: int) -> None:
        self._wire.fill(
            log_rows=log_rows,
            callers=callers,
            pending=pending,
            busy_caller=BUSY_CALLER,
            key_id=self._stage.key.key_id,
        )

    def post(self, count: int) -> list[float]:
        return self._subject.invoke(self._operation.events(self._stage, count))

    def count(self) -> Mapping[str, Any]:
        """Return the requests of one warm posting."""
        self._wire.take()
        self.post(1)
        return self._wire.take()

    def end(self) -> None:
        self._subject.end()


def measure(bundle: Path) -> Section:
    with Wire() as small, Wire() as large:
        empty, grown = World(bundle, small), World(bundle, large, BUSY_CALLER)
        grown.grow(log_rows=LOG_ROWS, callers=CALLERS, pending=PENDING)
        for world in (empty, grown):
            world.post(_BLOCK)
        counts = [world.count() for world in (empty, grown)]
        seconds: list[list[float]] = [[], []]
        for _ in range(_ROUNDS):
            for own, world in zip(seconds, (empty, grown), strict=True):
                own.extend(world.post(_BLOCK))
        for world in (empty, grown):
            world.end()
    return _section(counts, seconds)


def _section(counts: list[Mapping[str, Any]], seconds: list[list[float]]) -> Section:
    rows = [_row("empty", counts[0], seconds[0]), _row("grown", counts[1], seconds[1])]
    more = samples.ratio(seconds[1], seconds[0])
    goals = [
        Goal("growth: requests, grown ÷ empty", _growth(counts, "requests"), 1, Kind.COUNTED),
        Goal("growth: units, grown ÷ empty", _units(counts), 1, Kind.COUNTED),
        Goal("growth: items read, grown", counts[1]["items"], 0, Kind.COUNTED),
        Goal("growth: CPU, grown ÷ empty", more.median, MOST_GROWTH, Kind.TIMED),
    ]
    header = ["tables", "requests", "write units", "read units", "items read", "CPU ms"]
    return Section("Growth: a stored posting", [table(header, rows)], [_REMARK], goals)


def _row(name: str, counted: Mapping[str, Any], seconds: list[float]) -> list[object]:
    units = counted["units"]
    writes = units["table_writes"] + units["index_writes"]
    figures = [counted["requests"], writes, units["reads"], counted["items"]]
    return [name, *figures, samples.milliseconds(seconds)]


def _growth(counts: list[Mapping[str, Any]], name: str) -> float:
    return float(counts[1][name] / counts[0][name])


def _units(counts: list[Mapping[str, Any]]) -> float:
    empty, grown = (sum(counted["units"].values()) for counted in counts)
    return float(grown / empty)
