"""Reading the log page by page, and following it."""

from datetime import UTC, datetime
from typing import Any

from cli import log_reader
from cli.api import OperatorApi
from cli.errors import Unreachable
from cli.log_reader import LogFilter, LogFollower
from tests.unit.cli_rows import Row, applied, make_row

FILTER = LogFilter(since=datetime(2026, 11, 23, tzinfo=UTC))


class PagedApi(OperatorApi):
    """Returns `rows`, newest first, at most `page_size` per page.

    An empty page precedes every page but the last, as it does with a filter.
    """

    def __init__(self, rows: list[Row], *, page_size: int = 1000) -> None:
        self.rows = rows
        self.page_size = page_size
        self.queries: list[dict[str, Any]] = []

    def get(self, *path: str, **query: str | int | None) -> dict[str, Any]:
        assert path == ("postbacks",)
        self.queries.append(query)
        start, skip = map(int, str(query["cursor"] or "0 1").split())
        if skip and len(self.rows) > self.page_size:
            return {"postbacks": [], "next_cursor": f"{start} 0"}
        end = start + min(int(query["limit"] or 0), self.page_size)
        more = f"{end} 1" if end < len(self.rows) else None
        return {"postbacks": self.rows[start:end], "next_cursor": more}


def ids(rows: list[Row]) -> list[str]:
    return [row["posting_id"] for row in rows]


def rows_down_from(number: int) -> list[Row]:
    return [make_row(it) for it in range(number, 0, -1)]


def test_pages_are_read_until_the_limit_even_if_some_are_short_or_empty() -> None:
    rows = rows_down_from(10)

    found, has_more = log_reader.newest(PagedApi(rows, page_size=3), FILTER, 7)

    assert ids(found) == ids(rows[:7])
    assert has_more


def test_reading_ends_with_the_last_page() -> None:
    rows = rows_down_from(4)

    found, has_more = log_reader.newest(PagedApi(rows, page_size=3), FILTER, 50)

    assert ids(found) == ids(rows)
    assert not has_more


def test_a_filter_becomes_query_parameters() -> None:
    api = PagedApi([])
    filter_ = LogFilter(
        since=datetime(2026, 11, 23, 8, tzinfo=UTC),
        until=datetime(2026, 11, 23, 9, tzinfo=UTC),
        key_id="pbk_a",
        outcome="refused",
    )

    log_reader.newest(api, filter_, 5000)

    (query,) = api.queries
    assert {name: value for name, value in query.items() if value is not None} == {
        "key_id": "pbk_a",
        "chain": "true",
        "outcome": "refused",
        "from": "2026-11-23T08:00:00.000Z",
        "to": "2026-11-23T09:00:00.000Z",
        "limit": 1000,
    }


def test_a_posting_is_reported_once_and_again_when_its_outcome_changes() -> None:
    api = PagedApi([make_row(2), make_row(1)])
    follower = LogFollower(api, FILTER, limit=10)

    assert ids(follower.poll()) == ids([make_row(1), make_row(2)])
    assert follower.poll() == []
    api.rows = [make_row(3), make_row(2), applied(1)]
    assert follower.poll() == [applied(1), make_row(3)]
    assert follower.poll() == []


def test_following_starts_with_the_newest_and_misses_nothing_of_a_burst() -> None:
    api = PagedApi(rows_down_from(20), page_size=5)
    follower = LogFollower(api, FILTER, limit=5)

    assert ids(follower.poll()) == ids(rows_down_from(20)[:5][::-1])
    api.rows = rows_down_from(60)
    assert ids(follower.poll()) == ids(rows_down_from(60)[:40][::-1])


def test_a_posting_that_becomes_visible_late_is_reported() -> None:
    api = PagedApi([make_row(3), make_row(1)])
    follower = LogFollower(api, FILTER, limit=10)
    follower.poll()

    api.rows = [make_row(3), make_row(2), make_row(1)]

    assert ids(follower.poll()) == ids([make_row(2)])


def test_following_continues_after_an_outage() -> None:
    class Flaky(LogFollower):
        results = iter([None, None, [make_row(1)], None])

        def poll(self) -> list[Row]:
            result = next(self.results)
            if result is None:
                raise Unreachable("unavailable")
            return result

    news = log_reader.follow(Flaky(PagedApi([]), FILTER, limit=10), every=0)

    assert isinstance(next(news), Unreachable)
    assert next(news) == [make_row(1)]
    assert isinstance(next(news), Unreachable)
