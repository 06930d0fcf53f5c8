"""Partition heat: write units of a key's busiest log partition in its busiest second, and how many
shards are enough. Pure; its random source is seeded."""

import random
import string
import zlib
from collections import Counter
from dataclasses import dataclass

from shared.domain import postings
from shared.stores import tables
from tests.bench.report import Section, table

MOST_UNITS = 1000
"""Maximum write units per second of a partition (DynamoDB Developer Guide, "Partitions")."""

RATE = 10_000
"""Postings per second, all with one key."""
_SECONDS = 20
_STARTED_AT_MS = 1_795_421_100_000
_CHARACTERS = string.ascii_letters + string.digits + "-_"
_REMARK = (
    "Write units of the busiest shard in its busiest second of {}, from the deployed shard "
    "function over {:,} realistic IDs. A partition takes 1,000."
)


@dataclass(frozen=True, slots=True)
class Load:
    """The write units of each posting in its partition: its row, and, if it is applied in the same
    second, the `#decided` row at a transaction's double price."""

    name: str
    units: int


LOADS = (
    Load("stored: a row of up to 1 KB", 1),
    Load("stored: a row of up to 2 KB", 2),
    Load("stored and applied at once: two rows", 3),
)


def posting_ids(rate: int, seconds: int, seed: int = 1) -> list[str]:
    """Return IDs made from the gateway's times and request IDs, at this rate."""
    chance = random.Random(seed)  # noqa: S311  # a simulation
    return [
        postings.posting_id(
            _STARTED_AT_MS + number * 1000 // rate,
            "".join(chance.choices(_CHARACTERS, k=15)) + "=",
        )
        for number in range(rate * seconds)
    ]


def shard(posting_id: str, shards: int) -> int:
    """Return a posting's shard as `shared.stores.log` chooses it, for any number of shards."""
    return zlib.crc32(posting_id.encode()) % shards


def busiest(ids: list[str], shards: int, rate: int) -> int:
    """Return how many rows the busiest shard gets in its busiest second."""
    counts = Counter((number // rate, shard(each, shards)) for number, each in enumerate(ids))
    return max(counts.values())


def needed(ids: list[str], rate: int, units: int) -> int:
    """Return the smallest sufficient power of two of shards."""
    shards = 1
    while busiest(ids, shards, rate) * units > MOST_UNITS:
        shards *= 2
    return shards


def measure() -> Section:
    ids = posting_ids(RATE, _SECONDS)
    rows = []
    for load in LOADS:
        peaks = [busiest(ids, n, RATE) * load.units for n in (8, 16, 32, 64)]
        shown = [f"{peak} {'✓' if peak <= MOST_UNITS else '✗'}" for peak in peaks]
        most = MOST_UNITS * RATE // (busiest(ids, tables.LOG_SHARDS, RATE) * load.units)
        rows.append([load.name, *shown, needed(ids, RATE, load.units), f"{most:,}"])
    header = ["each posting", "8 shards", "16", "32", "64", "required", "postings/s with 16"]
    return Section(
        f"Heat: {RATE:,} postings per second with one key",
        [table(header, rows)],
        [_REMARK.format(_SECONDS, len(ids))],
    )
