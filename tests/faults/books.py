"""All that the service has written by the end of a fault run, read from where it is kept."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.calls import Call
from shared.domain.postings import Posting
from shared.stores.call_items import to_call, to_posting
from shared.stores.dynamodb import from_item
from tests.e2e.mailbox import Letter
from tests.e2e.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that the service has written, once it is quiet.

    `rows` are the log's, by posting and by suffix; `announced` is what the bus has told of each
    call, as it came. Of the postings `unlogged` and the calls `unannounced` a function has said in
    its own log that it could not do so.
    """

    calls: Mapping[str, Call]
    waiting: Mapping[str, Posting]
    rows: Mapping[str, Mapping[str, Mapping[str, Any]]]
    unlogged: frozenset[str]
    unannounced: frozenset[str]
    announced: Mapping[str, Sequence[Mapping[str, Any]]]
    dead_letters: Sequence[Letter]


def read_books(service: Service, announced: Iterable[Mapping[str, Any]]) -> Books:
    items = list(_scan(service, "CallDataTableName"))
    rows: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for item in _scan(service, "PostbackLogTableName"):
        row = from_item(item)
        rows[row["posting_id"]][row["sk"].removeprefix(row["posting_id"])] = row
    by_call: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for detail in announced:
        by_call[detail["call_uuid"]].append(detail)
    calls = (to_call(item) for item in items if item["sk"]["S"] == "CALL")
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
    )


def _scan(service: Service, table: str) -> Iterator[dict[str, Any]]:
    pages = service.dynamodb.get_paginator("scan").paginate(
        TableName=service.outputs[table], ConsistentRead=True
    )
    for page in pages:
        yield from (dict(item) for item in page["Items"])


def _lines(service: Service, function: str, message: str) -> Iterator[dict[str, Any]]:
    for line in service.log_lines(function, f'"{message}"'):
        yield json.loads(line[line.index("{") :])
