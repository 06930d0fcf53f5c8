"""Reads the postback log: its newest entries, and changes as they happen."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from cli import times
from cli.api import OperatorApi, Record
from cli.errors import Unreachable

MAX_PAGE_SIZE = 1000


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """Which postings to read. None means any."""

    since: datetime
    until: datetime | None = None
    key_id: str | None = None
    publisher_id: str | None = None
    caller_number: str | None = None
    outcome: str | None = None
    posting_id: str | None = None


def newest(api: OperatorApi, filter_: LogFilter, limit: int) -> tuple[list[Record], bool]:
    """Return up to `limit` postings, newest first, and whether there may be more."""
    rows: list[Record] = []
    cursor = None
    while True:
        page = _page(api, filter_, min(limit - len(rows), MAX_PAGE_SIZE), cursor)
        rows += page["postbacks"]
        cursor = page["next_cursor"]
        if cursor is None or len(rows) >= limit:
            return rows[:limit], cursor is not None or len(rows) > limit


class LogFollower:
    """Polls the newest postings for new ones and for changed outcomes."""

    def __init__(self, api: OperatorApi, filter_: LogFilter, *, limit: int) -> None:
        self._api = api
        self._filter = filter_
        self._limit = limit
        self._reported: dict[str, str] = {}
        self._oldest = ""

    def poll(self) -> list[Record]:
        """Return what is new or changed since the last poll, oldest first. Raises CliError."""
        rows = self._rows()
        changed = [row for row in rows if self._reported.get(row["posting_id"]) != _state(row)]
        for row in changed:
            # Reinsert at the end: `_drop_old` removes the entries reported longest ago.
            self._reported.pop(row["posting_id"], None)
            self._reported[row["posting_id"]] = _state(row)
        self._drop_old()
        return changed[::-1]

    def _rows(self) -> list[Record]:
        """Read the newest `limit` rows, and more until one is found that was reported before."""
        rows: list[Record] = []
        cursor = None
        while True:
            page = _page(self._api, self._filter, min(self._limit, MAX_PAGE_SIZE), cursor)
            rows += page["postbacks"]
            cursor = page["next_cursor"]
            if cursor is None or self._is_enough(rows):
                break
        if not self._reported:
            rows = rows[: self._limit]
            self._oldest = rows[-1]["posting_id"] if rows else ""
        return [row for row in rows if row["posting_id"] >= self._oldest]

    def _is_enough(self, rows: list[Record]) -> bool:
        """Whether the rows reach back far enough.

        Rows older than those of the first poll are never news. Stopping there matters where the
        rows reported before no longer match the filter, because their outcome changed.
        """
        if rows and self._reported and rows[-1]["posting_id"] < self._oldest:
            return True
        is_contiguous = not self._reported or any(
            row["posting_id"] in self._reported for row in rows
        )
        return len(rows) >= self._limit and is_contiguous

    def _drop_old(self) -> None:
        """Drop the states of postings that are too old to appear in a poll again."""
        limit = 100 * self._limit
        for posting_id in list(islice(self._reported, max(0, len(self._reported) - limit))):
            del self._reported[posting_id]


def follow(follower: LogFollower, *, every: float) -> Iterator[list[Record] | Unreachable]:
    """Poll forever, every `every` seconds. Yields changes, or the first error of an outage."""
    failed = False
    while True:
        try:
            yield follower.poll()
            failed = False
        except Unreachable as error:
            if not failed:
                yield error
            failed = True
        time.sleep(every)


def _page(api: OperatorApi, filter_: LogFilter, limit: int, cursor: str | None) -> Record:
    return api.get(
        "postbacks",
        key_id=filter_.key_id,
        chain="true" if filter_.key_id else None,
        publisher_id=filter_.publisher_id,
        caller_number=filter_.caller_number,
        outcome=filter_.outcome,
        posting_id=filter_.posting_id,
        limit=limit,
        cursor=cursor,
        **{
            "from": times.to_wire(filter_.since),
            "to": times.to_wire(filter_.until) if filter_.until else None,
        },
    )


def _state(row: Record) -> str:
    return f"{row['outcome']} {row['applied_to']} {row['decided_at']} {row['status_code']}"
