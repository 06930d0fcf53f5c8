"""Each row of the log counts once, even if its stream delivers it twice or in parts, shards split,
and functions are killed at any request or overtake each other."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest

from shared.domain import keys, postings
from shared.domain.activity import KeyDay
from shared.domain.errors import RetriesExhausted
from shared.domain.log_entries import Cause
from shared.domain.postings import Posting, Status
from shared.stores import activity as stored
from shared.stores.log import Decision, LogStore
from tests.proof.database import Body, Database, Reply, error
from tests.proof.operations import KEYS, NOON, SECOND
from tests.proof.processes import ACTIVITY, Process
from tests.proof.tasks import Killed
from tests.proof.world import standing_still

Record = dict[str, Any]

DAYS = (NOON, NOON.replace(day=11, hour=0), NOON.replace(day=9, hour=23))
POSTINGS = 40


@dataclass
class Shard:
    """A part of the stream: some partitions of the log, in the order in which they were written.

    `done` is the number of records that Lambda will not deliver again.
    """

    records: list[Record] = field(default_factory=list)
    done: int = 0
    parents: tuple["Shard", ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether Lambda may read the shard: its parents have been read completely."""
        return all(parent.done == len(parent.records) for parent in self.parents)


def _rows(chance: random.Random) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of postings of several keys and days, and decisions about some of them."""
    client: Any = None
    log = LogStore(client, "")
    for number in range(POSTINGS):
        at = chance.choice(DAYS) + number * SECOND
        key = chance.choice(KEYS)
        posting = Posting(
            posting_id=postings.posting_id(int(at.timestamp() * 1000), f"request-{number:03}"),
            key_id=key.key_id,
            publisher_id=key.publisher_id,
            posted_at=at,
            stored_until=at + key.storage_duration,
            end_call_cutoff=key.end_call_cutoff,
            tags={"age": "39"},
            caller_number="+15551230000",
        )
        yield log.stored_row(posting)
        if chance.random() < 0.6:
            cause = chance.choice([Cause.POSTING, Cause.CALL_STARTED])
            decision = Decision(
                call_uuid="c", caller_number=None, cause=cause, decided_at=posting.posted_at
            )
            yield log.applied_row(posting, decision, Status.APPLIED_IN_PROGRESS)


def _stream(chance: random.Random) -> list[Shard]:
    """Return two shards that end somewhere, and two successors of each. Sequence numbers grow from
    a shard to its successors, and cannot be compared with those of other shards."""
    rows = list(_rows(chance))
    split_at = chance.randrange(len(rows))
    shards = [Shard(), Shard()]
    shards += [Shard(parents=(shards[number // 2],)) for number in range(4)]
    numbers = [chance.randrange(10**20, 10**21) for _ in range(2)]
    for position, row in enumerate(rows):
        half = _digest(row) % 2
        quarter = 2 + 2 * half + _digest(row) // 2 % 2
        numbers[half] += chance.randrange(1, 1000)
        shards[half if position < split_at else quarter].records.append(
            {
                "dynamodb": {
                    "NewImage": row,
                    "SequenceNumber": str(numbers[half]),
                }
            }
        )
    return shards


def _digest(row: Mapping[str, Any]) -> int:
    """Return a number that decides which shard a partition of the log is in."""
    return sum(map(ord, row["pk"]["S"]))


class Counting:
    """Functions that count the rows that Lambda delivers, from shards in turn."""

    def __init__(self, chance: random.Random, shards: list[Shard]) -> None:
        self._chance = chance
        self._shards = shards
        self._database = Database([ACTIVITY])
        self._processes = [Process("activity", self._answer) for _ in range(2)]
        self._depth = 0
        self.killed = 0
        self.is_calm = False

    def run(self) -> None:
        while shard := self._next_shard():
            self._deliver(shard)
        # All rows come again when an operator resets the event source mapping.
        self.is_calm = True
        for shard in self._shards:
            self._invoke(shard.records)

    def days(self) -> list[KeyDay]:
        return [stored._to_day(dict(item)) for item in self._database.tables[ACTIVITY].values()]

    def _next_shard(self) -> Shard | None:
        waiting = [s for s in self._shards if s.is_open and s.done < len(s.records)]
        return self._chance.choice(waiting) if waiting else None

    def _deliver(self, shard: Shard) -> None:
        """Deliver a batch. It comes again if the function fails, and sometimes if it does not."""
        begin = shard.done
        batch = shard.records[begin:][: self._chance.randrange(1, 12)]
        try:
            self._invoke(batch)
        except RetriesExhausted:
            return
        except Killed:
            self.killed += 1
            return
        if self._chance.random() < 0.8:  # otherwise Lambda has lost its position
            shard.done = begin + len(batch)

    def _invoke(self, batch: list[Record]) -> None:
        self._processes[self._depth].run({"Records": batch})

    def _answer(self, operation: str, body: Body) -> Reply:
        """Execute a request. It may fail, the function may be killed before or after it, and
        another shard's batch may come in between."""
        if self.is_calm:
            return self._database.execute(operation, body)
        fate = self._chance.random()
        if fate < 0.04:
            raise Killed
        if fate < 0.08:
            return error("InternalServerError")
        if fate < 0.2 and self._depth == 0:
            self._overtake()
        reply = self._database.execute(operation, body)
        if 0.2 < fate < 0.24:
            raise Killed
        if 0.24 < fate < 0.27:
            return error("InternalServerError")  # it took effect all the same
        return reply

    def _overtake(self) -> None:
        self._depth = 1
        try:
            if shard := self._next_shard():
                self._deliver(shard)
        finally:
            self._depth = 0


