"""One schedule: operations side by side, whose requests run one at a time in a chosen order."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.proof.database import REVEAL, Change, Database, Reply, Tables, digest, error
from tests.proof.faults import Fault, Strike, can_strike, conflict
from tests.proof.operations import Forget, Operation, Post, ReportLeg, Tell
from tests.proof.processes import POSTBACK_LOG, Process
from tests.proof.tasks import BUT_FOR_COPIES, SETTLING, Branch, Order, Request, Stray, Task

MOST_TASKS = 24
"""Maximum tasks of a schedule: an operation that never succeeds would be retried forever."""


class Pruned(Exception):
    """The rest of the schedule was explored already, or is of no interest."""


class Chooser(Protocol):
    def choose(self, count: int, state: Callable[[], object], /) -> int:
        """Choose which task continues: from 0 to `count` - 1. May raise Pruned.

        Schedules in the same state can continue in the same ways.
        """


class Processes(Protocol):
    def of(self, operation: Operation, number: int) -> Process: ...


@dataclass(frozen=True, slots=True)
class History:
    """The result of a schedule."""

    tasks: Sequence[Task]
    tables: Tables
    journal: Sequence[Change]
    trace: Sequence[str]


class Schedule:
    """`falsify` may change a request before it is executed, to break the protocol.

    A strike that no request can meet prunes the schedule or, with `leaves_out`, is ignored.
    """

    def __init__(
        self,
        database: Database,
        processes: Processes,
        *,
        strikes: Iterable[Strike] = (),
        leaves_out: bool = False,
        retries: bool = False,
        stale_reads: bool = False,
        falsify: Callable[[Request], Request] = lambda request: request,
        order: Order = Order.ANY,
    ) -> None:
        self._database = database
        self._order = order
        self._processes = processes
        self._strikes = {(s.task, s.step): s.fault for s in strikes}
        self._leaves_out = leaves_out
        self._retries = retries
        self._stale_reads = stale_reads
        self._falsify = falsify
        self._tasks: list[Task] = []
        self._strays: list[Stray] = []
        self._trace: list[str] = []
        self._digests: dict[object, int] = {}
        self._noted = len(database.journal)

    def run(self, operations: Iterable[Operation], chooser: Chooser) -> History:
        """Raises Pruned if the chooser does, or for a strike that no request can meet."""
        try:
            for operation in operations:
                self._begin(operation)
            while ready := self._ready():
                chosen = 0
                if len(ready) > 1:
                    chosen = chooser.choose(len(ready), self._state)
                self._step(ready[chosen])
            if self._strikes and not self._leaves_out:
                raise Pruned
        finally:
            for task in self._tasks:
                task.stop()
        return History(self._tasks, self._database.tables, self._database.journal, self._trace)

    def _ready(self) -> list[Task | Branch | Stray]:
        senders = [sender for task in self._tasks for sender in task.senders]
        strays = [stray for stray in self._strays if not stray.is_over]
        return [*(each for each in senders if not self._is_settling(each)), *strays]

    def _is_settling(self, sender: Task | Branch) -> bool:
        """Return whether it waits, before it erases, until earlier postings and current call
        reports are over."""
        if sender.waiting is None or sender.waiting.operation != SETTLING:
            return False
        forget = sender.task.operation
        awaits_copies = BUT_FOR_COPIES not in sender.waiting.body
        return any(awaits_copies and not stray.is_over for stray in self._strays) or any(
            isinstance(forget, Forget)
            and not task.is_over
            and (
                isinstance(task.operation, Tell | ReportLeg) or _is_earlier(task.operation, forget)
            )
            for task in self._tasks
        )

    def _begin(self, operation: Operation, *, is_follower: bool = False) -> None:
        number = len(self._tasks)
        if number == MOST_TASKS:
            raise AssertionError(f"{operation.kind} is retried without end")
        process = self._processes.of(operation, number)
        task = Task(number, operation, process, is_follower=is_follower, order=self._order)
        if self._stale_reads:
            task.view = self._database.snapshot()
            task.signature = hash(self._histories())
        self._tasks.append(task)
        task.began = len(self._trace)
        task.begin()
        self._after(task)

    def _step(self, sender: Task | Branch | Stray) -> None:
        request = sender.waiting
        assert request is not None  # or it would be over
        if isinstance(sender, Stray):
            self._note(f"stray: {request}", self._execute(request, None))
            sender.request = None
            return
        task = sender.task
        if request.operation == SETTLING:
            sender.receive(Reply(200, {}))
            self._after(task)
            return
        fault = self._fault(task, request)
        reply = self._strike(fault, task, request) if fault else self._execute(request, task)
        self._note(f"{task.number} {task.operation.kind}: {request}", reply, fault)
        task.steps += 1
        if reply:
            sender.receive(reply)
        else:
            task.die()
        self._after(task)

    def _after(self, task: Task) -> None:
        """Retry the operation of a task that is over, as its sender would."""
        if not task.is_over:
            return
        task.ended = len(self._trace)
        if self._strikes.get((task.number, task.steps)) is Fault.ANSWER_LOST and task.outcome:
            del self._strikes[task.number, task.steps]
            task.die()
        if task.is_done:
            return
        is_posting = isinstance(task.operation, Post)
        if not is_posting or (self._retries and not task.is_follower):
            self._begin(task.operation.again(len(self._tasks)), is_follower=True)

    def _fault(self, task: Task, request: Request) -> Fault | None:
        fault = self._strikes.pop((task.number, task.steps), None)
        if fault is None or can_strike(fault, request):
            return fault
        if self._leaves_out:
            return None
        raise Pruned

    def _strike(self, fault: Fault, task: Task, request: Request) -> Reply | None:
        task.is_struck = True
        if request.operation == "PutItem" and isinstance(task.operation, Post):
            # The pointer to a row comes first: the row is not written if the pointer seems to fail.
            is_row = request.body["TableName"] == POSTBACK_LOG
            is_there = fault is Fault.DOUBLED or (is_row and fault is Fault.REPLY_LOST)
            task.is_unlogged = not is_there
        match fault:
            case Fault.DIES_SENDING:
                self._strays.append(Stray(request))
                return None
            case Fault.FAILS:
                return error("InternalServerError")
            case Fault.REPLY_LOST:
                self._execute(request, task)
                return error("InternalServerError")
            case Fault.DOUBLED:
                self._strays.append(Stray(request))
                return self._execute(request, task)
            case Fault.SEEN_IN_PART:
                return self._execute_seen_in_part(request, task)
            case Fault.CONFLICTS:
                return conflict(request.operation, request.body)
            case Fault.UNPROCESSED:
                return Reply(200, {"UnprocessedItems": request.body["RequestItems"]})
        return None

    def _execute_seen_in_part(self, request: Request, task: Task) -> Reply:
        before = len(self._database.journal)
        reply = self._execute(request, task)
        if reply.is_good:
            self._database.hide(POSTBACK_LOG, self._database.journal[before:])
            self._strays.append(Stray(Request(REVEAL, {})))
            # Any task that reads before the reveal may have to give up.
            for each in self._tasks:
                each.is_struck = True
        return reply

    def _execute(self, request: Request, task: Task | None) -> Reply:
        sent = self._falsify(request)
        stale = task.view if task and self._stale_reads else None
        return self._database.execute(sent.operation, sent.body, stale)

    def _note(self, text: str, reply: Reply | None, fault: Fault | None = None) -> None:
        answered = "" if reply and reply.is_good else " -> nothing"
        if reply and not reply.is_good:
            answered = f" -> {reply.members['Error']['Code']}"
        self._trace.append(f"{text}{f' ({fault})' if fault else ''}{answered}")

    def _state(self) -> object:
        """Return everything that the rest of the schedule and its checks depend on."""
        return (
            self._histories(),
            tuple((task.steps, task.state) for task in self._tasks),
            tuple(stray.is_over for stray in self._strays),
            frozenset(self._strikes.items()),
        )

    def _histories(self) -> frozenset[object]:
        """Return the history of each item."""
        journal = self._database.journal
        for change in journal[self._noted :]:
            where = (change.table, change.key)
            self._digests[where] = hash((self._digests.get(where), digest(change.after)))
        self._noted = len(journal)
        return frozenset(self._digests.items())


def _is_earlier(operation: Operation, forget: Forget) -> bool:
    return isinstance(operation, Post) and operation.at <= forget.at
