"""The simulation uses the deployed shard function, and finds a sufficient number of shards."""

from collections import Counter

import pytest

from shared.stores import tables
from shared.stores.log import row_key
from tests.bench import heat


def test_the_simulated_shard_is_the_logs_own() -> None:
    for posting_id in heat.posting_ids(rate=50, seconds=2):
        partition = row_key("pbk_a", posting_id)["pk"]

        assert partition.endswith(f"#{heat.shard(posting_id, tables.LOG_SHARDS)}")


def test_ids_have_the_real_form_and_the_requested_rate() -> None:
    ids = heat.posting_ids(rate=100, seconds=3)

    assert set(Counter(int(each[:13]) // 1000 for each in ids).values()) == {100}
    assert all(len(each) == 13 + 1 + 16 and each[13] == "-" for each in ids)


def test_rows_spread_evenly_over_the_shards() -> None:
    ids = heat.posting_ids(rate=16_000, seconds=1)
    counts = Counter(heat.shard(each, 16) for each in ids)

    assert len(counts) == 16
    # 1,000 each, with a standard deviation of about 31.
    assert max(counts.values()) < 1150
    assert min(counts.values()) > 850


@pytest.mark.parametrize(("rate", "units", "shards"), [(500, 1, 1), (1500, 1, 2), (1500, 3, 8)])
def test_enough_shards_keep_the_busiest_one_under_the_limit(
    rate: int, units: int, shards: int
) -> None:
    assert heat.needed(heat.posting_ids(rate, seconds=2), rate, units) == shards


def test_a_single_shard_gets_every_posting() -> None:
    assert heat.busiest(heat.posting_ids(rate=200, seconds=2), shards=1, rate=200) == 200
