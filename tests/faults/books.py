"""Everything that the service has written by the end of a fault run."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.activity import KeyDay, Tally
from shared.domain.calls import Call
from shared.domain.log_entries import RESPONSE_SUFFIX
from shared.domain.postings import Posting
from shared.stores.activity import ActivityStore
from shared.stores.call_items import is_call, to_call, to_posting
from shared.stores.dynamodb import from_item
from tests.e2e.mailbox import Letter
from tests.e2e.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Everything that the service has written, read when nothing is in progress.

    `rows` are the log's, by posting and suffix; `announced` are the events about each call, in
    order. `unlogged` postings and `unannounced` calls are those for which a function logged that
    it failed to write or announce them.
    """

    calls: Mapping[str, Call]
    waiting: Mapping[str, Posting]
    rows: Mapping[str, Mapping[str, Mapping[str, Any]]]
    unlogged: frozenset[str]
    unannounced: frozenset[str]
    announced: Mapping[str, Sequence[Mapping[str, Any]]]
    dead_letters: Sequence[Letter]
    activity: Sequence[KeyDay]
    forgotten: frozenset[str] = frozenset()
    """Calls for which an event said that their callers were forgotten."""
    items: Sequence[Mapping[str, Any]] = ()
    """All items of calls and of the log, in plain values."""


def read_books(service: Service, announced: Iterable[Mapping[str, Any]]) -> Books:
    items = list(_scan(service, "CallDataTableName"))
    logged = [from_item(item) for item in _scan(service, "PostbackLogTableName")]
    rows: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for row in logged:
        rows[row["posting_id"]][row["sk"].removeprefix(row["posting_id"])] = row
    by_call: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    forgotten: set[str] = set()
    for detail in announced:
        if "call_uuids" in detail:
            forgotten.update(detail["call_uuids"])
        else:
            by_call[detail["call_uuid"]].append(detail)
    calls = (to_call(item) for item in items if item["sk"]["S"] == "CALL" and is_call(item))
    waiting = (to_posting(item) for item in items if item["sk"]["S"].startswith("PENDING#"))
    return Books(
        calls={call.call_uuid: call for call in calls},
        waiting={posting.posting_id: posting for posting in waiting},
        rows=rows,
        unlogged=frozenset(
            line["posting_id"] for line in _lines(service, "DataWriting", "not logged")
        ),
        unannounced=frozenset(
            call_uuid
            for line in _lines(service, "CallFeed", "calls not announced")
            for call_uuid in line["call_uuids"]
        ),
        announced=by_call,
        dead_letters=service.dead_letters.all(lambda _: True),
        activity=list(_activity(service)),
        forgotten=frozenset(forgotten),
        items=[*map(from_item, items), *logged],
    )


def rows_to_count(service: Service) -> int:
    """Return how many rows of the log count."""
    rows = (item["sk"]["S"] for item in _scan(service, "PostbackLogTableName"))
    return sum(not row.endswith(RESPONSE_SUFFIX) for row in rows)


def rows_counted(service: Service) -> int:
    return sum(_rows_of(tally) for day in _activity(service) for tally in day.hours.values())


def _rows_of(tally: Tally) -> int:
    decided = tally.applied_at_once + tally.applied_later + tally.withdrawn + tally.left_out
    return tally.stored + tally.refused + decided


def _activity(service: Service) -> Iterator[KeyDay]:
    client: Any = service.dynamodb
    store = ActivityStore(client, service.outputs["ActivityTableName"])
    today = datetime.now(UTC).date()
    yield from store.days_of_publishers("", "~", [today - timedelta(days=1)])


def _scan(service: Service, table: str) -> Iterator[dict[str, Any]]:
    pages = service.dynamodb.get_paginator("scan").paginate(
        TableName=service.outputs[table], ConsistentRead=True
    )
    for page in pages:
        yield from (dict(item) for item in page["Items"])


def _lines(service: Service, function: str, message: str) -> Iterator[dict[str, Any]]:
    for line in service.log_lines(function, f'"{message}"'):
        yield json.loads(line[line.index("{") :])
