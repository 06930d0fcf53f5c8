"""DynamoDB's units, for items whose size or cost the Developer Guide gives."""

from typing import Any

import pytest

from tests.bench import units
from tests.bench.units import Index, Units

BY_CALLER = Index("caller_number", "sk")


def _item(size: int, **attributes: str) -> dict[str, Any]:
    """Return an item of exactly this size in bytes."""
    item = {name: {"S": value} for name, value in attributes.items()}
    rest = size - units.item_size(item) - len("rest")
    return item | {"rest": {"S": "x" * rest}}


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({}, 0),
        ({"name": {"S": "é"}}, 6),
        ({"n": {"N": "1803197132"}}, 1 + 6),
        ({"n": {"N": "-27"}}, 1 + 2),
        ({"b": {"BOOL": False}}, 2),
        ({"b": {"NULL": True}}, 2),
        ({"m": {"M": {}}}, 1 + 3),
        ({"m": {"M": {"age": {"S": "39"}}}}, 1 + 3 + 1 + 5),
        ({"l": {"L": [{"S": "a"}, {"S": "bc"}]}}, 1 + 3 + 2 + 3),
    ],
)
def test_an_items_size_is_the_sum_of_its_names_and_values(item: dict[str, Any], size: int) -> None:
    assert units.item_size(item) == size


@pytest.mark.parametrize(("size", "writes"), [(20, 1), (1024, 1), (1025, 2), (3 * 1024, 3)])
def test_a_write_costs_a_unit_per_started_kilobyte(size: int, writes: int) -> None:
    assert units.write(None, _item(size)) == Units(table_writes=writes)


def test_a_write_is_charged_for_the_larger_of_an_items_sizes() -> None:
    large, small = _item(2000), _item(100)

    for before, after in ((large, small), (small, large), (large, None)):
        assert units.write(before, after).table_writes == 2


def test_an_index_with_few_attributes_has_small_rows_for_large_items() -> None:
    index = Index("caller_number", "sk", ["key_id"])
    item = _item(5000, caller_number="+15551234567", pk="a", sk="1", key_id="k")

    assert units.write(None, item, [index]) == Units(table_writes=5, index_writes=1)
    assert (index.row(item) or {}).keys() == {"caller_number", "pk", "sk", "key_id"}
    assert units.write(item, item | {"rest": {"S": "other"}}, [index]).index_writes == 0


def test_a_transaction_doubles_the_tables_write_but_not_the_indexs() -> None:
    item = _item(1500, caller_number="+15551234567", sk="1")

    assert units.write(None, item, [BY_CALLER], in_transaction=True) == Units(4, 2)


@pytest.mark.parametrize(
    ("before", "after", "writes"),
    [
        (None, _item(100), 0),  # without the index's keys
        (None, _item(100, caller_number="a", sk="1"), 1),
        (_item(100, caller_number="a", sk="1"), _item(100, caller_number="a", sk="1"), 0),
        (_item(100, caller_number="a", sk="1"), _item(101, caller_number="a", sk="1"), 1),
        (_item(100, caller_number="a", sk="1"), _item(100, caller_number="b", sk="1"), 2),
        (_item(100, caller_number="a", sk="1"), None, 1),
    ],
)
def test_an_index_is_written_if_its_row_changes(
    before: dict[str, Any] | None, after: dict[str, Any] | None, writes: int
) -> None:
    assert units.write(before, after, [BY_CALLER]).index_writes == writes


@pytest.mark.parametrize(
    ("sizes", "is_consistent", "reads"),
    [
        ([], True, 1),
        ([], False, 0.5),
        ([4096], True, 1),
        ([4097], True, 2),
        ([4097], False, 1),
        ([1000] * 8, True, 2),  # a query is rounded as a whole
    ],
)
def test_a_read_costs_a_unit_per_started_four_kilobytes(
    sizes: list[int], is_consistent: bool, reads: float
) -> None:
    assert units.read(map(_item, sizes), is_consistent=is_consistent) == Units(reads=reads)
