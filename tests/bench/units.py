"""What DynamoDB charges for a request, in its own units. Pure.

By the Amazon DynamoDB Developer Guide: "DynamoDB item sizes and formats", "DynamoDB read and write
operations", "Using global secondary indexes" (provisioned throughput considerations) and "DynamoDB
transactions: how it works" (capacity management). Neither emulator tells them as AWS does.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Any]

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096

_TABLE_KEYS = ("pk", "sk")

_CONTAINER_BYTES = 3
"""Of a list or a map, beside one for each member and its contents."""


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index: items have a row in it that have its keys, with these attributes
    and the table's own keys; with all if none are named."""

    partition_key: str
    sort_key: str
    attributes: Sequence[str] = ()

    def row(self, item: Item | None) -> Item | None:
        if item is None or not {self.partition_key, self.sort_key} <= item.keys():
            return None
        kept = {*self.attributes, self.partition_key, self.sort_key, *_TABLE_KEYS}
        return {n: v for n, v in item.items() if n in kept} if self.attributes else item


@dataclass(frozen=True, slots=True)
class Units:
    """A request's cost: write units of tables and of their indexes, and read units."""

    table_writes: float = 0
    index_writes: float = 0
    reads: float = 0

    @property
    def writes(self) -> float:
        return self.table_writes + self.index_writes

    def __add__(self, other: "Units") -> "Units":
        return Units(
            self.table_writes + other.table_writes,
            self.index_writes + other.index_writes,
            self.reads + other.reads,
        )


def item_size(item: Item | None) -> int:
    """In bytes: the names in UTF-8 and the values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in (item or {}).items())


def write(
    before: Item | None,
    after: Item | None,
    indexes: Sequence[Index] = (),
    *,
    in_transaction: bool = False,
) -> Units:
    """One item that is put, updated, or deleted (None after); by the larger of both its sizes.

    A write of which the condition fails changes nothing and costs the same. In a transaction a
    table's write costs twice, to prepare and to commit; its index follows later, as it always does.
    """
    largest = max(item_size(before), item_size(after))
    return Units(
        table_writes=_write_units(largest) * (2 if in_transaction else 1),
        index_writes=sum(_index_write(index, before, after) for index in indexes),
    )


def read(items: Iterable[Item], *, is_consistent: bool) -> Units:
    """One item, or all that a query passes over, before any filter. Nothing costs as much as 4 KB;
    a read that need not be consistent, half."""
    size = sum(map(item_size, items))
    units = max(1, math.ceil(size / READ_UNIT_BYTES))
    return Units(reads=units if is_consistent else units / 2)


def _index_write(index: Index, before: Item | None, after: Item | None) -> int:
    """An index row that is new, changed or gone is a write; one that moves is two."""
    old, new = index.row(before), index.row(after)
    if old == new:
        return 0
    if old is None or new is None:
        return _write_units(item_size(old or new))
    names = (index.partition_key, index.sort_key)
    if any(old[name] != new[name] for name in names):
        return _write_units(item_size(old)) + _write_units(item_size(new))
    return _write_units(max(item_size(old), item_size(new)))


def _write_units(size: int) -> int:
    return max(1, math.ceil(size / WRITE_UNIT_BYTES))


def _value_size(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            # A byte for each two significant digits, and one more.
            return math.ceil(len(value.lstrip("-0.").replace(".", "")) / 2) + 1
        case "BOOL" | "NULL":
            return 1
        case "M":
            return _CONTAINER_BYTES + len(value) + item_size(value)
        case "L":
            return _CONTAINER_BYTES + len(value) + sum(map(_value_size, value))
    raise NotImplementedError(kind)
