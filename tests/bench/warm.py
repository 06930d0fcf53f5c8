"""Warm invocations: the processor time of a whole handler relative to P, one `put_item` by boto3 to
the same endpoint, and the requests that each sends."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench import builds, operations, samples
from tests.bench.operations import (
    ALL,
    PEERS,
    STARTED_BY_HTTP_WITH_ONE,
    STORED,
    Operation,
    Stage,
)
from tests.bench.processes import Subject, Wire
from tests.bench.report import Goal, Kind, Section, table
from tests.bench.subject import PUT_ITEM

ROUNDS = 25
BLOCK = 12
"""Consecutive invocations of one kind before the next kind's turn."""
_WARM_UP = 20

WARM_LIMIT = 2.3
REQUESTS, WRITES, READS = 2, 3, 1
"""Goals for a stored posting."""
ROUTING_LIMIT = 6.0
ROUTING_REQUESTS = 6
"""Goal for a call reported over HTTP: three round trips, partly in parallel."""

_P = "P: put_item by boto3"
_COUNTED = 10
_REMARK = (
    "Processor times of the handler's process, medians of {} invocations in interleaved blocks of "
    "{}. The endpoint is another process and is not included."
)

_COUNTED_REMARK = (
    "Requests are counted at the endpoint, units by AWS's published rules "
    "(`tests/bench/units.py`). A known key is cached, so its read is not included."
)

Counts = Mapping[str, Any]


class Bench:
    """Each function, the peer and the reference in processes of their own, with one endpoint."""

    def __init__(self, bundle: Path, usual: Path, wire: Wire) -> None:
        self._wire = wire
        self.stage = Stage(wire)
        self._functions = {
            name: Subject(operations.module(name), bundle, wire) for name in operations.functions()
        }
        self._floor = Subject(PUT_ITEM, usual, wire)
        self._peer = Subject(builds.PEER_MODULE, usual, wire)

    def kinds(self) -> dict[str, tuple[Subject, Operation]]:
        floor = Operation(_P, "", operations.put_item)
        return {
            _P: (self._floor, floor),
            **{each.name: (self._functions[each.function], each) for each in ALL},
            **{f"peer: {each.name}": (self._peer, each) for each in PEERS},
        }

    def invoke(self, kind: str, count: int) -> list[float]:
        subject, operation = self.kinds()[kind]
        return subject.invoke(operation.events(self.stage, count))

    def count(self, kind: str) -> Counts:
        """Return the requests of one warm invocation. Raises RuntimeError if invocations differ.

        Items read are the maximum: a read beside a write may still find an item being deleted.
        """
        subject, operation = self.kinds()[kind]
        subject.invoke(operation.events(self.stage, 1))  # loads the key into the cache
        found = self._counted(subject, operation)
        if not _are_alike(found):
            # The cached key may have expired in between, so that one invocation read it again.
            found = self._counted(subject, operation)
        if not _are_alike(found):
            raise RuntimeError(f"{kind}: invocations differ: {found}")
        return {**found[0], "items": max(each["items"] for each in found)}

    def _counted(self, subject: Subject, operation: Operation) -> list[Counts]:
        found: list[Counts] = []
        for _ in range(_COUNTED):
            events = operation.events(self.stage, 1)
            self._wire.take()
            subject.invoke(events)
            found.append(self._wire.take())
        return found

    def end(self) -> None:
        for subject in (*self._functions.values(), self._floor, self._peer):
            subject.end()


def measure(bundle: Path, usual: Path, rounds: int = ROUNDS) -> tuple[Section, Section]:
    """Measure processor times, then requests."""
    with Wire() as wire:
        bench = Bench(bundle, usual, wire)
        kinds = [*bench.kinds()]
        seconds: dict[str, list[float]] = {kind: [] for kind in kinds}
        for kind in kinds:
            bench.invoke(kind, _WARM_UP)
        for _ in range(rounds):
            for kind in kinds:
                seconds[kind] += bench.invoke(kind, BLOCK)
        counts = {kind: bench.count(kind) for kind in kinds}
        bench.end()
    return _times(seconds), _wire(counts)


def _are_alike(found: Sequence[Counts]) -> bool:
    """Whether all counts are equal, except for the items read."""
    return all({**each, "items": 0} == {**found[0], "items": 0} for each in found)


def _times(seconds: Mapping[str, Sequence[float]]) -> Section:
    ratios = {kind: samples.ratio(own, seconds[_P]) for kind, own in seconds.items()}
    rows = [[k, samples.milliseconds(own), ratios[k]] for k, own in seconds.items()]
    goal = Goal(
        "warm: a stored posting, whole handler ÷ P",
        ratios[STORED.name].median,
        WARM_LIMIT,
        Kind.TIMED,
    )
    routed = Goal(
        "warm: a call started over HTTP, one posting pending ÷ P",
        ratios[STARTED_BY_HTTP_WITH_ONE.name].median,
        ROUTING_LIMIT,
        Kind.TIMED,
    )
    return Section(
        "Warm: one invocation",
        [table(["invocation", "CPU ms", "÷ P (quartiles)"], rows)],
        [_REMARK.format(len(seconds[_P]), BLOCK)],
        [goal, routed],
    )


def _wire(counts: Mapping[str, Counts]) -> Section:
    rows = [
        [
            kind,
            counted["requests"],
            _number(counted["units"]["table_writes"]),
            _number(counted["units"]["index_writes"]),
            _number(counted["units"]["reads"]),
            counted["items"],
        ]
        for kind, counted in counts.items()
    ]
    header = ["invocation", "requests", "table writes", "index writes", "read units", "items read"]
    return Section(
        "Requests and units",
        [table(header, rows)],
        [_COUNTED_REMARK],
        [
            *_wire_goals(counts[STORED.name]),
            Goal(
                "call started over HTTP, one posting pending: requests",
                counts[STARTED_BY_HTTP_WITH_ONE.name]["requests"],
                ROUTING_REQUESTS,
                Kind.COUNTED,
            ),
        ],
    )


def _wire_goals(stored: Counts) -> list[Goal]:
    units = stored["units"]
    figures = [
        ("requests", stored["requests"], REQUESTS),
        (
            "write units, with the log's index",
            units["table_writes"] + units["index_writes"],
            WRITES,
        ),
        ("read units", units["reads"], READS),
    ]
    return [Goal(f"stored posting: {n}", v, most, Kind.COUNTED) for n, v, most in figures]


def _number(value: float) -> str:
    return f"{value:g}"
