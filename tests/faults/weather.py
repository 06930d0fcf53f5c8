"""The faults that can happen between a function and AWS, and how they are mixed."""

import json
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.faults import processes
from tests.faults.proxy import Reply, Request

PATIENCE_SECONDS = 1.2
"""A little longer than the functions wait for a response."""

LATEST_SECONDS = 6.0

NOT_KILLED = "function had given up the request, and so was not killed"

_WRITES = ("BatchWriteItem", "TransactWriteItems", "UpdateItem", "PutItem", "DeleteItem")
_DYNAMODB = (*_WRITES, "GetItem", "Query")
_ALL = (*_DYNAMODB, "PutEvents", "SendMessage")
_MORTAL = (*_DYNAMODB, "SendMessage")
"""Operations at which functions are killed. Not PutEvents, which the feed sends: Lambda would
deliver the batch of a killed feed again, and the embedded AWS does not."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`act` returns the reply, or None to close the connection without one."""

    name: str
    act: Callable[[Request], Reply | None]
    operations: Sequence[str] = _ALL
    weight: float = 1.0


def _error(status: int, code: str, **members: Any) -> Reply:
    return _answer({"__type": f"com.amazonaws#{code}", "message": "a fault"} | members, status)


def _answer(members: Mapping[str, Any], status: int = 200) -> Reply:
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    return Reply(status, headers, json.dumps(members).encode())


def _throttle(request: Request) -> Reply:
    return _error(400, "ProvisionedThroughputExceededException")


def _throttle_account(request: Request) -> Reply:
    return _error(400, "ThrottlingException")


def _fail(request: Request) -> Reply:
    return _error(500, "InternalServerError")


def _be_unavailable(request: Request) -> Reply:
    return _error(503, "ServiceUnavailable")


def _cut_off(request: Request) -> None:
    return None


def _cut_off_after(request: Request) -> None:
    request.forward()


def _hang(request: Request) -> None:
    time.sleep(PATIENCE_SECONDS)


def _hang_after(request: Request) -> None:
    request.forward()
    time.sleep(PATIENCE_SECONDS)


def _repeat_later(request: Request) -> Reply:
    """Act like a network that delivers a request twice."""
    reply = request.forward()
    request.forward_later(_some_seconds(request))
    return reply


def _arrive_late(request: Request) -> None:
    """Let the request take effect after the function has given up and perhaps retried."""
    request.forward_later(_some_seconds(request))
    time.sleep(PATIENCE_SECONDS)


def _some_seconds(request: Request) -> float:
    return random.Random(request.body).uniform(PATIENCE_SECONDS, LATEST_SECONDS)  # noqa: S311


def _leave_unprocessed(request: Request) -> Reply:
    """Write the items of some tables or of none, and return the rest as unprocessed."""
    batch = request.members["RequestItems"]
    tables = sorted(batch)
    written = random.Random(request.body).choice([[], tables[:1], tables[1:]])  # noqa: S311
    if written:
        part = {table: batch[table] for table in written}
        reply = request.forward({**request.members, "RequestItems": part})
        if reply.status != 200:
            return reply
    return _answer({"UnprocessedItems": {t: batch[t] for t in tables if t not in written}})


def _leave_all_unprocessed(request: Request) -> Reply:
    if request.operation != "BatchWriteItem":
        return request.forward()
    return _answer({"UnprocessedItems": request.members["RequestItems"]})


def _conflict(request: Request) -> Reply:
    if request.operation != "TransactWriteItems":
        return _error(400, "TransactionConflictException")
    reasons = [{"Code": "None"} for _ in request.members["TransactItems"]]
    reasons[0] = {"Code": "TransactionConflict", "Message": "a fault"}
    return _error(400, "TransactionCanceledException", CancellationReasons=reasons)


