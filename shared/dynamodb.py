"""How the stores speak DynamoDB: the client, its failures, and items as plain dicts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from shared import time_limits
from shared.errors import OutOfTime

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

type_serializer = TypeSerializer()
type_deserializer = TypeDeserializer()

Item = dict[str, "AttributeValueTypeDef"]

FAILURES = (BotoCoreError, ClientError, OutOfTime)
"""What a request of the client may raise."""


def make_client() -> "DynamoDBClient":
    return time_limits.keeping(boto3.client("dynamodb", config=time_limits.CLIENT))


def to_item(values: Mapping[str, Any]) -> Item:
    """The item with these attributes; a None is an attribute that the item does not have."""
    return {
        name: type_serializer.serialize(value)
        for name, value in values.items()
        if value is not None
    }


def from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: type_deserializer.deserialize(value) for name, value in item.items()}


def is_conditional_failure(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"


def is_transaction_conflict(error: ClientError) -> bool:
    """Whether a plain write met a transaction on the same item; botocore does not retry it."""
    return error.response["Error"]["Code"] == "TransactionConflictException"
