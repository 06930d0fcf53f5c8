"""How the stores speak DynamoDB: the client, its failures, and items as plain dicts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain.errors import OutOfTime
from shared.runtime import aws
from shared.stores import tables
from shared.stores.attribute_values import from_attribute, to_attribute

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = dict[str, "AttributeValueTypeDef"]

FAILURES = (BotoCoreError, ClientError, OutOfTime)
"""What a request of the client may raise."""


def make_client(waits: "Config | None" = None) -> "DynamoDBClient":
    """`waits` are other times to wait than every client's."""
    return aws.make_client("dynamodb", waits)


def to_item(values: Mapping[str, Any]) -> Item:
    """The item with these attributes; a None is an attribute that the item does not have."""
    return {name: to_attribute(value) for name, value in values.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: from_attribute(value) for name, value in item.items()}


def under(partition: str, prefix: str) -> dict[str, Any]:
    """A query's arguments for the items of a partition whose sort key starts so."""
    return {
        "KeyConditionExpression": "#pk = :pk AND begins_with(#sk, :prefix)",
        "ExpressionAttributeNames": {"#pk": tables.PARTITION_KEY, "#sk": tables.SORT_KEY},
        "ExpressionAttributeValues": to_item({":pk": partition, ":prefix": prefix}),
    }


def is_conditional_failure(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def is_transaction_conflict(error: ClientError) -> bool:
    """Whether a write met a transaction on the same item, or itself: one that timed out here and
    was sent again while the first was still at work. Neither is done, nor surely undone."""
    return error.response["Error"]["Code"] in (
        "TransactionConflictException",
        "TransactionInProgressException",
    )
