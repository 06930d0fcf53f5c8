"""The console's pages with much data: what they read, and what they send to the browser."""

import bisect
import gzip
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from functions.console import periods
from functions.console.rendering import Renderer
from functions.console.views.activity import LOW_MATCH_RATE
from shared.domain import keys
from shared.domain.log_entries import LogEntry, Outcome
from shared.domain.postings import posting_id
from shared.stores import tables
from shared.stores.dynamodb import to_item
from shared.stores.keys import KeyStore
from shared.stores.log import row_key
from shared.stores.log_reader import LogReader, Span
from shared.stores.sessions import MANAGER, Session
from tests.bench.report import Goal, Kind, Section, table

ROWS = 1_000_000
PUBLISHERS = 2_000
PAGE = 50
ONE_IN = 20
"""One of this many postings is refused."""

MOST_BYTES = 60_000
MOST_QUERIES = 32
MOST_ITEMS = 500
_NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
_KEY = "pbk_gezdgnbvgy3t"
_RENDERED = 15
_REMARK = (
    f"One key has {ROWS:,} rows in its log of one day, and there are {PUBLISHERS:,} publishers. "
    "The stores read sorted partitions in memory that respond as DynamoDB does; queries and items "
    "read are counted. A page of one key's log takes up to two queries for each of its 16 shards, "
    "in parallel, whatever the log holds. Bytes are those of the compressed HTML."
)


@dataclass(slots=True)
class Counted:
    queries: int = 0
    items: int = 0


@dataclass(slots=True)
class Partitions:
    """The part of a DynamoDB client that reads lists and logs; items are made when read."""

    make: Callable[[str, str], dict[str, Any]]
    sort_keys: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    counted: Counted = field(default_factory=Counted)

    def query(self, **request: Any) -> dict[str, Any]:
        values = request["ExpressionAttributeValues"]
        partition = values[":partition"]["S"]
        found = self.sort_keys[partition]
        low, high = 0, len(found)
        if ":lowest" in values:
            low = bisect.bisect_left(found, values[":lowest"]["S"])
            high = bisect.bisect_right(found, values[":highest"]["S"])
        forward = request.get("ScanIndexForward", True)
        if start := request.get("ExclusiveStartKey"):
            at = start[tables.SORT_KEY]["S"]
            if forward:
                low = bisect.bisect_right(found, at)
            else:
                high = bisect.bisect_left(found, at)
        most = min(request["Limit"], high - low)
        page = found[low : low + most] if forward else found[high - most : high][::-1]
        self.counted.queries += 1
        self.counted.items += len(page)
        response: dict[str, Any] = {"Items": [self.make(partition, each) for each in page]}
        if most < high - low:
            response["LastEvaluatedKey"] = to_item(_named(partition, page[-1]))
        return response

    def take(self) -> Counted:
        taken, self.counted = self.counted, Counted()
        return taken


def measure(rows: int = ROWS) -> Section:
    log, publishers = _log(rows), _publishers()
    reader: Any = LogReader(log, "log")  # type: ignore[arg-type]  # as much of a client as it asks
    store: Any = KeyStore(publishers, "keys")  # type: ignore[arg-type]
    day = Span(start=_NOW - timedelta(days=1), end=_NOW)

    def page(span: Span, keep: Callable[[LogEntry], bool]) -> Any:
        return reader.read_keys([_KEY], span, limit=PAGE, now=_NOW, keep=keep)

    lines, found = [], {}
    first = page(day, lambda _: True)
    cursor = Span(start=day.start, end=day.end, cursor=first.next_cursor)
    log.take()
    for name, partitions, read in (
        ("a key's log, first page", log, lambda: page(day, lambda _: True)),
        ("its next page", log, lambda: page(cursor, lambda _: True)),
        (
            f"one outcome, of one posting in {ONE_IN}",
            log,
            lambda: page(day, lambda entry: entry.outcome is Outcome.REFUSED),
        ),
        (
            "an outcome that no posting has",
            log,
            lambda: page(day, lambda entry: entry.outcome is Outcome.EXPIRED),
        ),
        ("all publishers' names", publishers, lambda: _names(store)),
        ("a publisher by its name", publishers, lambda: store.find_publishers("1999", 100, None)),
    ):
        started = time.process_time()
        read()
        took = time.process_time() - started
        found[name] = partitions.take()
        lines.append([name, found[name].queries, found[name].items, f"{took * 1000:.0f}"])
    shown = _shown()
    goals = [
        Goal("console: a key's log, queries", found["a key's log, first page"].queries,
             MOST_QUERIES, Kind.COUNTED),
        Goal("console: its next page, items read", found["its next page"].items,
             MOST_ITEMS, Kind.COUNTED),
        Goal("console: names of 2,000 publishers, queries", found["all publishers' names"].queries,
             3, Kind.COUNTED),
        Goal("console: the largest page, bytes", max(size for size, _ in shown.values()),
             MOST_BYTES, Kind.COUNTED),
    ]  # fmt: skip
    drawn = [[name, size, f"{took * 1000:.0f}"] for name, (size, took) in shown.items()]
    return Section(
        "The console with much data",
        [
            table(["what is read", "queries", "items read", "CPU ms"], lines),
            table(["page", "bytes", "CPU ms"], drawn),
        ],
        [_REMARK],
        goals,
    )


