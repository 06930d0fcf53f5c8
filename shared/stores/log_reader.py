"""Reads the postback log, newest first, page by page, while rows are added to it."""

import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby, islice
from typing import TYPE_CHECKING, Any

from shared.domain import timestamps
from shared.domain.errors import InvalidInput, Problem
from shared.domain.log_entries import LogEntry, entry
from shared.domain.postings import posted_at, posting_id
from shared.stores import dynamodb, tables
from shared.stores.dynamodb import from_item, to_item
from shared.stores.log import partition, row_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]

MAX_KEYS = 200
"""Maximum keys per request: sixteen queries each for every day, a few seconds in total."""

_MAX_QUERIES = 800
"""Maximum partitions read per page: one or two seconds."""

MAX_BYTES = 4_000_000
"""Maximum size of a page's entries in the response. Lambda's limit is 6 MB."""

_MAX_ENTRIES = 5000
"""Maximum entries examined per page, those that a filter excludes included."""

_READERS = 16


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries, newest first, and where the next page starts: None on the last page."""

    entries: tuple[LogEntry, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time of the postings to read, `end` included. `cursor` is the previous page's end."""

    start: datetime
    end: datetime
    cursor: str | None = None

    @property
    def lowest(self) -> str:
        return _bound(self.start)

    @property
    def highest(self) -> str:
        """The sort key below which rows are read."""
        end = _bound(self.end + timedelta(milliseconds=1))
        return min(end, self.cursor) if self.cursor else end

    @property
    def is_empty(self) -> bool:
        return self.highest <= self.lowest

    def days(self) -> Iterator[datetime]:
        """Yield the starts of the days still to read, newest first."""
        latest = posted_at(self.highest)
        if self.highest == _bound(latest):
            latest -= timedelta(milliseconds=1)
        day = _midnight(latest)
        while day >= _midnight(self.start):
            yield day
            day -= timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Part:
    """Part of what is to read: each posting's rows, the queries they take, and the next cursor."""

    postings: Iterator["_Rows"]
    queries: int
    cursor: str | None


_Rows = dict[str, Row]
"""One posting's rows, by what follows its ID in their sort keys."""


