"""Single records in a table: added, read, changed and listed, each by the id that people know."""

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
    """Some of a list, and after which record the next page starts: None after the last."""

    records: tuple[Record, ...]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class Named:
    """A record by its id: the name and the value of that, for people, and its key in the table."""

    param: str
    value: str
    key: Item


class Records:
    """`is_id` tells whether a text has the form of an id, so that the table need not be asked."""

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
            # Or the same again, when the SDK tries again what has gone through.
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
        answer = self._client.get_item(
            TableName=self._table_name, Key=named.key, ConsistentRead=True
        )
        if "Item" not in answer:
            raise _not_found(named)
        return answer["Item"]

    def update(self, named: Named, changes: Mapping[str, Any]) -> Item:
        """Set attributes; None removes one. Raises NotFound."""
        self._check(named)
        try:
            answer = self._client.update_item(
                TableName=self._table_name,
                Key=named.key,
                ReturnValues="ALL_NEW",
                **update_of(changes),
            )
        except ClientError as error:
            if dynamodb.is_conditional_failure(error):
                raise _not_found(named) from error
            raise
        return answer["Attributes"]

    def delete(self, named: Named) -> None:
        """What is not there any more is deleted. Raises NotFound for what can be no id."""
        self._check(named)
        self._client.delete_item(TableName=self._table_name, Key=named.key)

    def query(
        self, partition: Mapping[str, str], limit: int, start: Item | None, **options: Any
    ) -> tuple[list[Item], bool]:
        """A partition's items after `start`, and whether there are more."""
        ((name, value),) = partition.items()
        if start:
            options["ExclusiveStartKey"] = start
        answer = self._client.query(
            TableName=self._table_name,
            KeyConditionExpression="#partition = :partition",
            ExpressionAttributeNames={"#partition": name},
            ExpressionAttributeValues=to_item({":partition": value}),
            Limit=limit,
            **options,
        )
        return answer["Items"], "LastEvaluatedKey" in answer

    def _check(self, named: Named) -> None:
        if not self._is_id(named.value):
            raise _not_found(named)


def update_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What an update needs, to set attributes of an item that there is; None removes one."""
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
    return InvalidInput(
        Problem("cursor", "is not one that this list gave; send next_cursor of the page before")
    )


def _not_found(named: Named) -> NotFound:
    shown = shown_name(named.value)
    return NotFound(
        Problem(named.param, f"there is none with the id {shown}; look it up in the list")
    )