def _log(count: int) -> Partitions:
    log = Partitions(_log_row)
    for number in range(count // 2):
        at = _NOW - timedelta(milliseconds=80 * number)
        made = posting_id(round(at.timestamp() * 1000), f"bench{number:08}=")
        partition = row_key(_KEY, made)[tables.PARTITION_KEY]
        log.sort_keys[partition] += [made, f"{made}#decided"]
    for each in log.sort_keys.values():
        each.sort()
    return log


def _log_row(partition: str, sort_key: str) -> dict[str, Any]:
    made, _, suffix = sort_key.partition("#")
    named = _named(partition, sort_key) | {"posting_id": made, "key_id": _KEY}
    named |= {"publisher_id": "pub_gezdgnbvgy3t", "caller_number": "+15551234567"}
    is_refused = zlib.crc32(made.encode()) % ONE_IN == 0
    outcome = {"outcome": "refused" if is_refused else "applied" if suffix else "stored"}
    if suffix:
        decided = {"call_uuid": "9b65", "decided_at": "2026-11-25T12:00:00.000Z"}
        return to_item(named | outcome | decided | {"decided_by": "call_started"})
    return to_item(named | outcome | {"tags": {"age": "39", "zip": "90210"}})


def _publishers() -> Partitions:
    publishers = Partitions(_publisher)
    publishers.sort_keys["PUBLISHERS"] = sorted(
        keys.publisher_id(number.to_bytes(2, "big") + bytes(6)) for number in range(PUBLISHERS)
    )
    return publishers


def _publisher(partition: str, sort_key: str) -> dict[str, Any]:
    name = {"name": f"Publisher {sort_key}", "note": "", "created_at": "2026-11-25T12:00:00.000Z"}
    return to_item(_named(partition, sort_key) | name)


def _names(store: KeyStore) -> None:
    after: str | None = None
    while True:
        page = store.list_publishers(1000, after)
        after = page.next_after
        if after is None:
            return


def _named(partition: str, sort_key: str) -> dict[str, str]:
    return {tables.PARTITION_KEY: partition, tables.SORT_KEY: sort_key}


def _shown() -> Mapping[str, tuple[int, float]]:
    """Return each page's compressed bytes and the seconds to render it."""
    renderer = Renderer("")
    person: Mapping[str, Any] = {
        "session": Session(email="mia@example.com", role=MANAGER), "is_manager": True, "flash": {},
        "typed": {}, "errors": {}, "q": "", "query": {}, "is_first": True,
    }  # fmt: skip
    recent = {
        "last_posted_at": "2026-11-25T12:00:00.000Z", "totals": {
            "posted": 4321, "stored": 4309, "applied_at_once": 3000, "applied_later": 900,
            "refused": 12, "decided": 4200,
        },
        "match_rate": LOW_MATCH_RATE, "postings": [*range(100, 124)],
    }  # fmt: skip
    publishers = [
        {
            "publisher_id": keys.publisher_id(number.to_bytes(2, "big") + bytes(6)),
            "name": f"Publisher {number}", "activity": recent, "alert": ("bad", "Low match rate"),
        }
        for number in range(100)
    ]  # fmt: skip
    rows = [
        {
            "posting_id": f"{1763885098120 + number}-GZ0WXhTNoAMEJxA=", "key_id": _KEY,
            "posted_at": "2026-11-25T12:00:00.000Z", "publisher_id": "pub_a", "status_code": 200,
            "caller_number": f"+155512{number:05}", "outcome": "applied", "problems": [],
            "warnings": [], "tags": {"zip": f"{90000 + number}", "age": "39", "campaign": "spring"},
        }
        for number in range(PAGE)
    ]  # fmt: skip
    drawn: Mapping[str, dict[str, Any]] = {
        "publishers.html": {
            "publishers": publishers, "cursor": "pub_a", "adding": False, "path": "/publishers",
        },
        "log.html": {
            "rows": rows, "next": "cursor=a", "newest": "", "csv": "", "names": {"pub_a": "Acme"},
            "choices": [], "more_choices": 0, "is_too_wide": False, "keys": [], "chosen": "",
            "filters_set": 0, "path": "/log", "show_number": str, "periods": periods.CHOICES,
            "period": periods.read({}, datetime.now(UTC), default="24h")[0], "longest": "",
        },
    }  # fmt: skip
    return {
        f"{name.removesuffix('.html')}, a full page": _drawn(renderer, name, {**person, **values})
        for name, values in drawn.items()
    }


def _drawn(renderer: Renderer, name: str, values: Mapping[str, Any]) -> tuple[int, float]:
    took: list[float] = []
    body = b""
    for _ in range(_RENDERED):
        started = time.process_time()
        body = renderer.render(name, **values).encode()
        took.append(time.process_time() - started)
    return len(gzip.compress(body, 6)), median(took)
