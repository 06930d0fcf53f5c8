"""Writes the postback log: the outcome of every posting. Rows are added, and never changed.

A posting's first row (stored or refused) is written by the function that received it, the second
(applied, or refused after all) by the function that decided so. They come in either order, and
neither overwrites the other.
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
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from shared.domain.calls import Call

ROW_RETENTION = timedelta(days=90)

_MAX_PARAMETERS = 110
"""Maximum parameters kept of a refused posting: more than an accepted one can have."""

_MAX_CHARACTERS = 256
"""Maximum length of their names and values: enough to see what was sent by mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """That a stored posting was applied or refused: for which call, why at that time, and when."""

    call_uuid: str
    caller_number: str | None
    cause: Cause
    decided_at: datetime

    @classmethod
    def about(cls, call: "Call", cause: Cause, at: datetime) -> "Decision":
        return cls(
            call_uuid=call.call_uuid, caller_number=call.caller_number, cause=cause, decided_at=at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPosting:
    """A posting that was refused before it was stored, as far as it could be read."""

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
    """The ID of the call that a stored posting was applied to; None and the reason if the posting
    was refused."""

    applied_to: str | None
    reason: str | None = None


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
        """Add the response sent, where the posting's other rows would suggest another one."""
        row = _row(posting, None, RESPONSE_SUFFIX) | {
            "caller_number": posting.caller_number,
            "status_code": status_code,
            "status": status,
        }
        self._client.put_item(TableName=self.table_name, Item=to_item(row))

    def read_decision(self, posting: Posting) -> RecordedDecision | None:
        """Return what was decided about the posting, or None if that cannot be read yet.

        The read is strongly consistent, but a transaction's writes become visible one by one: the
        posting may be seen to be pending no longer before its decision is seen.
        """
        response = self._client.get_item(
            TableName=self.table_name,
            Key=to_item(row_key(posting.key_id, posting.posting_id, DECIDED_SUFFIX)),
            ConsistentRead=True,
        )
        if "Item" not in response:
            return None
        decision = from_item(response["Item"])
        applied_to = str(decision["call_uuid"]) if is_applied(decision) else None
        return RecordedDecision(applied_to, decision.get("reason"))

    # The stores of calls write the rows below, in one request with the items that they describe.

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

    def first_decision(self, row: Item) -> "TransactWriteItemTypeDef":
        """Return the action of a transaction that adds this row if the posting is undecided."""
        return {
            "Put": {
                "TableName": self.table_name,
                "Item": row,
                "ConditionExpression": f"attribute_not_exists({tables.PARTITION_KEY})",
            }
        }


def partition(key_id: str, day: date, shard: int) -> str:
    return f"{key_id}#{day:%Y-%m-%d}#{shard}"


def row_key(key_id: str, posting_id: str, suffix: str = "") -> dict[str, str]:
    """Return the key of a posting's row, which follows from the IDs of the posting and its key."""
    shard = zlib.crc32(posting_id.encode()) % tables.LOG_SHARDS
    return {
        tables.PARTITION_KEY: partition(key_id, posted_at(posting_id).date(), shard),
        tables.SORT_KEY: posting_id + suffix,
    }


def _row(
    posting: Posting | RefusedPosting, outcome: Outcome | None, suffix: str = ""
) -> dict[str, Any]:
    posted = posted_at(posting.posting_id)
    return row_key(posting.key_id, posting.posting_id, suffix) | {
        "outcome": outcome,
        "posting_id": posting.posting_id,
        "posted_at": timestamps.to_text(posted),
        "key_id": posting.key_id,
        "publisher_id": posting.publisher_id,
        tables.TTL_ATTRIBUTE: timestamps.to_epoch_seconds(posted + ROW_RETENTION),
    }


def _decided(decision: Decision) -> dict[str, Any]:
    return {
        "call_uuid": decision.call_uuid,
        "caller_number": decision.caller_number,
        "decided_at": timestamps.to_text(decision.decided_at),
        "decided_by": decision.cause,
    }


def _storable(parameters: Mapping[str, str]) -> dict[str, str]:
    """Return the first parameters, shortened, without the key and names that are empty.

    A lone surrogate, which no table can store, becomes a question mark.
    """
    named = ((name, value) for name, value in parameters.items() if name not in ("key", ""))
    return {_beginning(name): _beginning(value) for name, value in islice(named, _MAX_PARAMETERS)}


def _beginning(text: str) -> str:
    cut = text if len(text) <= _MAX_CHARACTERS else f"{text[:_MAX_CHARACTERS]}…"
    return cut.encode(errors="replace").decode()


def _warnings(warnings: Sequence[PostingWarning]) -> dict[str, Any]:
    """Return the attribute for warnings; none if there are none, as in most rows."""
    rows = [{"kind": w.kind, "param": w.param, "message": w.message} for w in warnings]
    return {"warnings": rows} if rows else {}


def _problems(problems: Sequence[Problem]) -> list[dict[str, str | None]]:
    return [{"param": problem.param, "message": problem.message} for problem in problems]
