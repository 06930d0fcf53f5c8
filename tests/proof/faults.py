"""What can go wrong between a function and DynamoDB, at one of its requests."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.proof.database import Body, Reply, cancelled, error, is_read

if TYPE_CHECKING:
    from tests.proof.tasks import Request


class Fault(StrEnum):
    DIES = "dies"
    """The process ends before the request leaves it."""
    DIES_SENDING = "dies-sending"
    """The process ends, and the request arrives at any time later."""
    ANSWER_LOST = "answer-lost"
    """The process ends after its last request, before it has answered."""
    FAILS = "fails"
    """An error, and nothing was done: throttling, say."""
    REPLY_LOST = "reply-lost"
    """It was done, but the function is told of an error: a time-out, say."""
    DOUBLED = "doubled"
    """It was done, and a copy of it arrives at any time later: the SDK had sent it twice."""
    CONFLICTS = "conflicts"
    """Another writer's transaction was under way; nothing was done."""
    SEEN_IN_PART = "seen-in-part"
    """Of a transaction that was done readers see a part, and the rows of the log only later: a
    `GetItem` is not isolated from it as a whole (the developer guide, "Isolation levels")."""
    UNPROCESSED = "unprocessed"
    """This part of a batch was not written, and the answer says so."""


DEATHS = (Fault.DIES, Fault.DIES_SENDING, Fault.ANSWER_LOST)
OTHER_FAULTS = tuple(fault for fault in Fault if fault not in DEATHS)


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault at a task's request with this number, from 0 on."""

    task: int
    step: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.task}.{self.step}={self.fault}"

    @classmethod
    def parse(cls, text: str) -> "Strike":
        where, _, fault = text.partition("=")
        task, _, step = where.partition(".")
        return cls(int(task), int(step), Fault(fault))


def can_strike(fault: Fault, request: "Request") -> bool:
    """Whether the fault is one that can befall the request; an answer is none."""
    match fault:
        case Fault.ANSWER_LOST:
            return False
        case Fault.DIES | Fault.FAILS:
            return True
        case Fault.SEEN_IN_PART:
            return request.operation == "TransactWriteItems"
        case Fault.UNPROCESSED:
            return request.operation == "BatchWriteItem"
        case Fault.CONFLICTS:
            return not is_read(request.operation) and request.operation != "BatchWriteItem"
    return not is_read(request.operation)


def conflict(operation: str, body: Body) -> Reply:
    if operation == "TransactWriteItems":
        others = ["None"] * (len(body["TransactItems"]) - 1)
        return cancelled(["TransactionConflict", *others])
    return error("TransactionConflictException")
