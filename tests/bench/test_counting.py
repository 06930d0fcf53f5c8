"""The number of batches that counting takes, and the number of keys in each."""

import pytest

from tests.bench.counting import Load


@pytest.mark.parametrize(
    ("load", "rows"),
    [
        (Load(1e6, keys=10, shards=4), 10),
        (Load(1e8, keys=10, shards=4), 869),
        (Load(1e8, keys=10, shards=25), 140),
        (Load(1e9, keys=10, shards=4), 1000),
        (Load(1, keys=1, shards=4), 1),
    ],
)
def test_a_batch_is_full_or_waits_for_45_seconds(load: Load, rows: int) -> None:
    assert load.rows == rows
    assert load.batches == pytest.approx(2 / rows)


@pytest.mark.parametrize(
    ("load", "keys"),
    [
        (Load(1e8, keys=1, shards=4), 1),
        (Load(1e8, keys=10, shards=4), 10),
        (Load(1e8, keys=100_000, shards=4), 865),
        (Load(1e6, keys=50, shards=4), 9),
    ],
)
def test_a_batch_has_no_more_keys_than_rows(load: Load, keys: int) -> None:
    assert load.keys_a_batch == keys
