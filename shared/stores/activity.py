"""The activity table: how many postings each key had, and their outcomes. An item is one day.

A key's newest day is in the partition NEWEST, where lists find it however old it is. The days
before are in the partitions of their dates. Items are written under optimistic locking.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain import timestamps
from shared.domain.activity import KeyDay, LogRow, Reason, Tally
from shared.runtime import time_limits
from shared.stores import dynamodb, tables
from shared.stores.dynamodb import Item, from_item, to_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KeyName = tuple[str, str]
"""The IDs of a publisher and of its key."""

RETENTION = timedelta(days=90)
"""Counted from the start of the day. Log rows are kept as long."""

_NEWEST = "NEWEST"
_MAX_ATTEMPTS = 8
_MAX_BATCH_READS = 100
"""Maximum items in one BatchGetItem request."""


class ActivityStore:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def count(self, name: KeyName, day: date, rows: Sequence[LogRow]) -> None:
        """Count the rows of a key's day that are not counted yet, all or none.

        Raises RetriesExhausted if other writers are always faster.
        """
        for attempt in time_limits.attempts(_MAX_ATTEMPTS):
            try:
                self._count(name, day, rows, consistently=attempt > 0)
            except ClientError as error:
                if not _is_conflict(error):
                    raise
            else:
                return

    def days_of_keys(self, names: Sequence[KeyName], days: Sequence[date]) -> list[KeyDay]:
        """Return the keys' newest days, and those of the given days that are before them.

        Newest days are read first, so that a day that moves meanwhile is read twice, not missed.
        """
        newest = list(self._batch_get((_NEWEST, name) for name in names))
        before = ((str(day), _name(it)) for it in newest for day in days if day < it.day)
        return newest + list(self._batch_get(before))

    def days_of_publishers(self, first: str, last: str, days: Sequence[date]) -> list[KeyDay]:
        """Return the same of all keys of the publishers whose IDs are in this range."""
        partitions = (_NEWEST, *map(str, days))
        return [day for each in partitions for day in self._query(each, first, last)]

    def _count(
        self, name: KeyName, day: date, rows: Sequence[LogRow], *, consistently: bool
    ) -> None:
        newest = self._get(_NEWEST, name, consistently)
        if newest is None or newest.day == day:
            before = newest or _empty(name, day)
            self._put(_NEWEST, before, before.count(rows))
        elif newest.day < day:
            begun = replace(_empty(name, day), last_posted_at=newest.last_posted_at)
            self._move(newest, replace(begun, version=newest.version).count(rows))
        else:
            before = self._get(str(day), name, consistently) or _empty(name, day)
            self._put(str(day), before, before.count(rows))

    def _put(self, partition: str, before: KeyDay, after: KeyDay) -> None:
        if after is before:
            return
        self._client.put_item(
            TableName=self._table_name, Item=_to_item(partition, after), **_if_unchanged(before)
        )

    def _move(self, newest: KeyDay, begun: KeyDay) -> None:
        """Move the newest day to its date, and put another in its place, in one transaction."""
        archived: Any = {
            "TableName": self._table_name,
            "Item": _to_item(str(newest.day), newest),
        }
        put: Any = {"TableName": self._table_name, "Item": _to_item(_NEWEST, begun)}
        self._client.transact_write_items(
            TransactItems=[{"Put": archived}, {"Put": put | _if_unchanged(newest)}]
        )

    def _get(self, partition: str, name: KeyName, consistently: bool) -> KeyDay | None:
        response = self._client.get_item(
            TableName=self._table_name,
            Key=_key(partition, name),
            ConsistentRead=consistently,
        )
        return _to_day(response["Item"]) if "Item" in response else None

    def _batch_get(self, wanted: Iterable[tuple[str, KeyName]]) -> Iterator[KeyDay]:
        keys = [_key(*each) for each in wanted]
        for start in range(0, len(keys), _MAX_BATCH_READS):
            requests: Any = {self._table_name: {"Keys": keys[start : start + _MAX_BATCH_READS]}}
            for _ in time_limits.attempts(_MAX_ATTEMPTS):
                response = self._client.batch_get_item(RequestItems=requests)
                yield from map(_to_day, response["Responses"].get(self._table_name, []))
                requests = response["UnprocessedKeys"]
                if not requests:
                    break

    def _query(self, partition: str, first: str, last: str) -> Iterator[KeyDay]:
        items = dynamodb.query(
            self._client,
            TableName=self._table_name,
            KeyConditionExpression="#pk = :pk AND #sk BETWEEN :first AND :last",
            ExpressionAttributeNames={"#pk": tables.PARTITION_KEY, "#sk": tables.SORT_KEY},
            # A tilde sorts after every character of an ID.
            ExpressionAttributeValues=to_item(
                {":pk": partition, ":first": f"{first}#", ":last": f"{last}#~"}
            ),
        )
        yield from map(_to_day, items)


def _is_conflict(error: ClientError) -> bool:
    """Return whether another writer has changed the item, or is about to."""
    return (
        dynamodb.is_conditional_failure(error)
        or dynamodb.is_transaction_conflict(error)
        or error.response["Error"]["Code"] == "TransactionCanceledException"
    )


def _if_unchanged(before: KeyDay) -> dict[str, Any]:
    """Return the condition that the item has not changed since it was read, or still is missing."""
    if before.version == 0:
        return {"ConditionExpression": f"attribute_not_exists({tables.PARTITION_KEY})"}
    return {
        "ConditionExpression": "#version = :before",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": to_item({":before": before.version}),
    }


def _empty(name: KeyName, day: date) -> KeyDay:
    publisher_id, key_id = name
    return KeyDay(publisher_id=publisher_id, key_id=key_id, day=day)


def _name(day: KeyDay) -> KeyName:
    return day.publisher_id, day.key_id


def _key(partition: str, name: KeyName) -> Item:
    return to_item({tables.PARTITION_KEY: partition, tables.SORT_KEY: "#".join(name)})


def _to_item(partition: str, day: KeyDay) -> Item:
    """Return a day as an item, short enough that most days take one write unit.

    An hour is a list of numbers. Sequence numbers, which have up to 40 digits, are hexadecimal.
    """
    values: dict[str, Any] = {
        "day": str(day.day),
        "hours": {str(hour): list(astuple(tally)) for hour, tally in day.hours.items()},
        "seen": {str(lane): f"{sequence:x}" for lane, sequence in day.last_counted.items()},
        "told": {str(hour): _reasons_to_text(it) for hour, it in day.reasons.items()} or None,
        "last_posted_at": timestamps.to_text(day.last_posted_at) if day.last_posted_at else None,
        "version": day.version,
    }
    if partition != _NEWEST:
        midnight = datetime.combine(day.day, time(), UTC)
        values[tables.TTL_ATTRIBUTE] = timestamps.to_epoch_seconds(midnight + RETENTION)
    return _key(partition, _name(day)) | to_item(values)


def _to_day(item: Item) -> KeyDay:
    values = from_item(item)
    publisher_id, _, key_id = values[tables.SORT_KEY].partition("#")
    last = values.get("last_posted_at")
    return KeyDay(
        publisher_id=publisher_id,
        key_id=key_id,
        day=date.fromisoformat(values["day"]),
        hours={int(hour): _to_tally(numbers) for hour, numbers in values["hours"].items()},
        reasons={int(hour): _reasons_from_text(it) for hour, it in values.get("told", {}).items()},
        last_counted={int(lane): int(sequence, 16) for lane, sequence in values["seen"].items()},
        last_posted_at=timestamps.from_text(last) if last else None,
        version=values["version"],
    )


def _to_tally(numbers: Sequence[int]) -> Tally:
    names = Tally.__dataclass_fields__
    return Tally(**dict(zip(names, numbers, strict=False)))


def _reasons_to_text(reasons: Mapping[Reason, int]) -> dict[str, int]:
    """Return the counts by text. The parameter is last, since its name may have spaces."""
    return {
        f"{'w' if it.is_warning else 'r'} {it.kind}{'' if it.param is None else f' {it.param}'}": n
        for it, n in reasons.items()
    }


def _reasons_from_text(counts: Mapping[str, int]) -> dict[Reason, int]:
    reasons = {}
    for text, count in counts.items():
        verb, kind, *param = text.split(" ", 2)
        reasons[Reason(verb == "w", kind, param[0] if param else None)] = count
    return reasons
