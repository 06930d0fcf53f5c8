"""The simulation uses the deployed shard, and tells a number of shards that holds from another."""

from collections import Counter

import pytest

from shared.stores import tables
from shared.stores.log import row_key
from tests.bench import heat


def test_the_shard_is_the_one_under_which_the_log_stores_a_row() -> None:
    for posting_id in heat.posting_ids(rate=50, seconds=2):
        partition = row_key("pbk_a", posting_id)["pk"]

        assert partition.endswith(f"#{heat.shard(posting_id, tables.LOG_SHARDS)}")


def test_ids_have_the_real_form_and_come_at_the_rate() -> None:
    ids = heat.posting_ids(rate=100, seconds=3)

    assert set(Counter(int(each[:13]) // 1000 for each in ids).values()) == {100}
    assert all(len(each) == 13 + 1 + 16 and each[13] == "-" for each in ids)


def test_rows_spread_evenly_over_the_shards() -> None:
    ids = heat.posting_ids(rate=16_000, seconds=1)
    counts = Counter(heat.shard(each, 16) for each in ids)

    assert len(counts) == 16
    # 1,000 each; chance moves it by some 31.
    assert max(counts.values()) < 1150
    assert min(counts.values()) > 850


@pytest.mark.parametrize(("rate", "units", "shards"), [(500, 1, 1), (1500, 1, 2), (1500, 3, 8)])
def test_as_many_shards_are_needed_as_keep_the_busiest_under_the_limit(
    rate: int, units: int, shards: int
) -> None:
    assert heat.needed(heat.posting_ids(rate, seconds=2), rate, units) == shards


def test_one_shard_gets_it_all() -> None:
    assert heat.busiest(heat.posting_ids(rate=200, seconds=2), shards=1, rate=200) == 200
