"""The history table: rows of changes, people's last sign-ins, viewers' look-ups, and cursors that a
viewer must not read. Every item expires."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain import look_ups, timestamps
from shared.domain.errors import Problem, TooManyLookUps
from shared.domain.history import RETENTION, HistoryRow, ObjectKind
from shared.runtime import time_limits
from shared.stores import dynamodb, tables
from shared.stores.dynamodb import from_item, to_item
from shared.stores.records import Page, invalid_cursor

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CURSOR_LIFETIME = timedelta(hours=1)
_CURSOR_PREFIX = "viewer_"
_SIGN_INS = "SIGN-INS"
_LOCK = {tables.PARTITION_KEY: "LOCK", tables.SORT_KEY: "PEOPLE"}
_LOCK_LIFETIME = timedelta(seconds=30)
"""Longer than a request may take."""
_POSITION_LENGTH = len("2026-11-23T08:05:31.000Z#0123456789abcdef")
_TOO_MANY = (
    f"was not looked up: you have looked up {look_ups.MAX_LOOK_UPS} numbers within an hour; wait, "
    "or ask a manager"
)


class HistoryStore:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table = table_name

    def add(self, row: HistoryRow, object_ids: Iterable[str], *, is_over_all: bool = True) -> None:
        """Write a row to the histories of the objects with these IDs, and to the one over all."""
        position = f"{timestamps.to_text(row.at)}#{secrets.token_hex(8)}"
        partitions = [f"OBJECT#{each}" for each in dict.fromkeys(object_ids)]
        partitions += [_month(position)] if is_over_all else []
        values = {
            "row": json.dumps(_to_values(row), ensure_ascii=False, separators=(",", ":")),
            tables.SORT_KEY: position,
            tables.TTL_ATTRIBUTE: _expiry(row.at, RETENTION),
        }
        items = [to_item({tables.PARTITION_KEY: each} | values) for each in partitions]
        writes = {self._table: [{"PutRequest": {"Item": item}} for item in items]}
        dynamodb.write_batch(self._client, writes)

    def of_object(self, object_id: str, limit: int, after: str | None) -> Page[HistoryRow]:
        """Return a page of an object's rows, newest first. Raises InvalidInput for a bad cursor."""
        found, more = self._query(f"OBJECT#{object_id}", limit, _position(after))
        return _page(found, is_last=not more)

    def over_all(self, limit: int, after: str | None, now: datetime) -> Page[HistoryRow]:
        """Return a page of the rows over all, newest first. Raises InvalidInput for a bad cursor.

        They are in a partition for each month.
        """
        start = _position(after)
        month = _month(start or f"{timestamps.to_text(now + timedelta(minutes=5))}#")
        found: list[dict[str, Any]] = []
        while month >= _month(f"{timestamps.to_text(now - RETENTION)}#"):
            items, more = self._query(month, limit - len(found), start)
            found += items
            if more or len(found) == limit:
                return _page(found, is_last=False)
            month, start = _month_before(month), None
        return _page(found, is_last=True)

    def note_sign_in(self, email: str, at: datetime) -> None:
        values = {
            tables.PARTITION_KEY: _SIGN_INS,
            tables.SORT_KEY: email.casefold(),
            "signed_in_at": timestamps.to_text(at),
            tables.TTL_ATTRIBUTE: _expiry(at, RETENTION),
        }
        self._client.put_item(TableName=self._table, Item=to_item(values))

    def last_sign_ins(self) -> dict[str, datetime]:
        """Return when people last signed in, by email address."""
        request = dynamodb.partition_is(_SIGN_INS) | {"TableName": self._table}
        items = map(from_item, dynamodb.query(self._client, **request))
        return {item[tables.SORT_KEY]: timestamps.from_text(item["signed_in_at"]) for item in items}

    def admit_look_up(self, person: str, number: str, now: datetime) -> None:
        """Count a viewer's look-up of a caller number. Raises TooManyLookUps."""
        key = {tables.PARTITION_KEY: f"LOOK-UPS#{person.casefold()}", tables.SORT_KEY: "LOOK-UPS"}
        digest = hashlib.sha256(f"{person}:{number}".encode()).hexdigest()[:16]
        for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
            item = self._client.get_item(
                TableName=self._table, Key=to_item(key), ConsistentRead=True
            ).get("Item")
            found = from_item(item) if item else {}
            before = {n: timestamps.from_text(at) for n, at in found.get("numbers", {}).items()}
            if wait := look_ups.wait_seconds(before, digest, now):
                raise TooManyLookUps(Problem("caller_number", _TOO_MANY), retry_after=wait)
            after = {digest: now} | look_ups.recent(before, now)
            if after == before or self._replace_look_ups(key, found, after, now):
                return

    def keep_cursor(self, cursor: str, now: datetime) -> str:
        """Store a cursor that its reader must not see, and return another one in its place."""
        token = f"{_CURSOR_PREFIX}{secrets.token_urlsafe(16)}"
        values = _cursor_key(token) | {
            "cursor": cursor,
            tables.TTL_ATTRIBUTE: _expiry(now, _CURSOR_LIFETIME),
        }
        self._client.put_item(TableName=self._table, Item=to_item(values))
        return token

    def kept_cursor(self, token: str) -> str:
        """Return a stored cursor. Raises InvalidInput if it is unknown or has expired."""
        item = self._client.get_item(
            TableName=self._table, Key=to_item(_cursor_key(token)), ConsistentRead=True
        ).get("Item")
        if not (token.startswith(_CURSOR_PREFIX) and item):
            raise invalid_cursor()
        cursor: str = from_item(item)["cursor"]
        return cursor

    def lock(self, now: datetime) -> bool:
        """Reserve changes of people for one request; False if another one is making some."""
        values = _LOCK | {tables.TTL_ATTRIBUTE: _expiry(now, _LOCK_LIFETIME)}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=to_item(values),
                ConditionExpression="attribute_not_exists(#at) OR #at < :now",
                ExpressionAttributeNames={"#at": tables.TTL_ATTRIBUTE},
                ExpressionAttributeValues=to_item({":now": int(now.timestamp())}),
            )
        except ClientError as error:
            if dynamodb.is_conditional_failure(error):
                return False
            raise
        return True

    def unlock(self) -> None:
        self._client.delete_item(TableName=self._table, Key=to_item(_LOCK))

    def _query(
        self, partition: str, limit: int, start: str | None
    ) -> tuple[list[dict[str, Any]], bool]:
        request = dynamodb.partition_is(partition) | {
            "TableName": self._table,
            "Limit": limit,
            "ScanIndexForward": False,
        }
        if start:
            values = {tables.PARTITION_KEY: partition, tables.SORT_KEY: start}
            request["ExclusiveStartKey"] = to_item(values)
        response = self._client.query(**request)
        return [from_item(item) for item in response["Items"]], "LastEvaluatedKey" in response

    def _replace_look_ups(
        self,
        key: Mapping[str, str],
        before: Mapping[str, Any],
        after: Mapping[str, datetime],
        now: datetime,
    ) -> bool:
        """Replace a person's look-ups. Returns False if another request has just done so."""
        version = before.get("version", 0)
        values = {
            **key,
            "numbers": {number: timestamps.to_text(at) for number, at in after.items()},
            "version": version + 1,
            tables.TTL_ATTRIBUTE: _expiry(now, look_ups.WINDOW),
        }
        try:
            self._client.put_item(
                TableName=self._table,
                Item=to_item(values),
                ConditionExpression="attribute_not_exists(#version) OR #version = :version",
                ExpressionAttributeNames={"#version": "version"},
                ExpressionAttributeValues=to_item({":version": version}),
            )
        except ClientError as error:
            if dynamodb.is_conditional_failure(error):
                return False
            raise
        return True