class LogReader:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    def read_keys(
        self,
        key_ids: Sequence[str],
        span: Span,
        *,
        limit: int,
        now: datetime,
        keep: Callable[[LogEntry], bool],
    ) -> LogPage:
        """Return up to `limit` of the keys' entries, with sixteen queries per key and day.

        A page that would take long ends early, with a cursor. Raises InvalidInput for more than
        MAX_KEYS keys.
        """
        _check_number(key_ids)
        parts = (self._day(key_ids, day, span, limit) for day in span.days())
        return _page(span, parts, limit, now, keep)

    def read_caller(
        self,
        numbers: Sequence[str],
        span: Span,
        *,
        limit: int,
        now: datetime,
        keep: Callable[[LogEntry], bool],
        max_bytes: int | None = None,
    ) -> LogPage:
        """Return up to `limit` entries about numbers in E.164, and at least one, however big.

        Entries of the last second may be missing.
        """
        options = {"IndexName": tables.LOG_BY_CALLER_INDEX, "Limit": 2 * limit}
        name = tables.CALLER_NUMBER_ATTRIBUTE
        streams = [self._stream(name, number, span, options) for number in numbers]
        merged = heapq.merge(*streams, key=_sort_key, reverse=True)
        whole = self._completed(_by_posting(merged))
        return _page(span, iter([_Part(whole, 1, None)]), limit, now, keep, max_bytes)

    def read_posting(
        self,
        key_ids: Sequence[str],
        posting_id: str,
        *,
        now: datetime,
        keep: Callable[[LogEntry], bool],
    ) -> LogPage:
        """Return the entry of a posting with one of these keys, with one query per key.

        Raises InvalidInput for more than MAX_KEYS keys.
        """
        _check_number(key_ids)
        for key_id in key_ids:
            rows = self._rows_of(key_id, posting_id)
            if rows and keep(found := entry(rows, now)):
                return LogPage((found,), None)
        return LogPage((), None)

    def read_unlisted(
        self, key_id: str, posting_id: str, numbers: Sequence[str], now: datetime
    ) -> LogEntry | None:
        """Return a posting's entry; None if it is deleted, or if `read_caller` finds it."""
        rows = self._rows_of(key_id, posting_id)
        listed = {row.get(tables.CALLER_NUMBER_ATTRIBUTE) for row in rows.values()}
        return entry(rows, now) if rows and listed.isdisjoint(numbers) else None

    def _day(self, key_ids: Sequence[str], day: datetime, span: Span, limit: int) -> _Part:
        partitions = [
            partition(key_id, day, shard)
            for key_id in key_ids
            for shard in range(tables.LOG_SHARDS)
        ]
        # Two rows per posting, and twice a shard's share: mostly one query per shard.
        options = {"ConsistentRead": True, "Limit": 4 * limit // tables.LOG_SHARDS + 2}
        streams = [self._stream(tables.PARTITION_KEY, name, span, options) for name in partitions]
        merged = heapq.merge(*_with_first_rows(streams), key=_sort_key, reverse=True)
        return _Part(_by_posting(merged), len(partitions), _bound(day))

    def _stream(
        self, attribute: str, value: str, span: Span, options: Mapping[str, Any]
    ) -> Iterator[Row]:
        """Yield the rows of one partition, newest first, reading each page when it is needed."""
        items = dynamodb.query(
            self._client,
            TableName=self._table_name,
            ScanIndexForward=False,
            KeyConditionExpression="#partition = :partition AND #sk BETWEEN :lowest AND :highest",
            ExpressionAttributeNames={"#partition": attribute, "#sk": tables.SORT_KEY},
            ExpressionAttributeValues=to_item(
                {":partition": value, ":lowest": span.lowest, ":highest": span.highest}
            ),
            **options,
        )
        for row in map(from_item, items):
            if row[tables.SORT_KEY] != span.highest:
                yield row

    def _completed(self, found: Iterator[_Rows]) -> Iterator[_Rows]:
        """Yield the postings that still exist with all their rows, many read at the same time."""
        with ThreadPoolExecutor(_READERS) as readers:
            while some := list(islice(found, _READERS)):
                yield from filter(None, readers.map(self._complete, some))

    def _complete(self, found: _Rows) -> _Rows:
        """Read all rows of a posting. The index has few attributes, and a row only under its own
        number: the posting's or the call's."""
        row = next(iter(found.values()))
        return self._rows_of(row["key_id"], row["posting_id"])

    def _rows_of(self, key_id: str, posting_id: str) -> _Rows:
        key = row_key(key_id, posting_id)
        response = self._client.query(
            TableName=self._table_name,
            ConsistentRead=True,
            **dynamodb.sort_key_begins_with(key[tables.PARTITION_KEY], posting_id),
        )
        return _by_suffix(map(from_item, response["Items"]))


def _check_number(key_ids: Sequence[str]) -> None:
    if len(key_ids) > MAX_KEYS:
        message = (
            f"at most {MAX_KEYS} keys can be read at once, and there are more; select a publisher"
        )
        raise InvalidInput(Problem("publisher_id", message))


def _page(
    span: Span,
    parts: Iterator[_Part],
    limit: int,
    now: datetime,
    keep: Callable[[LogEntry], bool],
    max_bytes: int | None = None,
) -> LogPage:
    max_bytes = MAX_BYTES if max_bytes is None else max_bytes
    if span.is_empty:
        return LogPage((), None)
    entries: list[LogEntry] = []
    examined = queries = size = 0
    for part in parts:
        for rows in part.postings:
            read = entry(rows, now)
            examined += 1
            if keep(read):
                entries.append(read)
                size += _size(rows)
            if len(entries) == limit or examined == _MAX_ENTRIES or size >= max_bytes:
                return LogPage(tuple(entries), read.posting_id)
        queries += part.queries
        if queries >= _MAX_QUERIES and part.cursor and part.cursor > span.lowest:
            return LogPage(tuple(entries), part.cursor)
    return LogPage(tuple(entries), None)


def _size(rows: _Rows) -> int:
    """Return the size of an entry in the response, in bytes."""
    return response_bytes(json.dumps([*rows.values()], ensure_ascii=False, default=str))


def response_bytes(text: str) -> int:
    """Return the size in bytes of a response body, which Lambda returns as a string within JSON."""
    return len(json.dumps(text, ensure_ascii=False).encode(errors="replace"))


def _with_first_rows(streams: Sequence[Iterator[Row]]) -> list[Iterator[Row]]:
    """Read the first row of each stream, many at the same time, since merging needs them all."""
    with ThreadPoolExecutor(_READERS) as readers:
        firsts = list(readers.map(lambda stream: next(stream, None), streams))
    return [
        chain([first], stream)
        for first, stream in zip(firsts, streams, strict=True)
        if first is not None
    ]


def _by_posting(rows: Iterable[Row]) -> Iterator[_Rows]:
    """Group the rows by posting. A posting's rows are adjacent: their keys begin with its ID."""
    for _, group in groupby(rows, key=lambda row: row["posting_id"]):
        yield _by_suffix(group)


def _by_suffix(rows: Iterable[Row]) -> _Rows:
    return {_sort_key(row).removeprefix(row["posting_id"]): row for row in rows}


def _sort_key(row: Row) -> str:
    sort_key: str = row[tables.SORT_KEY]
    return sort_key


def _bound(time: datetime) -> str:
    """Return the lowest sort key that a posting of this time or later can have."""
    return posting_id(timestamps.to_epoch_ms(time), "").removesuffix("-")


def _midnight(time: datetime) -> datetime:
    return datetime.combine(time.date(), datetime.min.time(), UTC)
