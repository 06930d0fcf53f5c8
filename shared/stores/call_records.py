"""Calls in the call data table, and each caller's list of them: written and read one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain import timestamps
from shared.domain.calls import Call, anonymous, updated
from shared.runtime import retries
from shared.stores import call_items, dynamodb, tables
from shared.stores.dynamodb import to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LATEST_CALLS = 25
"""Among how many of a caller's calls a posting looks for its own: more than anyone has going."""

_MOST_ATTEMPTS = 15

_NOT_FORGOTTEN: Any = {
    "ConditionExpression": f"attribute_not_exists({tables.FORGOTTEN_AT_ATTRIBUTE})"
}


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of a call, and whether it has its place in its caller's list."""

    call: Call
    is_listed: bool


class CallRecords:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def get(self, call_uuid: str) -> Call | None:
        answer = self._client.get_item(
            TableName=self._table_name, Key=call_items.call_key(call_uuid), ConsistentRead=True
        )
        return call_items.to_call(answer["Item"]) if "Item" in answer else None

    def latest(self, caller_number: str) -> list[Call]:
        """The caller's latest calls, newest first: what was known when each got its place, without
        tags, and mostly without an end."""
        answer = self._client.query(
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=LATEST_CALLS,
            TableName=self._table_name,
            **dynamodb.under(call_items.caller_partition(caller_number), tables.CALLER_CALL_PREFIX),
        )
        return [call_items.to_call(item) for item in answer["Items"]]

    def record(self, call: Call) -> Known:
        for _ in retries.attempts(_MOST_ATTEMPTS):
            try:
                before = self._record_once(call)
            except ClientError as error:
                if dynamodb.is_conditional_failure(error):
                    call = anonymous(call)
                elif not dynamodb.is_transaction_conflict(error):
                    raise
            else:
                after = updated(before, call)
                return Known(after, _has_been_listed(before, after))
        raise AssertionError("attempts() ends by raising")

    def enter_list(self, caller_number: str, call: Call) -> None:
        item = call_items.caller_list_item(caller_number, call)
        if call.ended_at:
            self._client.put_item(TableName=self._table_name, Item=item)
            return
        try:
            # Listed already, it may have ended meanwhile: that must not be undone.
            self._client.put_item(
                TableName=self._table_name,
                Item=item,
                ConditionExpression=f"attribute_not_exists({tables.PARTITION_KEY})",
            )
        except ClientError as error:
            if not dynamodb.is_conditional_failure(error):
                raise

    def rewrite(self, after: Call) -> bool:
        """Write a call as forgetting has left it; False if it has changed since it was read."""
        gone = [name for name, value in call_items.facts(after).items() if value is None]
        values = call_items.tagging(after)
        if after.forgotten_at:
            values[tables.FORGOTTEN_AT_ATTRIBUTE] = timestamps.to_text(after.forgotten_at)
        update = self.update(after, values)
        names = {f"#{name}": name for name in gone}
        update["ExpressionAttributeNames"] |= names
        update["UpdateExpression"] += f" REMOVE {', '.join(names)}" if names else ""
        try:
            self._client.update_item(**update)
        except ClientError as error:
            if dynamodb.is_conditional_failure(error) or dynamodb.is_transaction_conflict(error):
                return False
            raise
        return True

    def update(self, after: Call, values: Mapping[str, Any]) -> Any:
        return {
            "TableName": self._table_name,
            "Key": call_items.call_key(after.call_uuid),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
            "ConditionExpression": "#version = :before",
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": to_item(
                {f":{name}": value for name, value in values.items()}
                | {":before": after.version - 1}
            ),
        }

    def _record_once(self, call: Call) -> Call | None:
        """Returns what was known before. Fails if that was forgotten, and the caller is told of."""
        facts = {name: value for name, value in call_items.facts(call).items() if value is not None}
        sets = ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in facts)
        answer = self._client.update_item(
            TableName=self._table_name,
            Key=call_items.call_key(call.call_uuid),
            UpdateExpression=f"SET {sets} ADD #version :one",
            ExpressionAttributeNames={f"#{name}": name for name in (*facts, "version")},
            ExpressionAttributeValues=to_item(
                {f":{name}": value for name, value in facts.items()} | {":one": 1}
            ),
            ReturnValues="ALL_OLD",
            **(_NOT_FORGOTTEN if call.caller_number or call.dialed_number else {}),
        )
        before = answer.get("Attributes")
        return call_items.to_call(before) if before else None


def _has_been_listed(before: Call | None, after: Call) -> bool:
    """By an earlier event, which was done with: it had put the call in the list before that."""
    return bool(
        before and before.announced_at is not None and before.caller_number == after.caller_number
    )
