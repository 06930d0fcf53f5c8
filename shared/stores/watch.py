"""In the activity table: what was told of each key that is watched, so that it is told once."""

from typing import TYPE_CHECKING

from shared.domain import timestamps
from shared.domain.key_alerts import AlertState
from shared.domain.keys import PostbackKey
from shared.stores import tables
from shared.stores.dynamodb import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TOLD = "TOLD"


class WatchStore:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def all(self) -> dict[str, AlertState]:
        """By the keys' ids; those of which anything holds."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table_name,
            ConsistentRead=True,
            KeyConditionExpression="#pk = :pk",
            ExpressionAttributeNames={"#pk": tables.PARTITION_KEY},
            ExpressionAttributeValues=to_item({":pk": _TOLD}),
        )
        found = (from_item(item) for page in pages for item in page["Items"])
        told = {item[tables.SORT_KEY]: _to_told(item) for item in found}
        return {key_id: each for key_id, each in told.items() if each != AlertState()}

    def put(self, key: PostbackKey, told: AlertState) -> None:
        since = {"silent_since": told.silent_since, "low_since": told.low_since}
        item = {tables.PARTITION_KEY: _TOLD, tables.SORT_KEY: key.key_id} | {
            name: timestamps.to_text(moment) for name, moment in since.items() if moment
        }
        self._client.put_item(TableName=self._table_name, Item=to_item(item))


def _to_told(item: dict[str, str]) -> AlertState:
    moments = {
        name: timestamps.from_text(item[name])
        for name in ("silent_since", "low_since")
        if name in item
    }
    return AlertState(**moments)