def _page(items: list[dict[str, Any]], *, is_last: bool) -> Page[HistoryRow]:
    rows = tuple(_to_row(json.loads(item["row"])) for item in items)
    return Page(rows, items[-1][tables.SORT_KEY] if items and not is_last else None)


def _position(cursor: str | None) -> str | None:
    if cursor and not (len(cursor) == _POSITION_LENGTH and cursor[-17] == "#"):
        raise invalid_cursor()
    return cursor


def _month(position: str) -> str:
    return f"ALL#{position[:7]}"


def _month_before(month: str) -> str:
    year, number = map(int, month.removeprefix("ALL#").split("-"))
    return f"ALL#{year - 1}-12" if number == 1 else f"ALL#{year}-{number - 1:02}"


def _expiry(at: datetime, lifetime: timedelta) -> int:
    return int((at + lifetime).timestamp())


def _cursor_key(token: str) -> dict[str, str]:
    digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
    return {tables.PARTITION_KEY: f"CURSOR#{digest}", tables.SORT_KEY: "CURSOR"}


def _to_values(row: HistoryRow) -> dict[str, Any]:
    return {
        "at": timestamps.to_text(row.at),
        "action": row.action,
        "object": row.object.value,
        "object_id": row.object_id,
        "asked_by": row.asked_by,
        "role": row.role,
        "changes": dict(row.changes),
    }


def _to_row(values: Mapping[str, Any]) -> HistoryRow:
    at, kind = timestamps.from_text(values["at"]), ObjectKind(values["object"])
    return HistoryRow(**{**values, "at": at, "object": kind})
