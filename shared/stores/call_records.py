"""The calls in the call data table, and each caller's list of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain import timestamps
from shared.domain.calls import Call, has_other_caller, update, without_numbers
from shared.domain.postings import Posting
from shared.runtime import time_limits
from shared.stores import call_items, dynamodb, tables
from shared.stores.dynamodb import Item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from shared.domain.legs import IgnoredReport, Leg
    from shared.stores.leg_records import LegRecords

_MAX_GENERATIONS = 4
"""How far a leg's call is looked for: a leg may be reported with another leg as its parent."""

_NO_LEG = f"attribute_not_exists({tables.PARENT_ATTRIBUTE})"
_NOT_FORGOTTEN = f"attribute_not_exists({tables.FORGOTTEN_AT_ATTRIBUTE})"


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """All that is known of a call, and whether it is surely in its caller's list.

    `moved_from` is the call as it was, if its entry was in another place of the callers' lists.
    """

    call: Call
    is_listed: bool
    has_other_caller: bool = False
    ends_early: bool = False
    moved_from: Call | None = None


class CallRecords:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def get(self, call_uuid: str) -> Call | None:
        item = self._item(call_uuid)
        return call_items.to_call(item) if call_items.is_call(item) else None

    def find(self, call_uuid: str) -> Call | str | None:
        """Return the call of this ID, or the call that this ID is known as a leg of; of a known leg
        whose call is unknown, the call's ID."""
        named = call_uuid
        for _ in range(_MAX_GENERATIONS):
            item = self._item(call_uuid)
            if call_items.is_call(item):
                return call_items.to_call(item)
            if tables.PARENT_ATTRIBUTE not in item:
                return call_uuid if call_uuid != named else None
            call_uuid = dynamodb.from_item(item)[tables.PARENT_ATTRIBUTE]
        return None

    def _item(self, call_uuid: str) -> Item:
        response = self._client.get_item(
            TableName=self._table_name, Key=call_items.call_key(call_uuid), ConsistentRead=True
        )
        return response.get("Item", {})

    def record(
        self, call: Call, leg: "Leg | None" = None, *, at: datetime
    ) -> "RecordedCall | IgnoredReport":
        """Write what was reported at this time about a call, or about a leg that shares its ID.

        What is known already stays, except for a start that was assumed. Numbers are not written to
        a call that was forgotten, and nothing to a leg with an ID of its own.
        """
        if leg:
            from shared.stores import moved_legs  # noqa: PLC0415  # loaded with the first leg

            return moved_legs.record(self, self._legs(), call, leg, at)
        for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
            try:
                item = self._record_once(call)
            except ClientError as error:
                if dynamodb.is_conditional_failure(error):
                    found = dynamodb.found_instead(error)
                    values = dynamodb.from_item(found)
                    if parent := values.get(tables.PARENT_ATTRIBUTE):
                        return _ignored(call.call_uuid, parent)
                    if not (tables.FORGOTTEN_AT_ATTRIBUTE in values and _has_numbers(call)):
                        return self._legs().correct(found, call, at=at)
                    call = without_numbers(call)
                elif not dynamodb.is_transaction_conflict(error):
                    raise
            else:
                return _recorded(item, call, at)
        raise AssertionError("attempts() ends by raising")

    def record_leg(
        self, call_uuid: str, parent: str, *, at: datetime, moved_leg: str | None = None
    ) -> "IgnoredReport":
        """Record that a call ID is a leg of another call, as CallStore.report_leg does."""
        if moved_leg:
            from shared.stores import moved_legs  # noqa: PLC0415

            return moved_legs.move(self, self._legs(), moved_leg, parent, call_uuid, at)
        return self._legs().record_child(call_uuid, parent, at=at)

    def _legs(self) -> "LegRecords":
        # Loaded with the first leg, so that no cold start waits for it.
        from shared.stores.leg_records import LegRecords  # noqa: PLC0415

        return LegRecords(self._client, self._table_name)

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

    def remove_stale_entries(self, known: RecordedCall, after: Call) -> None:
        """Remove the entries that a call had before its caller or its start changed.

        A posting that finds such an entry is applied only if it belongs to the call as it is.
        """
        stale = [known.moved_from] if known.moved_from else []
        place = after.caller_number, after.started_at
        if place != (known.call.caller_number, known.call.started_at) and not after.forgotten_at:
            stale.append(known.call)
        for listed in stale:
            if listed.caller_number:
                key = call_items.caller_list_key(listed.caller_number, listed)
                self._client.delete_item(TableName=self._table_name, Key=key)

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

    def _record_once(self, call: Call) -> Item:
        """Return the item as it was before.

        Fails if it is a leg's, if the call was forgotten and this has its numbers, or if the times
        do not fit those that are known.
        """
        facts = {name: value for name, value in call_items.facts(call).items() if value is not None}
        facts |= call_items.assumed_start(call)
        sets = ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in facts)
        added = {"version": 1} | ({"reported_by": call.reported_by} if call.reported_by else {})
        fitting, times = call_items.fitting_times(call)
        conditions = [_NO_LEG, *([_NOT_FORGOTTEN] if _has_numbers(call) else [])]
        conditions += [f"(attribute_not_exists(#started_at) OR {each})" for each in fitting]
        response = self._client.update_item(
            TableName=self._table_name,
            Key=call_items.call_key(call.call_uuid),
            UpdateExpression=f"SET {sets} ADD " + ", ".join(f"#{name} :{name}" for name in added),
            ConditionExpression=" AND ".join(conditions),
            ExpressionAttributeNames={f"#{name}": name for name in (*facts, *added)},
            ExpressionAttributeValues=to_item(
                {f":{name}": value for name, value in (facts | added).items()} | times
            ),
            ReturnValues="ALL_OLD",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return response.get("Attributes", {})


def _has_numbers(call: Call) -> bool:
    return bool(call.caller_number or call.dialed_number)


def _recorded(item: Item, reported: Call, at: datetime) -> RecordedCall:
    """Return what is known of a call whose item was this before it was reported."""
    if call_items.is_call(item):
        before = call_items.to_call(item)
        after = update(before, reported, at)
        return RecordedCall(
            after, was_listed(before, after), has_other_caller=has_other_caller(after, reported)
        )
    # Legs may have been remembered there, and have counted the version.
    version = int(dynamodb.from_item(item).get("version", 0)) + 1
    return RecordedCall(replace(reported, version=version), is_listed=False)


def _ignored(call_uuid: str, parent_call_uuid: str) -> "IgnoredReport":
    from shared.domain.legs import IgnoredReport, of_call  # noqa: PLC0415

    return IgnoredReport(
        reason=of_call(parent_call_uuid), call_uuid=call_uuid, parent_call_uuid=parent_call_uuid
    )


def as_listed(call: Call, longest_call: timedelta) -> Call:
    """Return the call for its caller's list: without an end that another leg may take back."""
    if call.main_leg and not outlasts_its_list_entry(call, longest_call):
        return replace(call, ended_at=None)
    return call


def outlasts_its_list_entry(call: Call, longest_call: timedelta) -> bool:
    """Return whether postings belong to the call that are too late for its entry in the caller's
    list, which has the call's start, and mostly no end."""
    return bool(call.ended_at and call.ended_at > call.started_at + longest_call)


def was_listed(before: Call | None, after: Call) -> bool:
    """Return whether an earlier event has added the call to the caller's list for certain: it is
    announced only after that."""
    return bool(
        before
        and before.announced_at is not None
        and before.caller_number == after.caller_number
        and before.started_at == after.started_at
    )


def has_moved(before: Call, after: Call) -> bool:
    """Return whether another report has changed where the call is listed."""
    has_other_caller = before.caller_number not in (None, after.caller_number)
    has_other_leg = before.main_leg != after.main_leg and has_other_caller
    return has_other_leg or before.started_at != after.started_at
