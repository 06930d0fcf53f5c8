"""What every store needs to speak to DynamoDB: the client, items, queries, batch writes, errors."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import OutOfTime
from shared.runtime import aws, retries
from shared.stores import tables
from shared.stores.attribute_values import from_attribute, to_attribute

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
    for _ in retries.attempts(MAX_ATTEMPTS):
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
