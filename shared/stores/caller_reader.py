"""Reads all that the call data table has about one caller, item by item, from any item on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.domain.calls import Call
from shared.domain.postings import Posting
from shared.stores import call_items, dynamodb, tables
from shared.stores.dynamodb import Item, from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class LogPointer:
    """A pointer from a call to a posting's row in the log, which cannot be found otherwise."""

    posting_id: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Position:
    """The sort key of an item in the caller's partition, and of one in the partition of a call."""

    in_caller: str
    in_call: str = ""


@dataclass(frozen=True, slots=True)
class CallerItem:
    """One item about the caller. A `value` of None marks the end of a call's items."""

    position: Position
    value: Posting | Call | LogPointer | None


class CallerReader:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def pending(self, caller_number: str, after: Position | None) -> Iterator[CallerItem]:
        """Yield the postings that are pending for the caller's next call, the oldest first."""
        partition = call_items.caller_partition(caller_number)
        start = after.in_caller if after else ""
        for item in self._query(partition, tables.PENDING_PREFIX, start):
            yield CallerItem(Position(_sort_key(item)), call_items.to_posting(item))

    def calls(self, caller_number: str, after: Position | None) -> Iterator[CallerItem]:
        """Yield the caller's calls, the newest first, each with its pending postings and its
        pointers to the log."""
        partition = call_items.caller_partition(caller_number)
        if after and after.in_call:
            yield from self._call(caller_number, after.in_caller, after.in_call)
        start = after.in_caller if after else ""
        entries = self._query(partition, tables.CALLER_CALL_PREFIX, start, is_forward=False)
        for entry in entries:
            yield from self._call(caller_number, _sort_key(entry), "")

    def _call(self, caller_number: str, list_sort_key: str, after: str) -> Iterator[CallerItem]:
        partition = call_items.call_partition(call_items.listed_call(list_sort_key))
        for item in self._query(partition, "", after):
            value = _read(item)
            if isinstance(value, Call) and value.caller_number not in (None, caller_number):
                break  # an agent's leg with this number was reported before the call's own caller
            yield CallerItem(Position(list_sort_key, _sort_key(item)), value)
        yield CallerItem(Position(list_sort_key), None)

    def _query(
        self, partition: str, prefix: str, after: str, *, is_forward: bool = True
    ) -> Iterator[Item]:
        # DynamoDB rejects an empty prefix.
        condition = (
            dynamodb.sort_key_begins_with(partition, prefix)
            if prefix
            else dynamodb.partition_is(partition)
        )
        start: dict[str, Any] = {}
        if after:
            key = {tables.PARTITION_KEY: partition, tables.SORT_KEY: after}
            start["ExclusiveStartKey"] = to_item(key)
        return dynamodb.query(
            self._client,
            TableName=self._table_name,
            ConsistentRead=True,
            ScanIndexForward=is_forward,
            **condition,
            **start,
        )


def _read(item: Item) -> Posting | Call | LogPointer:
    """Return what an item of a call's partition holds."""
    sort_key = _sort_key(item)
    if sort_key.startswith(tables.PENDING_PREFIX):
        return call_items.to_posting(item)
    if sort_key.startswith(tables.LOGGED_PREFIX):
        values = from_item(item)
        return LogPointer(values["posting_id"], values["key_id"])
    return call_items.to_call(item)


def _sort_key(item: Item) -> str:
    sort_key: str = from_item(item)[tables.SORT_KEY]
    return sort_key
