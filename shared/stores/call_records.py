"""The calls in the call data table, and each caller's list of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain import timestamps
from shared.domain.calls import Call, update, without_numbers
from shared.domain.postings import Posting
from shared.runtime import retries
from shared.stores import call_items, dynamodb, tables
from shared.stores.dynamodb import to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

LATEST_CALLS = 25
"""Calls of a caller among which a posting looks for its own: more than one caller has at a time."""

_NOT_FORGOTTEN: Any = {
    "ConditionExpression": f"attribute_not_exists({tables.FORGOTTEN_AT_ATTRIBUTE})"
}


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """All that is known of a call, and whether it is surely in its caller's list."""

    call: Call
    is_listed: bool


class CallRecords:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def get(self, call_uuid: str) -> Call | None:
        response = self._client.get_item(
            TableName=self._table_name, Key=call_items.call_key(call_uuid), ConsistentRead=True
        )
        return call_items.to_call(response["Item"]) if "Item" in response else None

    def latest(self, caller_number: str) -> list[Call]:
        """Return the caller's latest calls, newest first.

        They are as they were when they were added to the caller's list: without tags, and mostly
        without an end.
        """
        partition = call_items.caller_partition(caller_number)
        response = self._client.query(
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=LATEST_CALLS,
            TableName=self._table_name,
            **dynamodb.sort_key_begins_with(partition, tables.CALLER_CALL_PREFIX),
        )
        return [call_items.to_call(item) for item in response["Items"]]

    def record(self, call: Call) -> RecordedCall:
        """Write what was reported about a call. What is known already stays.

        Numbers are not written to a call that was forgotten.
        """
        for _ in retries.attempts(dynamodb.MAX_ATTEMPTS):
            try:
                before = self._record_once(call)
            except ClientError as error:
                if dynamodb.is_conditional_failure(error):
                    call = without_numbers(call)
                elif not dynamodb.is_transaction_conflict(error):
                    raise
            else:
                after = update(before, call)
                return RecordedCall(after, _was_listed(before, after))
        raise AssertionError("attempts() ends by raising")

    def add_to_list(self, caller_number: str, call: Call) -> None:
        item = call_items.caller_list_item(caller_number, call)
        if call.ended_at:
            self._client.put_item(TableName=self._table_name, Item=item)
            return
        try:
            # An entry that exists may have got the call's end meanwhile, and must keep it.
            self._client.put_item(
                TableName=self._table_name,
                Item=item,
                ConditionExpression=f"attribute_not_exists({tables.PARTITION_KEY})",
            )
        except ClientError as error:
            if not dynamodb.is_conditional_failure(error):
                raise

    def point_to_log(self, call_uuid: str, posting_id: str, key_id: str) -> None:
        """Write a pointer from a call to a posting's row in the log, before the row is written."""
        item = call_items.log_pointer_item(call_uuid, posting_id, key_id)
        self._client.put_item(TableName=self._table_name, Item=item)

    def log_pointer(self, call: Call, posting: Posting) -> "list[TransactWriteItemTypeDef]":
        """Return the action that writes such a pointer; none for a call whose caller is known.

        If the caller was forgotten, or is not known yet, only the pointer shows that the posting
        was applied, once two later postings have replaced its tags.
        """
        if call.caller_number:
            return []
        item = call_items.log_pointer_item(call.call_uuid, posting.posting_id, posting.key_id)
        return [{"Put": {"TableName": self._table_name, "Item": item}}]

    def rewrite(self, after: Call) -> bool:
        """Write a call as forgetting has left it.

        Returns False if the call has changed since it was read.
        """
        removed = [name for name, value in call_items.facts(after).items() if value is None]
        values = call_items.tagging(after)
        if after.forgotten_at:
            values[tables.FORGOTTEN_AT_ATTRIBUTE] = timestamps.to_text(after.forgotten_at)
        update = self.update_request(after, values)
        names = {f"#{name}": name for name in removed}
        update["ExpressionAttributeNames"] |= names
        update["UpdateExpression"] += f" REMOVE {', '.join(names)}" if names else ""
        try:
            self._client.update_item(**update)
        except ClientError as error:
            if dynamodb.is_conditional_failure(error) or dynamodb.is_transaction_conflict(error):
                return False
            raise
        return True

    def update_request(self, after: Call, values: Mapping[str, Any]) -> Any:
        """Return an update that sets these attributes if the call has the version before this."""
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
        """Return the call as it was before. Fails if it was forgotten and this has its numbers."""
        facts = {name: value for name, value in call_items.facts(call).items() if value is not None}
        sets = ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in facts)
        response = self._client.update_item(
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
        before = response.get("Attributes")
        return call_items.to_call(before) if before else None


def _was_listed(before: Call | None, after: Call) -> bool:
    """Return whether an earlier event has added the call to the caller's list for certain: it is
    announced only after that."""
    return bool(
        before and before.announced_at is not None and before.caller_number == after.caller_number
    )
