"""Operations in progress: real handlers, each paused before every request."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from greenlet import getcurrent, greenlet

from tests.proof.database import Body, Database, Reply, Tables, cancelled, digest
from tests.proof.operations import Operation, Tell
from tests.proof.processes import Process


@dataclass(frozen=True, slots=True)
class Request:
    operation: str
    body: Body

    def __str__(self) -> str:
        names = self.body.get("RequestItems") or [self.body.get("TableName", "")]
        return f"{self.operation} {' '.join(names)}".strip()


class Order(StrEnum):
    """The order in which a handler's parallel requests are sent."""

    ANY = ""
    """Every order: each step is a choice."""
    IN_TURN = "in turn"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class Fork:
    """A handler waits for these branches."""

    branches: list["Branch"]


class Killed(BaseException):
    """Ends a handler at once, as the end of its process would."""


class Branch(greenlet):
    """One of several parallel parts of a handler."""

    def __init__(self, task: "Task", work: Callable[[], Any]) -> None:
        super().__init__(parent=task.parent)
        self.task = task
        self.waiting: Request | None = None
        self.signature = 0
        self.failure: Exception | None = None
        self.value: Any = None
        self._work = work

    def run(self) -> None:
        try:
            self.value = self._work()
        except Exception as error:  # noqa: BLE001  # raised again in the handler
            self.failure = error

    def begin(self) -> None:
        self.waiting = self.switch()

    def receive(self, reply: Reply) -> None:
        self.signature = hash((self.signature, reply.status_code, digest(reply.members)))
        self.waiting = self.switch(reply)
        self.task.after_branch()


class Task(greenlet):
    """The handling of one operation. `waiting` is the request that it sends next; while it does
    several things in parallel, its `branches` have theirs.

    `signature` is equal for tasks of one operation that got the same responses so far: they will
    behave the same. `outcome` is the handler's response; None if there was none. A follower
    retries what another task did not complete. `is_met` is False for a task that ran alone.
    """

    def __init__(
        self,
        number: int,
        operation: Operation,
        process: Process,
        *,
        is_follower: bool,
        order: Order = Order.ANY,
    ) -> None:
        super().__init__()
        self.order = order
        self.began = self.ended = 0
        """In steps of the schedule."""
        self.number = number
        self.operation = operation
        self.is_follower = is_follower
        self.is_met = True
        self.steps = 0
        self.is_struck = False
        self.is_unlogged = False
        self.waiting: Request | None = None
        self.branches: list[Branch] = []
        self.outcome: dict[str, Any] | None = None
        self.signature = 0
        self.view: Tables = {}
        self._process = process

    def run(self) -> dict[str, Any]:
        return self._process.run(self.operation.event())

    def begin(self) -> None:
        self._continue(self.switch())

    @property
    def senders(self) -> list["Task | Branch"]:
        """The branches, or else the task, that can send a request."""
        branches: list[Task | Branch] = [b for b in self.branches if b.waiting]
        return branches or ([self] if self.waiting else [])

    @property
    def state(self) -> object:
        return self.signature, tuple(branch.signature for branch in self.branches)

    @property
    def task(self) -> "Task":
        return self

    def receive(self, reply: Reply) -> None:
        """Give the handler its reply and run it up to its next request or its end."""
        self.signature = hash((self.signature, reply.status_code, digest(reply.members)))
        self._continue(self.switch(reply))

    def die(self) -> None:
        self.signature = hash((self.signature, "dead"))
        self.waiting = None
        self.outcome = None
        self.stop()
        self.branches = []

    def stop(self) -> None:
        """End everything that still runs."""
        for running in (*self.branches, self):
            if bool(running):  # it has started, and not ended
                with suppress(Killed):
                    running.throw(Killed)

    def after_branch(self) -> None:
        """Continue the handler once all its branches have ended."""
        if not any(branch.waiting for branch in self.branches):
            ended = tuple(branch.signature for branch in self.branches)
            self.signature = hash((self.signature, ended))
            self.branches = []
            self._continue(self.switch())

    @property
    def is_over(self) -> bool:
        return not self.senders

    @property
    def is_done(self) -> bool:
        """Whether no retry is needed: an event was handled, a request got no 5xx."""
        if self.outcome is None:
            return False
        if isinstance(self.operation, Tell) and not self.operation.by_http:
            return not self.outcome["batchItemFailures"]
        return bool(self.outcome["statusCode"] < 500)

    def _continue(self, told: Any) -> None:
        if isinstance(told, Request):
            self.waiting = told
        elif isinstance(told, Fork):
            self.waiting, self.branches = None, told.branches
            for branch in self.branches:
                branch.begin()
            self.after_branch()
        else:
            self.waiting, self.outcome = None, told
            self.signature = hash((self.signature, digest(told)))


