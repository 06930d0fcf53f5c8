"""The postback log as it is read: pages, and what changes while one watches."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from cli import moments
from cli.api import OperatorApi, Record
from cli.failures import Unreachable

MOST_ON_A_PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Search:
    """Which postings; None does not narrow it."""

    since: datetime
    until: datetime | None = None
    key_id: str | None = None
    publisher_id: str | None = None
    caller_number: str | None = None
    outcome: str | None = None


def newest(api: OperatorApi, search: Search, limit: int) -> tuple[list[Record], bool]:
    """Up to `limit` postings, newest first, and whether there may be more."""
    rows: list[Record] = []
    cursor = None
    while True:
        page = _page(api, search, min(limit - len(rows), MOST_ON_A_PAGE), cursor)
        rows += page["postbacks"]
        cursor = page["next_cursor"]
        if cursor is None or len(rows) >= limit:
            return rows[:limit], cursor is not None or len(rows) > limit


class Watch:
    """Postings as they arrive and as their outcomes change, looking at the newest `limit` again
    and again."""

    def __init__(self, api: OperatorApi, search: Search, *, limit: int) -> None:
        self._api = api
        self._search = search
        self._limit = limit
        self._told: dict[str, str] = {}
        self._oldest = ""

    def news(self) -> list[Record]:
        """What is new since the last look, oldest first. Raises Failure."""
        rows = self._rows()
        fresh = [row for row in rows if self._told.get(row["posting_id"]) != _state(row)]
        for row in fresh:
            # Last in the dictionary is what was told last, so that the longest ago goes first.
            self._told.pop(row["posting_id"], None)
            self._told[row["posting_id"]] = _state(row)
        self._forget()
        return fresh[::-1]

    def _rows(self) -> list[Record]:
        """The newest `limit`, and more as long as none of them has been told of."""
        rows: list[Record] = []
        cursor = None
        while True:
            page = _page(self._api, self._search, min(self._limit, MOST_ON_A_PAGE), cursor)
            rows += page["postbacks"]
            cursor = page["next_cursor"]
            if cursor is None or self._is_enough(rows):
                break
        if not self._told:
            rows = rows[: self._limit]
            self._oldest = rows[-1]["posting_id"] if rows else ""
        return [row for row in rows if row["posting_id"] >= self._oldest]

    def _is_enough(self, rows: list[Record]) -> bool:
        """What was there before the first look is no news, whatever the search leaves out now."""
        if rows and self._told and rows[-1]["posting_id"] < self._oldest:
            return True
        is_joined = not self._told or any(row["posting_id"] in self._told for row in rows)
        return len(rows) >= self._limit and is_joined

    def _forget(self) -> None:
        """All but what may be seen again."""
        most = 100 * self._limit
        for posting_id in list(islice(self._told, max(0, len(self._told) - most))):
            del self._told[posting_id]


def follow(watch: Watch, *, every: float) -> Iterator[list[Record] | Unreachable]:
    """News without end, and now and then why there are none. `every` is in seconds."""
    failed = False
    while True:
        try:
            yield watch.news()
            failed = False
        except Unreachable as failure:
            if not failed:
                yield failure
            failed = True
        time.sleep(every)


def _page(api: OperatorApi, search: Search, limit: int, cursor: str | None) -> Record:
    return api.get(
        "postbacks",
        key_id=search.key_id,
        chain="true" if search.key_id else None,
        publisher_id=search.publisher_id,
        caller_number=search.caller_number,
        outcome=search.outcome,
        limit=limit,
        cursor=cursor,
        **{
            "from": moments.to_wire(search.since),
            "to": moments.to_wire(search.until) if search.until else None,
        },
    )


def _state(row: Record) -> str:
    return f"{row['outcome']} {row['applied_to']} {row['decided_at']} {row['status_code']}"
