"""What counting activity costs: measured batches of log rows, times the number of batches."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from shared.domain import keys, postings, timestamps
from shared.domain.log_entries import Cause
from shared.domain.postings import Posting, Status
from shared.stores.log import Decision, LogStore
from tests.bench import cost
from tests.bench.cost import Operation
from tests.bench.processes import Subject, Wire
from tests.bench.report import Goal, Kind, Section, table
from tests.integration.events import NOON

MOST_DOLLARS = 0.15
"""Goal per million postings, at VOLUMES[1] a month."""

VOLUMES = (1e6, 1e8)
BATCH_ROWS, LONGEST_WAIT = 1000, 45.0
"""The settings of `infra/activity.py`."""

ROWS_A_POSTING = 2
"""The maximum: one row when it is stored, one when it is decided."""

_MONTH_SECONDS = 30 * 24 * 60 * 60
_HOURS_BEFORE = 12
"""Hours already counted in each key's item, the average of a day."""
_BATCHES = 5


@dataclass(frozen=True, slots=True)
class Load:
    """A monthly number of postings with equally busy keys. The log's stream has a shard for each
    partition of its table: four when it is new, then one for each 10 GB."""

    monthly: float
    keys: int
    shards: int

    @property
    def _rows_a_second(self) -> float:
        return self.monthly * ROWS_A_POSTING / _MONTH_SECONDS / self.shards

    @property
    def rows(self) -> int:
        """Rows per batch, which starts with one row and waits for others."""
        return round(min(BATCH_ROWS, 1 + self._rows_a_second * LONGEST_WAIT))

    @property
    def batches(self) -> float:
        """Batches per posting."""
        return ROWS_A_POSTING / self.rows

    @property
    def keys_a_batch(self) -> int:
        """Different keys in a batch, on average."""
        return round(self.keys * (1 - (1 - 1 / self.keys) ** self.rows))


GOAL = Load(VOLUMES[1], keys=50, shards=4)
LOADS = (
    *(Load(VOLUMES[0], keys=n, shards=4) for n in (10, 50)),
    *(Load(VOLUMES[1], keys=n, shards=4) for n in (10, 50, 100, 500)),
    *(Load(VOLUMES[1], keys=n, shards=25) for n in (10, 50)),
)


def measure(bundle: Path) -> Section:
    batches = {load: _measure(bundle, load) for load in LOADS}
    dollars = {load: _dollars(load, batch) for load, batch in batches.items()}
    rows = [
        [
            f"{load.monthly:.0e} a month, {load.keys} keys, {load.shards} shards",
            load.rows,
            load.keys_a_batch,
            f"{batch.write_units:.0f}",
            f"{batch.cpu_seconds * 1000:.0f}",
            f"{dollars[load]:.3f}",
        ]
        for load, batch in batches.items()
    ]
    header = [
        "counting",
        "rows per batch",
        "keys per batch",
        "write units",
        "processor ms",
        "$ per million postings",
    ]
    goal = f"dollars for counting, per million postings ({GOAL.keys} keys, {GOAL.shards} shards)"
    return Section(
        "Counting: dollars per million",
        [table(header, rows)],
        [_REMARK],
        [Goal(goal, dollars[GOAL], MOST_DOLLARS, Kind.TIMED)],
    )


_REMARK = (
    "Two rows per posting, all keys equally busy, items as they are at noon. More keys and shards "
    "mean fewer rows of one key in a batch, which is more expensive."
)


def _dollars(load: Load, batch: Operation) -> float:
    used = {name: amount * load.batches for name, amount in cost.usage(batch).items()}
    return sum(cost.dollars(used, load.monthly).values())


def _measure(bundle: Path, load: Load) -> Operation:
    """Measure batches in the thirteenth hour of a day, after one batch in each earlier hour."""
    names = [keys.key_id(f"key {number}") for number in range(load.keys_a_batch)]
    with Wire() as wire, tempfile.TemporaryFile() as log:
        subject = Subject("functions.activity.handler", bundle, wire, log=log)
        stream = _Stream(names)
        subject.invoke(stream.batch(load.rows, hour) for hour in range(_HOURS_BEFORE + 1))
        wire.take()
        begun = log.seek(0, 2)
        seconds = subject.invoke(stream.batch(load.rows, _HOURS_BEFORE) for _ in range(_BATCHES))
        counted = wire.take()
        subject.end()
        log.seek(begun)
        logged = log.read()
    return Operation(
        requests=counted["requests"] // _BATCHES,
        write_units=counted["units"]["table_writes"] / _BATCHES,
        read_units=counted["units"]["reads"] / _BATCHES,
        cpu_seconds=median(seconds),
        logged_bytes=len(logged) / _BATCHES,
        lines=logged.count(b"\n") // _BATCHES,
        stored_bytes=0,
    )


class _Stream:
    """A stream of log rows: for each key in turn a posting's row and its decision's."""

    def __init__(self, names: Sequence[str]) -> None:
        client: Any = None  # never used
        self._log = LogStore(client, "")
        self._names = names
        self._number = 0

    def batch(self, rows: int, hour: int) -> dict[str, Any]:
        return {"Records": [self._record(hour) for _ in range(rows)]}

    def _record(self, hour: int) -> Mapping[str, Any]:
        self._number += 1
        number, is_decision = divmod(self._number, 2)
        at = NOON + timedelta(hours=hour - 12)
        posting = _posting(number, self._names[self._number % len(self._names)], at)
        if is_decision:
            image = self._log.applied_row(posting, _decision(at), Status.APPLIED_IN_PROGRESS)
        else:
            image = self._log.stored_row(posting)
        sequence = str(10**20 + self._number)
        return {"dynamodb": {"NewImage": image, "SequenceNumber": sequence}}


def _posting(number: int, key_id: str, hour: datetime) -> Posting:
    at = hour + timedelta(milliseconds=number % 3_600_000)
    return Posting(
        posting_id=postings.posting_id(timestamps.to_epoch_ms(at), f"counting{number:07}="),
        key_id=key_id,
        publisher_id="pub_gezdgnbvgy3t",
        posted_at=at,
        stored_until=at + timedelta(days=1),
        end_call_cutoff=timedelta(hours=1),
        tags={"age": "39", "zip": "90210", "prequalified": "true"},
        caller_number="+15551234567",
    )


def _decision(at: datetime) -> Decision:
    return Decision(
        call_uuid="9b653cf0-4835-493b-860c-aed9b7af2a4a",
        caller_number="+15551234567",
        cause=Cause.CALL_STARTED,
        decided_at=at,
    )
