"""The alert states of watched keys, in the activity table, so that each alert is sent once."""

from typing import TYPE_CHECKING

from shared.domain import timestamps
from shared.domain.key_alerts import AlertState
from shared.domain.keys import PostbackKey
from shared.stores import dynamodb, tables
from shared.stores.dynamodb import from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PARTITION = "TOLD"


class AlertStore:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def all(self) -> dict[str, AlertState]:
        """Return the states of all keys with an alert, by the keys' IDs."""
        items = dynamodb.query(
            self._client,
            TableName=self._table_name,
            ConsistentRead=True,
            **dynamodb.partition_is(_PARTITION),
        )
        states = {item[tables.SORT_KEY]: _to_state(item) for item in map(from_item, items)}
        return {key_id: state for key_id, state in states.items() if state != AlertState()}

    def put(self, key: PostbackKey, state: AlertState) -> None:
        times = {"silent_since": state.silent_since, "low_since": state.low_since}
        item = {tables.PARTITION_KEY: _PARTITION, tables.SORT_KEY: key.key_id} | {
            name: timestamps.to_text(time) for name, time in times.items() if time
        }
        self._client.put_item(TableName=self._table_name, Item=to_item(item))


def _to_state(item: dict[str, str]) -> AlertState:
    times = {
        name: timestamps.from_text(item[name])
        for name in ("silent_since", "low_since")
        if name in item
    }
    return AlertState(**times)