def _refuse_entries(request: Request) -> Reply:
    """Put every second entry on the bus, and refuse the others."""
    entries = request.members["Entries"]
    taken = entries[1::2]
    results: list[dict[str, str]] = []
    if taken:
        reply = request.forward({"Entries": taken})
        if reply.status != 200:
            return reply
        results = reply.members["Entries"]
    refusal = {"ErrorCode": "ThrottlingException", "ErrorMessage": "a fault"}
    mixed = [results[i // 2] if i % 2 else refusal for i in range(len(entries))]
    return _answer({"FailedEntryCount": len(entries) - len(taken), "Entries": mixed})


def _kill(request: Request) -> None:
    if not processes.kill_peer(request.here, request.peer):
        request.proxy.count(request.proxy.struck, (NOT_KILLED, request.operation))


def _kill_after(request: Request) -> None:
    request.forward()
    _kill(request)


THROTTLED = Fault("throttled", _throttle, _DYNAMODB, 2)
FAILING = Fault("500", _fail)
HANGING = Fault("hung before it took effect", _hang)
CUT_OFF = Fault("cut off before it took effect", _cut_off)
TAKING_NOTHING = Fault("whole batches unprocessed", _leave_all_unprocessed)

FAULTS = (
    THROTTLED,
    Fault("throttled, the whole account", _throttle_account),
    FAILING,
    Fault("503", _be_unavailable),
    CUT_OFF,
    Fault("cut off after it took effect", _cut_off_after),
    HANGING,
    Fault("hung after it took effect", _hang_after),
    Fault("took effect late, once given up", _arrive_late, _DYNAMODB),
    Fault("took effect again, seconds later", _repeat_later, weight=2),
    Fault("batch partly unprocessed", _leave_unprocessed, ("BatchWriteItem",), 3),
    Fault("transaction conflict", _conflict, _WRITES[1:], 3),
    Fault("events partly refused", _refuse_entries, ("PutEvents",), 6),
    Fault("function killed before it took effect", _kill, _MORTAL, 0.1),
    Fault("function killed after it took effect", _kill_after, _MORTAL, 0.1),
)


_KILLING = FAULTS[-2:]


def kills(struck: Mapping[tuple[str, str], int]) -> int:
    """Return how many functions were killed, of the faults counted by name and operation."""
    names = {fault.name for fault in _KILLING}
    tried = sum(count for (name, _), count in struck.items() if name in names)
    return tried - sum(count for (name, _), count in struck.items() if name == NOT_KILLED)


class Calm:
    """No faults."""

    def strike(self, request: Request) -> Reply:
        return request.forward()


class Storm:
    """Random faults, chosen from those that fit a request's operation.

    Two successive requests to the bus never both fail: Lambda would deliver what the feed reports
    as failed again, and the embedded AWS does not.
    """

    def __init__(self, seed: int, rate: float, *, deadly: float = 1.0) -> None:
        """Functions are killed `deadly` times as often as usual."""
        self._chance = random.Random(seed)  # noqa: S311
        self._rate = rate
        self._deadly = deadly
        self._choosing = threading.Lock()
        self._bus_was_struck = False
        faults = FAULTS if processes.can_be_found() else FAULTS[: -len(_KILLING)]
        self._faults = {name: [f for f in faults if name in f.operations] for name in _ALL}

    def strike(self, request: Request) -> Reply | None:
        fault = self._choose(request.operation)
        if fault is None:
            return request.forward()
        request.proxy.count(request.proxy.struck, (fault.name, request.operation))
        return fault.act(request)

    def _choose(self, operation: str) -> Fault | None:
        with self._choosing:
            is_struck = self._chance.random() < self._rate
            if operation == "PutEvents":
                is_struck = is_struck and not self._bus_was_struck
                self._bus_was_struck = is_struck
            if not is_struck:
                return None
            faults = self._faults[operation]
            weights = [f.weight * (self._deadly if f in _KILLING else 1.0) for f in faults]
            (fault,) = self._chance.choices(faults, weights)
            return fault


class Outage:
    """The same fault at every request to DynamoDB."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def strike(self, request: Request) -> Reply | None:
        if request.operation not in _DYNAMODB:
            return request.forward()
        return self._fault.act(request)
