"""What a million postings and calls cost, by what is measured here; where the money goes, and what
would halve it."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from shared import call_items
from shared.calls import Call
from shared.log_store import LogStore
from tests.bench import cost, growing, operations, units
from tests.bench.cost import ITEM_OVERHEAD_BYTES, Operation, Usage
from tests.bench.operations import ANNOUNCED, ENDED, STARTED_WITH_ONE, STORED, Stage
from tests.bench.prices import LIST
from tests.bench.processes import Subject, Wire
from tests.bench.report import Goal, Kind, Section, table

VOLUMES = (1e6, 1e8, 1e10)
MOST_DOLLARS = 5.0
_INVOCATIONS = 30
_QUEUE_REQUESTS = 3
"""Of a message: sent by the bus, received, deleted."""

Dollars = Mapping[str, float]


def measure(bundle: Path) -> Section:
    posting = _posting(bundle)
    call = _call(bundle)
    posted, called = cost.usage(posting), _sum(*map(cost.usage, call))
    life = _sum(posted, called)
    costs = {volume: cost.dollars(posted, volume) for volume in VOLUMES}
    most = sum(costs[VOLUMES[0]].values())
    return Section(
        "Cost: dollars for a million",
        [_totals(posted, called, life), _where(posted, called), _levers(posting)],
        [_remark(posting)],
        [Goal("dollars for a million postings", most, MOST_DOLLARS, Kind.TIMED)],
    )


def _totals(posted: Usage, called: Usage, life: Usage) -> str:
    named = {"posting, stored": posted, "call: started, one posting waiting, ended": called}
    named["posting and its call"] = life
    rows = [
        [name, *(f"{sum(cost.dollars(used, volume).values()):.2f}" for volume in VOLUMES)]
        for name, used in named.items()
    ]
    fixed = cost.fixed_dollars()
    rows.append(["fixed, if all metrics occur", *(f"{fixed / v * 1e6:.4f}" for v in VOLUMES)])
    return table(["$ for a million, at a month's", *(f"{volume:.0e}" for volume in VOLUMES)], rows)


def _where(posted: Usage, called: Usage) -> str:
    posting, call = cost.dollars(posted, VOLUMES[0]), cost.dollars(called, VOLUMES[0])
    rows = [[n, f"{posting[n]:.3f}", f"{call[n]:.3f}"] for n in LIST]
    return table(["where the money goes, $ for a million", "posting", "call"], rows)


def _levers(posting: Operation) -> str:
    """What each leaves of a posting's cost, alone, and with those above it."""
    used = cost.usage(posting)
    direct, short = cost.without_the_gateway(used), cost.kept(used, months=1)
    both = cost.kept(direct, months=1)
    unindexed = cost.usage(cost.without_the_index(posting, index_units=1))
    by_the_hour = cost.provisioned(LIST)
    rows = [
        ["none", _total(used), ""],
        ["DynamoDB by the hour, 70 % of it in use", *[_total(used, by_the_hour)] * 2],
        ["a function URL, not the gateway", _total(direct), _total(direct, by_the_hour)],
        ["log rows kept for 30 days", _total(short), _total(both, by_the_hour)],
        ["(no index of the log by caller)", _total(unindexed), ""],
    ]
    return table([f"lever, $ for a million at {VOLUMES[1]:.0e}", "alone", "with those above"], rows)


def _total(used: Usage, prices: Mapping[str, Any] = LIST) -> str:
    return f"{sum(cost.dollars(used, VOLUMES[1], prices).values()):.2f}"


def _remark(posting: Operation) -> str:
    billed = cost.billed_seconds(posting) * 1000
    return (
        f"A posting logs {posting.logged_bytes:.0f} bytes, its row has {posting.stored_bytes:.0f}, "
        f"and it is billed for {billed:.0f} ms at 512 MB: {posting.cpu_seconds * 1000:.1f} ms of a "
        f"processor like this one at its share, and {cost.REQUEST_SECONDS * 1000:.0f} ms of "
        "waiting for each request (assumed). A call's events come one in a batch: the dearest case."
    )


def _posting(bundle: Path) -> Operation:
    row = _size(LogStore.stored_row(_log(), growing.example()))
    measured = _measure(bundle, STORED)
    return replace(measured, through_the_api=True, stored_bytes=row, indexed_bytes=row)


def _call(bundle: Path) -> list[Operation]:
    """Its two events, each put on the bus and through the queue, and one announcement."""
    call = Call(
        call_uuid="9b653cf0-4835-493b-860c-aed9b7af2a4a",
        caller_number="+15551234567",
        campaign_id="c-42",
        dialed_number="+18005550100",
        started_at=growing.STARTED_AT,
    )
    listed = _size(call_items.caller_call_item("+15551234567", call))
    started = replace(
        _told(_measure(bundle, STARTED_WITH_ONE)),
        # The call with its tags, the caller's list of calls, and the decision's row, of about a
        # size; that row is indexed.
        stored_bytes=3 * listed,
        indexed_bytes=listed,
    )
    ended = _told(_measure(bundle, ENDED))
    return [started, ended, replace(_measure(bundle, ANNOUNCED), bus_events=1.0)]


def _told(event: Operation) -> Operation:
    """An event that comes on the bus and through the queue."""
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


def _log() -> LogStore:
    client: Any = None  # nothing is sent
    return LogStore(client, "")
