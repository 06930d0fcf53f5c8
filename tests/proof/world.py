"""The setting of schedules: functions, tables, and a clock that stands still."""

import io
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from unittest import mock

import time_machine

from functions.data_writing.brake import MAX_POSTINGS, Brake
from functions.operator_api import forgetting
from shared.stores import calls
from shared.stores.keys import KeyStore
from shared.stores.platform_keys import PlatformKeyStore
from tests.integration.events import example_platform_key
from tests.proof.database import Change, Database, Tables
from tests.proof.faults import Strike
from tests.proof.operations import (
    KEYS,
    LATER,
    PLATFORM_KEY,
    Forget,
    Operation,
    Post,
    ReportLeg,
)
from tests.proof.processes import FORGETTING, LEGS, POSTBACK_KEYS, TABLES, Process
from tests.proof.scenarios import Scenario
from tests.proof.schedules import Chooser, History, Schedule
from tests.proof.tasks import Request, Task, ask, ask_piecemeal, settle, side_by_side

_Prepared = tuple[Tables, list[Change], list[Task]]


class _FirstComeFirstServed:
    def choose(self, _count: int, _state: Callable[[], object]) -> int:
        return 0


class World:
    """A world runs any number of schedules. `falsify`, `stale_reads`, `piecemeal` (transactions
    write one item at a time) and `tamper`, which gets every process, break the protocol.

    `database` has the tables of TABLES, all empty.
    """

    def __init__(
        self,
        *,
        database: Database | None = None,
        falsify: Callable[[Request], Request] = lambda request: request,
        stale_reads: bool = False,
        piecemeal: bool = False,
        tamper: Callable[[Process], None] = lambda _: None,
    ) -> None:
        self._falsify = falsify
        self._stale_reads = stale_reads
        self._ask = ask_piecemeal if piecemeal else ask
        self._tamper = tamper
        self._database = database or Database(TABLES)
        self._processes: dict[tuple[str, int], Process] = {}
        self._prepared: dict[tuple[Sequence[str], bool], _Prepared] = {}
        store = KeyStore(self._new("data_writing").handler._client, POSTBACK_KEYS)
        for key in KEYS:
            store.add_key(key)
        PlatformKeyStore(self._new("platform_api").handler._client, POSTBACK_KEYS).add(
            # Its last use is known: noting it has nothing to do with calls.
            example_platform_key(PLATFORM_KEY, last_used_at=LATER)
        )
        self._empty = self._database.snapshot()

    def of(self, operation: Operation, number: int) -> Process:
        """Return the process that handles the task of this number."""
        package = _package(operation)
        if (package, number) not in self._processes:
            process = self._new(package)
            if package == "data_writing":
                # Like a process that has been running for a while, it has the keys in its cache.
                for key in KEYS:
                    process.handler.processor.keys.find(key.key, "")
            if package == "platform_api":
                process.handler.keys.find(PLATFORM_KEY, "")
            if package == FORGETTING:
                process.handler.forgetting._settle = settle
            self._tamper(process)
            self._processes[package, number] = process
        process = self._processes[package, number]
        if isinstance(operation, Post):
            _count_postings(process.handler.processor.brake, operation)
        return process

    def run(
        self,
        scenario: Scenario,
        chooser: Chooser,
        strikes: Sequence[Strike] = (),
        *,
        leaves_out: bool = False,
    ) -> History:
        """Run one schedule. Raises Pruned if the chooser does or, unless `leaves_out`, for a strike
        that no request can meet."""
        done, met = scenario.operations()
        before = self._prepare(scenario, done)
        schedule = Schedule(
            self._database,
            self,
            strikes=strikes,
            leaves_out=leaves_out,
            retries=scenario.retries,
            stale_reads=self._stale_reads,
            falsify=self._falsify,
            order=scenario.order,
        )
        history = schedule.run(met, chooser)
        return History([*before, *history.tasks], history.tables, history.journal, history.trace)

    def _prepare(self, scenario: Scenario, done: Sequence[Operation]) -> Sequence[Task]:
        """Bring the tables to the state after these operations, run one after the other."""
        what = (tuple(scenario.done), scenario.is_paged)
        self._database.page_items = 1 if scenario.is_paged else None
        if what not in self._prepared:
            self._database.restore(self._empty, [])
            tasks: list[Task] = []
            for operation in done:
                schedule = Schedule(self._database, self)
                tasks += schedule.run([operation], _FirstComeFirstServed()).tasks
            for task in tasks:
                task.is_met = False
            self._prepared[what] = (self._database.snapshot(), [*self._database.journal], tasks)
        tables, journal, tasks = self._prepared[what]
        self._database.restore(tables, journal)
        return tasks

    def _new(self, package: str) -> Process:
        return Process(package, lambda operation, body: self._ask(self._database, operation, body))


@contextmanager
def standing_still() -> Iterator[None]:
    """Stop the clock, skip pauses, replace threads by branches, and drop log lines."""
    disabled = logging.root.manager.disable
    with ExitStack() as stack:
        stack.enter_context(time_machine.travel(LATER, tick=False))
        stack.enter_context(mock.patch.object(time, "monotonic", _stand_still))
        stack.enter_context(mock.patch.object(time, "sleep", _go_on))
        for module in (calls, forgetting):
            stack.enter_context(mock.patch.object(module, "side_by_side", side_by_side))
        stack.enter_context(redirect_stdout(_Nowhere()))
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(disabled)


def _count_postings(brake: Brake, post: Post) -> None:
    """Have a process count none but the postings that came just before this one."""
    brake._times.clear()
    for _ in range(MAX_POSTINGS if post.is_braked else 0):
        brake.admit(post.key.key_id, post.call_uuid or post.caller_number)


def _package(operation: Operation) -> str:
    if isinstance(operation, Post):
        return "data_writing"
    if isinstance(operation, Forget):
        return FORGETTING
    if isinstance(operation, ReportLeg):
        return LEGS
    return "platform_api" if operation.by_http else "call_events"


def _stand_still() -> float:
    return 0.0


def _go_on(_: float) -> None:
    """Without a pause."""


class _Nowhere(io.TextIOBase):
    def write(self, _: str) -> int:
        return 0