@dataclass(slots=True)
class Stray:
    """A request that is still on its way, though no handler waits for its reply."""

    request: Request | None

    @property
    def waiting(self) -> Request | None:
        return self.request

    @property
    def is_over(self) -> bool:
        return self.request is None


BUT_FOR_COPIES = "ButForCopies"
SETTLING = "Settle"
"""A pseudo-request: a handler waits until the requests on their way have arrived."""


def settle(_: float) -> None:
    """Replace a pause: wait until earlier postings are answered and no copy is on its way. Other
    tasks continue meanwhile."""
    _settle({})


def settle_but_for_copies(_: float) -> None:
    """Wait likewise, but not for copies of requests."""
    _settle({BUT_FOR_COPIES: True})


def _settle(body: Body) -> None:
    sender = getcurrent()
    if isinstance(sender, Task) and sender.parent is not None:
        sender.parent.switch(Request(SETTLING, body))


def side_by_side(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Replace threads: run the parts of a handler request by request, in the chosen order."""
    task = getcurrent()
    if not isinstance(task, Task) or task.parent is None or len(works) == 1:
        return [work() for work in works]
    if task.order is Order.IN_TURN:
        return [work() for work in works]
    if task.order is Order.BACKWARD:
        return [work() for work in reversed(works)][::-1]
    branches = [Branch(task, work) for work in works]
    task.parent.switch(Fork(branches))
    for branch in branches:
        if branch.failure:
            raise branch.failure
    return [branch.value for branch in branches]


def ask(database: Database, operation: str, body: Body) -> Reply:
    """Send a process's request to the schedule, or without one to the database itself.

    The parts of a batch are separate requests: others can come in between.
    """
    parts = _parts(operation, body)
    replies = [_ask_one(database, Request(operation, part)) for part in parts]
    bad = [reply for reply in replies if not reply.is_good]
    if bad or len(replies) == 1:
        return (bad or replies)[0]
    unprocessed: dict[str, Any] = {}
    for reply in replies:
        unprocessed |= reply.members["UnprocessedItems"]
    return Reply(200, {"UnprocessedItems": unprocessed})


def ask_piecemeal(database: Database, operation: str, body: Body) -> Reply:
    """Send a request likewise, but a transaction as one write after the other."""
    if operation != "TransactWriteItems":
        return ask(database, operation, body)
    for number, item in enumerate(body["TransactItems"]):
        token = f"{body['ClientRequestToken']}-{number}"
        alone = {"TransactItems": [item], "ClientRequestToken": token}
        reply = _ask_one(database, Request(operation, alone))
        if not reply.is_good:
            others = len(body["TransactItems"]) - number - 1
            return cancelled(["None"] * number + ["ConditionalCheckFailed"] + ["None"] * others)
    return Reply(200, {})


def _ask_one(database: Database, request: Request) -> Reply:
    sender = getcurrent()
    if not isinstance(sender, Task | Branch) or sender.parent is None:
        return database.execute(request.operation, request.body)
    reply: Reply = sender.parent.switch(request)
    return reply


def _parts(operation: str, body: Body) -> list[Mapping[str, Any]]:
    if operation != "BatchWriteItem":
        return [body]
    return [{"RequestItems": {table: writes}} for table, writes in body["RequestItems"].items()]
