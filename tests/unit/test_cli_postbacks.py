"""Reading the log page by page, and watching it."""

from datetime import UTC, datetime
from typing import Any

from cli import postbacks
from cli.api import OperatorApi
from cli.failures import Unreachable
from cli.postbacks import Search, Watch
from tests.unit.cli_rows import Row, applied, make_row

SEARCH = Search(since=datetime(2026, 11, 23, tzinfo=UTC))


class FakeApi(OperatorApi):
    """Tells of `rows`, newest first, at most `most` on a page; every page but the last has an
    empty one before it, as a filter may make it."""

    def __init__(self, rows: list[Row], *, most: int = 1000) -> None:
        self.rows = rows
        self.most = most
        self.queries: list[dict[str, Any]] = []

    def get(self, *path: str, **query: str | int | None) -> dict[str, Any]:
        assert path == ("postbacks",)
        self.queries.append(query)
        start, skip = map(int, str(query["cursor"] or "0 1").split())
        if skip and len(self.rows) > self.most:
            return {"postbacks": [], "next_cursor": f"{start} 0"}
        end = start + min(int(query["limit"] or 0), self.most)
        more = f"{end} 1" if end < len(self.rows) else None
        return {"postbacks": self.rows[start:end], "next_cursor": more}


def ids(rows: list[Row]) -> list[str]:
    return [row["posting_id"] for row in rows]


def rows_down_from(number: int) -> list[Row]:
    return [make_row(it) for it in range(number, 0, -1)]


def test_pages_are_read_until_the_limit_short_and_empty_ones_too() -> None:
    rows = rows_down_from(10)

    found, has_more = postbacks.newest(FakeApi(rows, most=3), SEARCH, 7)

    assert ids(found) == ids(rows[:7])
    assert has_more


def test_the_last_page_ends_the_search() -> None:
    rows = rows_down_from(4)

    found, has_more = postbacks.newest(FakeApi(rows, most=3), SEARCH, 50)

    assert ids(found) == ids(rows)
    assert not has_more


def test_a_search_asks_for_what_it_is_narrowed_to() -> None:
    api = FakeApi([])
    search = Search(
        since=datetime(2026, 11, 23, 8, tzinfo=UTC),
        until=datetime(2026, 11, 23, 9, tzinfo=UTC),
        key_id="pbk_a",
        outcome="refused",
    )

    postbacks.newest(api, search, 5000)

    (query,) = api.queries
    assert {name: value for name, value in query.items() if value is not None} == {
        "key_id": "pbk_a",
        "chain": "true",
        "outcome": "refused",
        "from": "2026-11-23T08:00:00.000Z",
        "to": "2026-11-23T09:00:00.000Z",
        "limit": 1000,
    }


def test_each_posting_is_told_once_and_again_when_its_outcome_changes() -> None:
    api = FakeApi([make_row(2), make_row(1)])
    watch = Watch(api, SEARCH, limit=10)

    assert ids(watch.news()) == ids([make_row(1), make_row(2)])
    assert watch.news() == []
    api.rows = [make_row(3), make_row(2), applied(1)]
    assert watch.news() == [applied(1), make_row(3)]
    assert watch.news() == []


def test_a_watch_begins_with_the_newest_and_misses_nothing_of_a_burst() -> None:
    api = FakeApi(rows_down_from(20), most=5)
    watch = Watch(api, SEARCH, limit=5)

    assert ids(watch.news()) == ids(rows_down_from(20)[:5][::-1])
    api.rows = rows_down_from(60)
    assert ids(watch.news()) == ids(rows_down_from(60)[:40][::-1])


def test_a_posting_that_becomes_visible_late_is_told_all_the_same() -> None:
    api = FakeApi([make_row(3), make_row(1)])
    watch = Watch(api, SEARCH, limit=10)
    watch.news()

    api.rows = [make_row(3), make_row(2), make_row(1)]

    assert ids(watch.news()) == ids([make_row(2)])


def test_following_goes_on_when_the_api_is_away_for_a_while() -> None:
    class Flaky(Watch):
        answers = iter([None, None, [make_row(1)], None])

        def news(self) -> list[Row]:
            answer = next(self.answers)
            if answer is None:
                raise Unreachable("it is away")
            return answer

    news = postbacks.follow(Flaky(FakeApi([]), SEARCH, limit=10), every=0)

    assert isinstance(next(news), Unreachable)
    assert next(news) == [make_row(1)]
    assert isinstance(next(news), Unreachable)