def _expected(shards: list[Shard]) -> Counter[tuple[str, datetime, str]]:
    """Count the log's rows in the plainest way."""
    counts: Counter[tuple[str, datetime, str]] = Counter()
    for record in (record for shard in shards for record in shard.records):
        row = record["dynamodb"]["NewImage"]
        posted_at = datetime.fromisoformat(row["posted_at"]["S"])
        hour = posted_at.replace(minute=0, second=0, microsecond=0)
        what = row["outcome"]["S"]
        if "decided_by" in row:
            what = "applied_at_once" if row["decided_by"]["S"] == "posting" else "applied_later"
        counts[row["key_id"]["S"], hour, what] += 1
    return counts


def _found(days: list[KeyDay]) -> Counter[tuple[str, datetime, str]]:
    counts: Counter[tuple[str, datetime, str]] = Counter()
    for day in days:
        for hour, tally in day.hours.items():
            moment = datetime(day.day.year, day.day.month, day.day.day, hour, tzinfo=UTC)
            for what in ("stored", "applied_at_once", "applied_later"):
                counts[day.key_id, moment, what] += getattr(tally, what)
    return +counts


def _is_right(seed: int) -> bool:
    chance = random.Random(seed)
    shards = _stream(chance)
    counting = Counting(chance, shards)
    counting.run()
    latest: dict[str, str] = {}
    for record in (record for shard in shards for record in shard.records):
        row = record["dynamodb"]["NewImage"]
        latest[row["key_id"]["S"]] = max(latest.get(row["key_id"]["S"], ""), row["posted_at"]["S"])
    days = counting.days()
    told = {
        key_id: max(d.last_posted_at for d in days if d.key_id == key_id and d.last_posted_at)
        for key_id in latest
    }
    return _found(days) == _expected(shards) and told == {
        key_id: datetime.fromisoformat(text) for key_id, text in latest.items()
    }


SEEDS = range(60)
SABOTAGED_SEEDS = range(400)
"""Few of them let two shards write one item at the same time."""


def test_each_row_counts_once() -> None:
    with standing_still():
        assert [seed for seed in SEEDS if not _is_right(seed)] == []


def _counts_again(day: KeyDay, rows: Any) -> KeyDay:
    """Count a batch again that comes twice."""
    forgetful = replace(day, last_counted={})
    return replace(_COUNTING(forgetful, list(rows)), version=day.version + 1)


def _by_the_key_alone(day: KeyDay, rows: Any) -> KeyDay:
    """Use one lane for all rows of a key: after a split, those of one half are lost."""
    return _COUNTING(day, [replace(row, lane=0) for row in rows])


def _if_changed_too(_: KeyDay) -> dict[str, Any]:
    """Write an item without a check for other changes."""
    return {}


_COUNTING: Callable[[KeyDay, Any], KeyDay] = KeyDay.count


@pytest.mark.parametrize(
    ("what", "instead"),
    [
        ("shared.domain.activity.KeyDay.count", _counts_again),
        ("shared.domain.activity.KeyDay.count", _by_the_key_alone),
        ("shared.stores.activity._if_unchanged", _if_changed_too),
    ],
    ids=[
        "a batch taken twice",
        "a row lost when a shard splits",
        "a write that overwrites another",
    ],
)
def test_a_sabotaged_count_is_found(what: str, instead: Callable[..., Any]) -> None:
    with standing_still(), mock.patch(what, instead):
        assert any(not _is_right(seed) for seed in SABOTAGED_SEEDS)


def test_the_simulation_meets_what_it_is_about() -> None:
    """Functions are killed, days change, and shards split: otherwise the tests prove nothing."""
    killed = moved = 0
    with standing_still():
        for seed in range(20):
            chance = random.Random(seed)
            counting = Counting(chance, _stream(chance))
            counting.run()
            killed += counting.killed
            moved += len({key for key in counting._database.tables[ACTIVITY] if key[0] != "NEWEST"})

    assert killed > 50
    assert moved > 20
    assert len({key.key_id for key in KEYS}) == len(KEYS) == len({keys.key_id(k.key) for k in KEYS})
