"""Finds and deletes what the tables hold about a caller, but for the calls themselves.

The use case, its order and its time limits are in `functions/operator_api/forgetting.py`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.log_entries import DECIDED_SUFFIX, RESPONSE_SUFFIX
from shared.domain.postings import posted_at
from shared.stores import call_items, dynamodb, tables
from shared.stores.dynamodb import Item, from_item, to_item
from shared.stores.log import row_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A call's entry in its caller's list."""

    call_uuid: str
    key: Item


@dataclass(frozen=True, slots=True)
class PostingItem:
    """An item about one posting in the call data table: the pending posting, or a log pointer."""

    posting_id: str
    key_id: str
    key: Item


@dataclass(frozen=True, slots=True)
class IndexedRow:
    """What the log's index by caller number has of a row."""

    posting_id: str
    key_id: str
    call_uuid: str | None


class ErasureStore:
    def __init__(
        self, client: "DynamoDBClient", call_data_table: str, postback_log_table: str
    ) -> None:
        self._client = client
        self._call_data_table = call_data_table
        self._postback_log_table = postback_log_table

    def list_entries(self, caller_number: str) -> Iterator[ListEntry]:
        """Yield the entries of a caller's list of calls, the oldest call first."""
        partition = call_items.caller_partition(caller_number)
        for item in self._query(partition, tables.CALLER_CALL_PREFIX):
            yield ListEntry(from_item(item)["call_uuid"], _key_of(item))

    def posting_items(self, partition: str, prefix: str, until: datetime) -> Iterator[PostingItem]:
        """Yield a partition's items with this prefix about postings up to `until`."""
        for item in self._query(partition, prefix):
            values = from_item(item)
            if posted_at(values["posting_id"]) <= until:
                yield PostingItem(values["posting_id"], values["key_id"], _key_of(item))

    def log_rows(self, caller_number: str, until: datetime) -> Iterator[IndexedRow]:
        """Yield the log's rows about a caller's postings up to `until`, refused ones included.

        They come from an index, which may lag behind the table.
        """
        items = dynamodb.query(
            self._client,
            TableName=self._postback_log_table,
            IndexName=tables.LOG_BY_CALLER_INDEX,
            KeyConditionExpression="#caller = :caller",
            ExpressionAttributeNames={"#caller": tables.CALLER_NUMBER_ATTRIBUTE},
            ExpressionAttributeValues=to_item({":caller": caller_number}),
        )
        for row in map(from_item, items):
            if posted_at(row["posting_id"]) <= until:
                yield IndexedRow(row["posting_id"], row["key_id"], row.get("call_uuid"))

    def delete_items(self, keys: Iterable[Item]) -> None:
        """Delete items of the call data table."""
        self._delete(self._call_data_table, [*keys])

    def delete_pending(self, call_uuid: str, posting_id: str) -> None:
        """Delete a posting that is pending for the call that it names."""
        names = {
            tables.PARTITION_KEY: call_items.call_partition(call_uuid),
            tables.SORT_KEY: tables.PENDING_PREFIX + posting_id,
        }
        self.delete_items([to_item(names)])

    def delete_log_rows(self, postings: Mapping[str, str]) -> None:
        """Delete all rows of these postings, given as their IDs with the IDs of their keys."""
        keys = [
            to_item(row_key(key_id, posting_id, suffix))
            for posting_id, key_id in postings.items()
            for suffix in ("", DECIDED_SUFFIX, RESPONSE_SUFFIX)
        ]
        self._delete(self._postback_log_table, keys)

    def _delete(self, table: str, keys: list[Item]) -> None:
        for start in range(0, len(keys), dynamodb.MAX_BATCH_WRITES):
            batch = keys[start : start + dynamodb.MAX_BATCH_WRITES]
            writes = {table: [{"DeleteRequest": {"Key": key}} for key in batch]}
            dynamodb.write_batch(self._client, writes)

    def _query(self, partition: str, prefix: str) -> Iterator[Any]:
        return dynamodb.query(
            self._client,
            TableName=self._call_data_table,
            ConsistentRead=True,
            **dynamodb.sort_key_begins_with(partition, prefix),
        )


def _key_of(item: Item) -> Item:
    return {name: item[name] for name in (tables.PARTITION_KEY, tables.SORT_KEY)}
