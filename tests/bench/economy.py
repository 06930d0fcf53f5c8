"""What a million postings and calls cost according to the measurements, by service, and what would
halve it."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from shared.domain.log_entries import Cause
from shared.domain.postings import Status
from shared.stores import call_items
from shared.stores.log import Decision, LogStore
from tests.bench import cost, growing, operations, units
from tests.bench.cost import ITEM_OVERHEAD_BYTES, ROW_MONTHS, Operation, Usage
from tests.bench.operations import (
    ANNOUNCED,
    ENDED,
    ENDED_BY_HTTP,
    STARTED_BY_HTTP_WITH_ONE,
    STARTED_WITH_ONE,
    STORED,
    Stage,
)
from tests.bench.prices import DATES, LIST
from tests.bench.processes import Subject, Wire
from tests.bench.report import Goal, Kind, Section, table
from tests.bench.wire import BY_CALLER
from tests.proof.processes import CALL_DATA

VOLUMES = (1e6, 1e8, 1e10)
MOST_DOLLARS = 4.6
MOST_DOLLARS_OF_A_CALL = 17.0
MOST_DOLLARS_BY_HTTP = 15.0
_INVOCATIONS = 30
_MONTH_SECONDS = 30 * 24 * 60 * 60
_QUEUE_REQUESTS = 3
"""Requests per message: sent by the bus, received, deleted."""

Dollars = Mapping[str, float]


def measure(bundle: Path) -> Section:
    posting = _posting(bundle)
    call, by_http = _call(bundle), _call_by_http(bundle)
    posted, called = cost.usage(posting), _sum(*map(cost.usage, call))
    http_call = _sum(*map(cost.usage, by_http))
    life = _sum(posted, called)
    costs = {volume: cost.dollars(posted, volume) for volume in VOLUMES}
    most = sum(costs[VOLUMES[0]].values())
    return Section(
        "Cost: dollars per million",
        [
            _totals(posted, called, http_call, life),
            _where(posted, called, http_call),
            _levers(posting),
        ],
        [_remark(posting)],
        [
            Goal("dollars per million postings", most, MOST_DOLLARS, Kind.TIMED),
            Goal(
                "dollars per million calls",
                sum(cost.dollars(called, VOLUMES[0]).values()),
                MOST_DOLLARS_OF_A_CALL,
                Kind.TIMED,
            ),
            Goal(
                "dollars per million calls over HTTP",
                sum(cost.dollars(http_call, VOLUMES[0]).values()),
                MOST_DOLLARS_BY_HTTP,
                Kind.TIMED,
            ),
        ],
    )


def _totals(posted: Usage, called: Usage, http_call: Usage, life: Usage) -> str:
    named = {
        "posting, stored": posted,
        "call: started, one posting pending, ended": called,
        "the same call over HTTP": http_call,
    }
    named["posting and its call"] = life
    rows = [
        [name, *(f"{sum(cost.dollars(used, volume).values()):.2f}" for volume in VOLUMES)]
        for name, used in named.items()
    ]
    fixed = cost.fixed_dollars()
    rows.append(["fixed, if all metrics occur", *(f"{fixed / v * 1e6:.4f}" for v in VOLUMES)])
    return table(["$ per million, at a monthly", *(f"{volume:.0e}" for volume in VOLUMES)], rows)


def _where(*used: Usage) -> str:
    columns = [cost.dollars(each, VOLUMES[0]) for each in used]
    rows = [
        [name, *(f"{each[name]:.3f}" for each in columns), DATES[name] or "not looked up"]
        for name in LIST
    ]
    named = ("posting", "call", "call over HTTP")
    header = ["$ per million, by service", *named, "price of"]
    return table(header, rows)


def _levers(posting: Operation) -> str:
    """Return the table of what a posting costs with each option, alone and with those above it."""
    used = cost.usage(posting)
    direct, short = cost.without_the_gateway(used), cost.kept(used, months=1)
    both = cost.kept(direct, months=1)
    unindexed = cost.usage(cost.without_the_index(posting, index_units=1))
    by_the_hour = cost.provisioned(LIST)
    rows = [
        ["none", _total(used), ""],
        ["provisioned DynamoDB capacity, 70% used", *[_total(used, by_the_hour)] * 2],
        ["a function URL instead of the gateway", _total(direct), _total(direct, by_the_hour)],
        ["log rows kept for 30 days", _total(short), _total(both, by_the_hour)],
        ["(no index of the log by caller)", _total(unindexed), ""],
    ]
    return table([f"option, $ per million at {VOLUMES[1]:.0e}", "alone", "with those above"], rows)


def _total(used: Usage, prices: Mapping[str, Any] = LIST) -> str:
    return f"{sum(cost.dollars(used, VOLUMES[1], prices).values()):.2f}"


def _remark(posting: Operation) -> str:
    billed = cost.billed_seconds(posting) * 1000
    waiting = cost.REQUEST_SECONDS * 1000
    return (
        f"A posting logs {posting.logged_bytes:.0f} bytes, its row in the index has "
        f"{posting.indexed_bytes:.0f}, and it is billed for {billed:.0f} ms at 512 MB: "
        f"{posting.cpu_seconds * 1000:.1f} ms of a processor like this one at its share, and an "
        f"assumed {waiting:.0f} ms of waiting for each request. Each batch has one of a call's "
        "events, or one of its three changes in the feed: the most expensive case. Lambda's "
        "charge for cold starts is not included."
    )


def _posting(bundle: Path) -> Operation:
    """Measure a stored posting: its log row, the index's copy, and the pending item until TTL
    deletes it."""
    example = growing.example()
    row = LogStore.stored_row(_log(), example)
    waiting = call_items.pending_item(example)
    months = (int(waiting["expires_at"]["N"]) - example.posted_at.timestamp()) / _MONTH_SECONDS
    return replace(
        _measure(bundle, STORED),
        through_the_api=True,
        stored_bytes=_size(row) + _size(waiting) * months / ROW_MONTHS,
        indexed_bytes=_indexed(row),
    )


def _call(bundle: Path) -> list[Operation]:
    """Measure a call: its two events through bus and queue, one announced change, and two changes
    for which the feed runs without an announcement."""
    stored, indexed = _call_bytes()
    started = _through_the_bus(_measure(bundle, STARTED_WITH_ONE))
    announced = replace(_measure(bundle, ANNOUNCED), bus_events=1.0)
    unannounced = replace(announced, requests=0, bus_events=0.0, logged_bytes=0.0, lines=0)
    return [
        replace(started, stored_bytes=stored, indexed_bytes=indexed),
        _through_the_bus(_measure(bundle, ENDED)),
        announced,
        unannounced,
    ]


def _call_by_http(bundle: Path) -> list[Operation]:
    """Measure a call over HTTP: its two requests, and its three changes in the feed."""
    stored, indexed = _call_bytes()
    started = _through_the_api(_measure(bundle, STARTED_BY_HTTP_WITH_ONE), round_trips=3)
    announced = replace(_measure(bundle, ANNOUNCED), bus_events=1.0)
    unannounced = replace(announced, requests=0, bus_events=0.0, logged_bytes=0.0, lines=0)
    return [
        replace(started, stored_bytes=stored, indexed_bytes=indexed),
        _through_the_api(_measure(bundle, ENDED_BY_HTTP), round_trips=2),
        announced,
        unannounced,
    ]


def _through_the_api(request: Operation, *, round_trips: int) -> Operation:
    return replace(
        request,
        through_the_api=True,
        round_trips=round_trips,
    )


def _call_bytes() -> tuple[float, float]:
    """Return the bytes stored and indexed for a call with a posting: the call, its entry in the
    caller's list, and the `#decided` row."""
    with Wire() as wire:
        stage = Stage(wire)
        caller_number = stage.caller()
        stage.pending_posting(caller_number)
        call = stage.call_in_progress(caller_number)
        key = call_items.call_key(call.call_uuid)
        item = wire.client.get_item(TableName=CALL_DATA, Key=key)["Item"]
    decision = Decision(
        call_uuid=call.call_uuid,
        caller_number=caller_number,
        cause=Cause.CALL_STARTED,
        decided_at=call.started_at,
    )
    row = _log().applied_row(growing.example(), decision, Status.APPLIED_IN_PROGRESS)
    items = (item, call_items.caller_list_item(caller_number, call), row)
    return sum(map(_size, items)), _indexed(row)


