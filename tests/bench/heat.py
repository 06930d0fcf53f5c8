"""Partition heat: how many write units the busiest of one key's partitions of the log gets in its
busiest second, and how many shards hold. Pure, but for a random source that is seeded."""

import random
import string
import zlib
from collections import Counter
from dataclasses import dataclass

from shared.domain import postings
from shared.stores import tables
from tests.bench.report import Section, table

MOST_UNITS = 1000
"""Write units a second that one partition takes (DynamoDB Developer Guide, "Partitions")."""

RATE = 10_000
"""Postings a second, all with one key."""
_SECONDS = 20
_STARTED_AT_MS = 1_795_421_100_000
_CHARACTERS = string.ascii_letters + string.digits + "-_"
_REMARK = (
    "Write units of the busiest shard in its busiest second of {}, by the real shard of {:,} ids "
    "of the real form. A partition takes 1,000."
)


@dataclass(frozen=True, slots=True)
class Load:
    """What each posting writes into its own partition: its row, and in a transaction, which costs
    twice, the row of what became of it, if that is known in the same second."""

    name: str
    units: int


LOADS = (
    Load("stored: a row of up to 1 KB", 1),
    Load("stored: a row of up to 2 KB", 2),
    Load("stored and applied at once: two rows", 3),
)


def posting_ids(rate: int, seconds: int, seed: int = 1) -> list[str]:
    """As the gateway's times and request ids make them, second by second."""
    chance = random.Random(seed)  # noqa: S311  # a simulation
    return [
        postings.posting_id(
            _STARTED_AT_MS + number * 1000 // rate,
            "".join(chance.choices(_CHARACTERS, k=15)) + "=",
        )
        for number in range(rate * seconds)
    ]


def shard(posting_id: str, shards: int) -> int:
    """As `shared.stores.log` chooses it, for any number of shards."""
    return zlib.crc32(posting_id.encode()) % shards


def busiest(ids: list[str], shards: int, rate: int) -> int:
    """Rows that the busiest shard gets in its busiest second."""
    counts = Counter((number // rate, shard(each, shards)) for number, each in enumerate(ids))
    return max(counts.values())


def needed(ids: list[str], rate: int, units: int) -> int:
    """The least power of two of shards that holds."""
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
    header = ["each posting", "8 shards", "16", "32", "64", "needed", "postings/s that 16 hold"]
    return Section(
        f"Heat: {RATE:,} postings a second on one key",
        [table(header, rows)],
        [_REMARK.format(_SECONDS, len(ids))],
    )
