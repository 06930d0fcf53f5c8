"""The postings that wait for a call in the call data table."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain import timestamps
from shared.domain.calls import Call
from shared.domain.postings import Posting
from shared.stores import call_items, dynamodb, tables
from shared.stores.dynamodb import to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


class PendingPostings:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def read(
        self, partition: str, call: Call, page_size: int | None = None, page: Any = None
    ) -> Iterator[Posting]:
        """The postings of a partition that may belong to the call; `page` is their first page, if
        that was read already."""
        page = page or self.read_page(partition, call, page_size)
        while True:
            yield from map(call_items.to_posting, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            page = self.read_page(partition, call, page_size, page["LastEvaluatedKey"])

    def read_page(
        self, partition: str, call: Call, page_size: int | None = None, after: Any = None
    ) -> Any:
        under = dynamodb.under(partition, tables.PENDING_PREFIX)
        # What was no longer stored when the call started belongs to it in no case.
        values = {":started_at": timestamps.to_text(call.started_at)}
        under["ExpressionAttributeValues"] |= to_item(values)
        if page_size:
            under["Limit"] = page_size
        if after:
            under["ExclusiveStartKey"] = after
        return self._client.query(
            TableName=self._table_name,
            ConsistentRead=True,
            FilterExpression="stored_until >= :started_at",
            **under,
        )

    def deletion(self, posting: Posting) -> "TransactWriteItemTypeDef":
        return {
            "Delete": {
                "TableName": self._table_name,
                "Key": call_items.pending_key(posting),
                "ConditionExpression": f"attribute_exists({tables.PARTITION_KEY})",
            }
        }

    def delete(self, posting: Posting) -> None:
        try:
            self._client.delete_item(
                TableName=self._table_name, Key=call_items.pending_key(posting)
            )
        except ClientError as error:
            # Somebody else has come upon it at the same time, and will forget it as we do.
            if not dynamodb.is_transaction_conflict(error):
                raise
