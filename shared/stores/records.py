"""Adds, reads, changes and lists single records of a table by their IDs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from botocore.exceptions import ClientError

from shared.domain.errors import InvalidInput, NotFound, Problem
from shared.domain.postings import shown_name
from shared.stores import dynamodb, tables
from shared.stores.dynamodb import Item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Page(Generic[Record]):
    """Part of a list. The next page starts after `next_after`, which is None on the last page."""

    records: tuple[Record, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class Named:
    """A record's ID, the parameter that carries it, and the record's key in the table."""

    param: str
    value: str
    key: Item


class Records:
    """`is_id` returns whether a text has the form of an ID. No other text is looked up."""

    def __init__(
        self, client: "DynamoDBClient", table_name: str, is_id: Callable[[str], bool]
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._is_id = is_id

    def add(self, item: Item) -> None:
        self._client.put_item(
            TableName=self._table_name,
            Item=item,
            # The SDK may retry a request that had succeeded: then the same item is there.
            ConditionExpression="attribute_not_exists(#pk) OR #created_at = :created_at",
            ExpressionAttributeNames={
                "#pk": tables.PARTITION_KEY,
                "#created_at": tables.CREATED_AT_ATTRIBUTE,
            },
            ExpressionAttributeValues={":created_at": item[tables.CREATED_AT_ATTRIBUTE]},
        )

    def get(self, named: Named) -> Item:
        """Raises NotFound."""
        self._check(named)
        response = self._client.get_item(
            TableName=self._table_name, Key=named.key, ConsistentRead=True
        )
        if "Item" not in response:
            raise _not_found(named)
        return response["Item"]

    def update(self, named: Named, changes: Mapping[str, Any]) -> Item:
        """Set attributes, or remove those that are None. Returns the item. Raises NotFound."""
        self._check(named)
        try:
            response = self._client.update_item(
                TableName=self._table_name,
                Key=named.key,
                ReturnValues="ALL_NEW",
                **update_of(changes),
            )
        except ClientError as error:
            if dynamodb.is_conditional_failure(error):
                raise _not_found(named) from error
            raise
        return response["Attributes"]

    def advance(self, named: Named, change: Mapping[str, str]) -> None:
        """Set an attribute, unless the record is gone, or has this value or a later one."""
        ((name, value),) = change.items()
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=named.key,
                UpdateExpression="SET #name = :value",
                ConditionExpression=(
                    f"attribute_exists({tables.PARTITION_KEY}) AND "
                    "(attribute_not_exists(#name) OR #name < :value)"
                ),
                ExpressionAttributeNames={"#name": name},
                ExpressionAttributeValues=to_item({":value": value}),
            )
        except ClientError as error:
            if not dynamodb.is_conditional_failure(error):
                raise

    def replace(self, named: Named, changes: Mapping[str, Any], successor: Item) -> None:
        """Add the successor of a record and change the record, which sets its `replaced_by`: both
        or neither. Raises InvalidInput if the record was already replaced.
        """
        update = update_of(changes)
        update["ConditionExpression"] += " AND attribute_not_exists(#replaced_by)"
        key = {"TableName": self._table_name, "Key": named.key}
        put = {"TableName": self._table_name, "Item": successor}
        try:
            self._client.transact_write_items(
                TransactItems=[{"Update": {**key, **update}}, {"Put": put}]  # type: ignore[typeddict-item]
            )
        except self._client.exceptions.TransactionCanceledException as error:
            if dynamodb.failed_conditions(error):
                message = "was just rotated by another request; read the key again"
                raise InvalidInput(Problem(named.param, message)) from error
            raise

    def delete(self, named: Named) -> None:
        """Delete a record, if it exists. Raises NotFound only for an ID of the wrong form."""
        self._check(named)
        self._client.delete_item(TableName=self._table_name, Key=named.key)

    def query(
        self, partition: Mapping[str, str], limit: int, start: Item | None, **options: Any
    ) -> tuple[list[Item], bool]:
        """Return a partition's items after `start`, and whether there are more."""
        ((name, value),) = partition.items()
        if start:
            options["ExclusiveStartKey"] = start
        response = self._client.query(
            TableName=self._table_name,
            KeyConditionExpression="#partition = :partition",
            ExpressionAttributeNames={"#partition": name},
            ExpressionAttributeValues=to_item({":partition": value}),
            Limit=limit,
            **options,
        )
        return response["Items"], "LastEvaluatedKey" in response

    def _check(self, named: Named) -> None:
        if not self._is_id(named.value):
            raise _not_found(named)


def update_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of an update of an existing item; None removes an attribute."""
    sets = {name: value for name, value in changes.items() if value is not None}
    clauses = {
        "SET": [f"#{name} = :{name}" for name in sets],
        "REMOVE": [f"#{name}" for name in changes if name not in sets],
    }
    update = {
        "UpdateExpression": " ".join(
            f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts
        ),
        "ConditionExpression": f"attribute_exists({tables.PARTITION_KEY})",
        "ExpressionAttributeNames": {f"#{name}": name for name in changes},
    }
    if sets:
        update["ExpressionAttributeValues"] = to_item({f":{n}": v for n, v in sets.items()})
    return update


def invalid_cursor() -> InvalidInput:
    return InvalidInput(Problem("cursor", "is invalid; send next_cursor of the previous page"))


def _not_found(named: Named) -> NotFound:
    shown = shown_name(named.value)
    return NotFound(Problem(named.param, f"no record has the ID {shown}; look it up in the list"))
