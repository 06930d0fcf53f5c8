"""The faults that can affect a request from a function to DynamoDB."""

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
    """The process ends, and the request arrives at any later time."""
    ANSWER_LOST = "answer-lost"
    """The process ends after its last request, before it responds."""
    FAILS = "fails"
    """The request fails without an effect, as with throttling."""
    REPLY_LOST = "reply-lost"
    """The request takes effect, but the function gets an error, as after a timeout."""
    DOUBLED = "doubled"
    """The request takes effect, and a copy arrives at any later time: the SDK had sent it twice."""
    CONFLICTS = "conflicts"
    """Another transaction is in progress; the request has no effect."""
    SEEN_IN_PART = "seen-in-part"
    """Readers see a part of a transaction first, and the rows of the log only later. `GetItem` is
    not isolated from a transaction as a whole (DynamoDB developer guide, "Isolation levels")."""
    UNPROCESSED = "unprocessed"
    """This part of a batch is not written, and the response says so."""


DEATHS = (Fault.DIES, Fault.DIES_SENDING, Fault.ANSWER_LOST)
OTHER_FAULTS = tuple(fault for fault in Fault if fault not in DEATHS)


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault at one request of a task, counted from 0."""

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
    """Return whether the fault can affect the request."""
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
