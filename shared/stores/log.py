"""The postback log: what became of every posting. Rows are only ever added, never changed.

A posting's first row (stored or refused) comes from the function that took it, its second (applied,
or refused after all) from whichever decided that, in either order; neither overwrites the other.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from shared.domain import timestamps
from shared.domain.errors import Problem, Refusal, reason
from shared.domain.log_entries import DECIDED_SUFFIX, RESPONSE_SUFFIX, Cause, Outcome, is_applied
from shared.domain.posting_warnings import PostingWarning
from shared.domain.postings import Posting, Status, posted_at
from shared.stores import tables
from shared.stores.dynamodb import Item, from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROW_RETENTION = timedelta(days=90)

_MOST_PARAMETERS = 110
"""All that an acceptable posting can have; of a refused one with thousands, the start."""

_MOST_CHARACTERS = 256
"""Of a refused posting's names and values: what it takes to see what was sent by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of a stored posting, by whom, when, and with which call."""

    call_uuid: str
    caller_number: str | None
    cause: Cause
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPosting:
    """A posting that was refused before any of it was stored, as far as it could be read."""

    posting_id: str
    key_id: str
    publisher_id: str
    status_code: int
    reason: str
    problems: Sequence[Problem]
    parameters: Mapping[str, str]
    caller_number: str | None
    warnings: Sequence[PostingWarning] = ()


@dataclass(frozen=True, slots=True)
class RecordedDecision:
    """The uuid of the call that a posting went on; None if it was refused."""

    applied_to: str | None


class LogStore:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self.table_name = table_name

    def put_refused(self, refused: RefusedPosting) -> None:
        row = (
            _row(refused, Outcome.REFUSED)
            | {
                "status_code": refused.status_code,
                "reason": refused.reason,
                "problems": _problems(refused.problems),
                "parameters": _storable(refused.parameters),
                "caller_number": refused.caller_number,
            }
            | _warnings(refused.warnings)
        )
        self._client.put_item(TableName=self.table_name, Item=to_item(row))

    def put_response(
        self, posting: Posting, status_code: int, status: Status | None = None
    ) -> None:
        """Add the answer given, where the posting's other rows would let a reader infer another."""
        row = _row(posting, None, RESPONSE_SUFFIX) | {
            "caller_number": posting.caller_number,
            "status_code": status_code,
            "status": status,
        }
        self._client.put_item(TableName=self.table_name, Item=to_item(row))

    def read_decision(self, posting: Posting) -> RecordedDecision | None:
        """What was decided of the posting, strongly consistent; None if nothing is to be seen yet.

        A transaction's writes come to be seen one by one: that the posting no longer waits may be
        seen before this.
        """
        answer = self._client.get_item(
            TableName=self.table_name,
            Key=to_item(row_key(posting.key_id, posting.posting_id, DECIDED_SUFFIX)),
            ConsistentRead=True,
        )
        if "Item" not in answer:
            return None
        decision = from_item(answer["Item"])
        return RecordedDecision(str(decision["call_uuid"]) if is_applied(decision) else None)

    # The rows below go to the table in one request with what they tell of; the call store sends it.

    def stored_row(self, posting: Posting) -> Item:
        return to_item(
            _row(posting, Outcome.STORED)
            | {
                "caller_number": posting.caller_number,
                "call_uuid": posting.call_uuid,
                "stored_until": timestamps.to_text(posting.stored_until),
                "tags": dict(posting.tags),
            }
            | _warnings(posting.warnings)
        )

    def applied_row(self, posting: Posting, decision: Decision, status: Status) -> Item:
        row = _row(posting, Outcome.APPLIED, DECIDED_SUFFIX) | _decided(decision)
        if decision.cause is Cause.POSTING:
            row |= {"status_code": 200, "status": status}
        return to_item(row)

    def refused_row(self, posting: Posting, decision: Decision, refusal: Refusal) -> Item:
        row = _row(posting, Outcome.REFUSED, DECIDED_SUFFIX) | _decided(decision)
        if decision.cause is Cause.POSTING:
            row |= {"status_code": 422}
        row |= {"reason": reason(type(refusal)), "problems": _problems(refusal.problems)}
        return to_item(row)


def partition(key_id: str, day: date, shard: int) -> str:
    return f"{key_id}#{day:%Y-%m-%d}#{shard}"


def row_key(key_id: str, posting_id: str, suffix: str = "") -> dict[str, str]:
    """Where a posting's rows are follows from its id and its key's alone."""
    shard = zlib.crc32(posting_id.encode()) % tables.LOG_SHARDS
    return {
        tables.PARTITION_KEY: partition(key_id, posted_at(posting_id).date(), shard),
        tables.SORT_KEY: posting_id + suffix,
    }


def _row(
    posting: Posting | RefusedPosting, outcome: Outcome | None, suffix: str = ""
) -> dict[str, Any]:
    moment = posted_at(posting.posting_id)
    return row_key(posting.key_id, posting.posting_id, suffix) | {
        "outcome": outcome,
        "posting_id": posting.posting_id,
        "posted_at": timestamps.to_text(moment),
        "key_id": posting.key_id,
        "publisher_id": posting.publisher_id,
        tables.TTL_ATTRIBUTE: timestamps.to_epoch_seconds(moment + ROW_RETENTION),
    }


def _decided(decision: Decision) -> dict[str, Any]:
    return {
        "call_uuid": decision.call_uuid,
        "caller_number": decision.caller_number,
        "decided_at": timestamps.to_text(decision.decided_at),
        "decided_by": decision.cause,
    }


def _storable(parameters: Mapping[str, str]) -> dict[str, str]:
    """The first of the parameters as sent, but for the key and what a table cannot hold; the
    beginning of what is long."""
    named = ((name, value) for name, value in parameters.items() if name not in ("key", ""))
    return {_beginning(name): _beginning(value) for name, value in islice(named, _MOST_PARAMETERS)}


def _beginning(text: str) -> str:
    cut = text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"
    return cut.encode(errors="replace").decode()


def _warnings(warnings: Sequence[PostingWarning]) -> dict[str, Any]:
    """Most rows have none, and pay for no attribute."""
    rows = [{"kind": w.kind, "param": w.param, "message": w.message} for w in warnings]
    return {"warnings": rows} if rows else {}


def _problems(problems: Sequence[Problem]) -> list[dict[str, str | None]]:
    return [{"param": problem.param, "message": problem.message} for problem in problems]
