"""What every store needs to speak to DynamoDB: the client, items, queries, batch writes, errors.

The items have only text, whole numbers, booleans, null, lists, maps and sets of text.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import OutOfTime
from shared.runtime import aws, time_limits
from shared.stores import tables

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = dict[str, "AttributeValueTypeDef"]

FAILURES = (BotoCoreError, ClientError, OutOfTime)
"""The errors that a request of the client may raise."""

MAX_ATTEMPTS = 15
"""Maximum attempts of a write that may lose a race against other writers."""

MAX_BATCH_WRITES = 25
"""Maximum writes in one BatchWriteItem request."""


def make_client(timeouts: "Config | None" = None) -> "DynamoDBClient":
    """Return a client, with other timeouts than the usual ones if they are given."""
    return aws.make_client("dynamodb", timeouts)


def to_item(values: Mapping[str, Any]) -> Item:
    """Return the item with these attributes. An attribute whose value is None is left out."""
    return {name: to_attribute(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: from_attribute(value) for name, value in item.items()}


def to_attribute(value: object) -> "AttributeValueTypeDef":
    """Raises TypeError for a value of another type, instead of storing it as something else."""
    return cast("AttributeValueTypeDef", _to_attribute(value))


def from_attribute(attribute: Mapping[str, Any]) -> Any:
    """Raises TypeError for an attribute of another type, such as bytes."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            return int(value)
        case "NULL":
            return None
        case "M":
            return {name: from_attribute(member) for name, member in value.items()}
        case "L":
            return [from_attribute(member) for member in value]
        case "SS":
            return frozenset(value)
    raise TypeError(f"attributes of type {kind} are not supported")


def partition_is(partition: str) -> dict[str, Any]:
    """Return a query's arguments for all items of a partition."""
    return {
        "KeyConditionExpression": "#pk = :pk",
        "ExpressionAttributeNames": {"#pk": tables.PARTITION_KEY},
        "ExpressionAttributeValues": to_item({":pk": partition}),
    }


def sort_key_begins_with(partition: str, prefix: str) -> dict[str, Any]:
    """Return a query's arguments for the items of a partition whose sort keys begin with this."""
    return {
        "KeyConditionExpression": "#pk = :pk AND begins_with(#sk, :prefix)",
        "ExpressionAttributeNames": {"#pk": tables.PARTITION_KEY, "#sk": tables.SORT_KEY},
        "ExpressionAttributeValues": to_item({":pk": partition, ":prefix": prefix}),
    }


def query(client: "DynamoDBClient", *, first_page: Any = None, **request: Any) -> Iterator[Any]:
    """Yield a query's items from all its pages, each page read when its first item is needed.

    `first_page` is the response of the first request, if it was sent already.
    """
    page = first_page or client.query(**request)
    while True:
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        page = client.query(**request | {"ExclusiveStartKey": page["LastEvaluatedKey"]})


def write_batch(client: "DynamoDBClient", writes: Mapping[str, Any]) -> None:
    """Send a batch of writes, and retry those that DynamoDB did not process.

    Raises RetriesExhausted, or what botocore raises; some or all may be written all the same.
    """
    unprocessed: Any = writes
    for _ in time_limits.attempts(MAX_ATTEMPTS):
        unprocessed = client.batch_write_item(RequestItems=unprocessed)["UnprocessedItems"]
        if not unprocessed:
            return


def is_conditional_failure(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def found_instead(error: ClientError) -> Item:
    """Return the item that a failed condition has found, if the write asked for it."""
    response: Any = error.response
    item: Item = response.get("Item", {})
    return item


def is_transaction_conflict(error: ClientError) -> bool:
    """Return whether a write met a transaction on the same item.

    That can be the same transaction, retried after a timeout while the first attempt was still in
    progress. Such a write has failed for now, but may still be carried out.
    """
    return error.response["Error"]["Code"] in (
        "TransactionConflictException",
        "TransactionInProgressException",
    )


def failed_conditions(error: ClientError) -> set[int]:
    """Return the positions of a canceled transaction's actions whose condition failed.

    Raises the error again if an action is invalid, since it would fail every time.
    """
    reasons: Any = error.response.get("CancellationReasons", [])
    if any(reason["Code"] == "ValidationError" for reason in reasons):
        raise error
    return {i for i, reason in enumerate(reasons) if reason["Code"] == "ConditionalCheckFailed"}


def _to_attribute(value: object) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case bool():  # before int, of which it is a subclass
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case dict():
            return {"M": {name: _to_attribute(member) for name, member in value.items()}}
        case list() | tuple():
            return {"L": [_to_attribute(member) for member in value]}
        case frozenset():
            return {"SS": sorted(value)}
    raise TypeError(f"values of type {type(value).__name__} are not supported")