def _through_the_bus(event: Operation) -> Operation:
    """Add the cost of the bus and the queue to an event."""
    return replace(event, bus_events=1.0, queue_requests=_QUEUE_REQUESTS)


def _measure(bundle: Path, operation: operations.Operation) -> Operation:
    with Wire() as wire, tempfile.TemporaryFile() as log:
        stage = Stage(wire)
        subject = Subject(operations.module(operation.function), bundle, wire, log=log)
        subject.invoke(operation.events(stage, _INVOCATIONS))
        events = operation.events(stage, _INVOCATIONS)
        wire.take()
        begun = log.seek(0, 2)
        seconds = subject.invoke(events)
        counted = wire.take()
        subject.end()
        log.seek(begun)
        logged = log.read()
    used = counted["units"]
    return Operation(
        requests=counted["requests"] // _INVOCATIONS,
        write_units=(used["table_writes"] + used["index_writes"]) / _INVOCATIONS,
        read_units=used["reads"] / _INVOCATIONS,
        cpu_seconds=median(seconds),
        logged_bytes=len(logged) / _INVOCATIONS,
        lines=logged.count(b"\n") // _INVOCATIONS,
        stored_bytes=0,
    )


def _sum(*used: Usage) -> dict[str, float]:
    return {name: sum(each[name] for each in used) for name in LIST}


def _size(item: Mapping[str, Any]) -> int:
    return units.item_size(item) + ITEM_OVERHEAD_BYTES


def _indexed(row: Mapping[str, Any]) -> int:
    """Return the size of a log row's copy in the index by caller."""
    return _size(BY_CALLER.row(dict(row)) or {})


def _log() -> LogStore:
    client: Any = None  # never used
    return LogStore(client, "")
