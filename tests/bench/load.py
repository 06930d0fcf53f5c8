"""Load on the embedded AWS: postings and call events at rising concurrency, and the handlers' share
of the processor time."""

import itertools
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from infra.local.embedded_aws import EmbeddedAws
from tests.bench import consumption
from tests.bench.consumption import Processes
from tests.bench.report import Section, table
from tests.e2e.phone_calls import PhoneCall
from tests.e2e.service import PostbackKey, Service
from tests.faults.run import deploy_service

CONCURRENCIES = (1, 2, 4)
"""Concurrent requests. More would only wait longer, and each function process unpacks a bundle."""
SECONDS = 6.0
"""Duration of each concurrency level."""

_POSTINGS_AN_EVENT = 4
_REMARK = (
    f"{SECONDS:.0f} seconds each. Every fifth request puts a call's start on the bus, for a caller "
    "with postings before and after. The handlers' share is their part of the processor time of "
    "the embedded AWS and its functions; the embedded AWS is the bottleneck."
)


@dataclass(slots=True)
class Level:
    """The results at one concurrency. Callers have numbers of one area code; latencies are those of
    postings, in seconds."""

    concurrency: int
    area: int
    latencies: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    events: int = 0
    used: Processes = field(default_factory=Processes)

    @property
    def errors(self) -> int:
        return sum(count for status, count in self.answers.items() if status != 200)

    def row(self) -> list[object]:
        marks = quantiles(self.latencies, n=100, method="inclusive")
        shown = [f"{seconds * 1000:.0f}" for seconds in (marks[49], marks[94], marks[98])]
        rate = len(self.latencies) / SECONDS
        return [self.concurrency, f"{rate:.0f}", *shown, self.errors, self.events, self.used.share]


class _Load:
    """Posts with one key; each thread takes the next caller's turn."""

    def __init__(self, service: Service, key: PostbackKey, level: Level) -> None:
        self._service = service
        self._key = key
        self._level = level
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def work_until(self, end: float) -> None:
        while time.monotonic() < end:
            number = next(self._numbers)
            caller, turn = divmod(number, _POSTINGS_AN_EVENT + 1)
            caller_number = f"+1{self._level.area:03}{caller:07}"
            if turn == _POSTINGS_AN_EVENT // 2:
                self._service.put(PhoneCall(caller_number=caller_number).started())
                with self._lock:
                    self._level.events += 1
            else:
                self._post(caller_number, turn)

    def _post(self, caller_number: str, turn: int) -> None:
        started = time.monotonic()
        response = self._service.tag(self._key, caller_number, turn=str(turn))
        took = time.monotonic() - started
        with self._lock:
            self._level.latencies.append(took)
            self._level.answers[response.status_code] += 1


def measure() -> Section:
    with tempfile.TemporaryDirectory(prefix="load-") as scratch:
        levels = list(_levels(Path(scratch)))
    header = ["concurrent", "postings/s", "p50 ms", "p95 ms", "p99 ms", "errors", "events"]
    rows = [level.row() for level in levels]
    title = "Load on the embedded AWS"
    return Section(title, [table([*header, "handlers' share"], rows)], [_REMARK])


def _levels(scratch: Path) -> Iterator[Level]:
    with EmbeddedAws(port=None, log=scratch / "ministack.log") as aws:
        service = deploy_service(aws, scratch)
        key = service.new_key(service.new_publisher())
        _run(service, key, Level(max(CONCURRENCIES), area=999), seconds=2)  # starts all functions
        for concurrency in CONCURRENCIES:
            level = Level(concurrency, area=concurrency)
            before = consumption.of(aws)
            _run(service, key, level, SECONDS)
            level.used = consumption.of(aws) - before
            yield level


def _run(service: Service, key: PostbackKey, level: Level, seconds: float) -> None:
    load = _Load(service, key, level)
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(level.concurrency) as threads:
        for done in [threads.submit(load.work_until, end) for _ in range(level.concurrency)]:
            done.result()
