"""All that the table of calls knows of one caller, piece by piece, and from any piece on."""

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
class Logged:
    """A posting to whose row in the log nothing leads but the call that it named."""

    posting_id: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece stands: in the caller's partition, and in that of a call of the caller's."""

    listed: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """None stands for the end of a call: there is no more of it."""

    place: Place
    found: Posting | Call | Logged | None


class CallerReader:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def waiting(self, caller_number: str, after: Place | None) -> Iterator[Piece]:
        """The postings that wait for the caller's next call, the oldest first."""
        partition = call_items.caller_partition(caller_number)
        for item in self._query(partition, tables.PENDING_PREFIX, after.listed if after else ""):
            yield Piece(Place(_sort_key(item)), call_items.to_posting(item))

    def calls(self, caller_number: str, after: Place | None) -> Iterator[Piece]:
        """The caller's calls, the newest first: each with what waits for it, and what the log alone
        knows of it."""
        partition = call_items.caller_partition(caller_number)
        if after and after.beside:
            yield from self._call(after.listed, after.beside)
        listed = self._query(
            partition, tables.CALLER_CALL_PREFIX, after.listed if after else "", is_forward=False
        )
        for item in listed:
            yield from self._call(_sort_key(item), "")

    def _call(self, listed: str, after: str) -> Iterator[Piece]:
        partition = call_items.call_partition(call_items.listed_call(listed))
        for item in self._query(partition, "", after):
            yield Piece(Place(listed, _sort_key(item)), _read(item))
        yield Piece(Place(listed), None)

    def _query(
        self, partition: str, prefix: str, after: str, *, is_forward: bool = True
    ) -> Iterator[Item]:
        request: dict[str, Any] = {
            "TableName": self._table_name,
            "ConsistentRead": True,
            "ScanIndexForward": is_forward,
            **(dynamodb.under(partition, prefix) if prefix else _all_of(partition)),
        }
        if after:
            key = {tables.PARTITION_KEY: partition, tables.SORT_KEY: after}
            request["ExclusiveStartKey"] = to_item(key)
        while True:
            page = self._client.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _all_of(partition: str) -> dict[str, Any]:
    # DynamoDB takes no empty prefix.
    return {
        "KeyConditionExpression": "#pk = :pk",
        "ExpressionAttributeNames": {"#pk": tables.PARTITION_KEY},
        "ExpressionAttributeValues": to_item({":pk": partition}),
    }


def _read(item: Item) -> Posting | Call | Logged:
    """An item of a call's partition."""
    sort_key = _sort_key(item)
    if sort_key.startswith(tables.PENDING_PREFIX):
        return call_items.to_posting(item)
    if sort_key.startswith(tables.LOGGED_PREFIX):
        values = from_item(item)
        return Logged(values["posting_id"], values["key_id"])
    return call_items.to_call(item)


def _sort_key(item: Item) -> str:
    sort_key: str = from_item(item)[tables.SORT_KEY]
    return sort_key
