"""What DynamoDB charges for a request, in capacity units. Pure.

Sources in the Amazon DynamoDB Developer Guide: "DynamoDB item sizes and formats", "DynamoDB read
and write operations", "Using global secondary indexes" (provisioned throughput considerations) and
"DynamoDB transactions: how it works" (capacity management). The emulators report other units.
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
"""Bytes of a list or a map, in addition to one for each member and its contents."""


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. It has a row of each item that has the index's keys: these
    attributes and the table's keys, or all attributes if none are given."""

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
    """A request's write units (of tables, of indexes) and read units."""

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
    """Return the bytes of an item's names (in UTF-8) and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in (item or {}).items())


def write(
    before: Item | None,
    after: Item | None,
    indexes: Sequence[Index] = (),
    *,
    in_transaction: bool = False,
) -> Units:
    """Return the units of an item's put, update or deletion (None after), by its larger size.

    A write whose condition fails costs the same. In a transaction a table's write costs twice, to
    prepare and to commit; its index is written later, at the usual price.
    """
    largest = max(item_size(before), item_size(after))
    return Units(
        table_writes=_write_units(largest) * (2 if in_transaction else 1),
        index_writes=sum(_index_write(index, before, after) for index in indexes),
    )


def read(items: Iterable[Item], *, is_consistent: bool) -> Units:
    """Return the units of reading these items, or all that a query reads before its filter. Reading
    nothing costs as much as 4 KB; an eventually consistent read costs half."""
    size = sum(map(item_size, items))
    units = max(1, math.ceil(size / READ_UNIT_BYTES))
    return Units(reads=units if is_consistent else units / 2)


def _index_write(index: Index, before: Item | None, after: Item | None) -> int:
    """Return an index's write units: one write for a new, changed or deleted row, two for a moved
    one."""
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
            # One byte for every two significant digits, plus one.
            return math.ceil(len(value.lstrip("-0.").replace(".", "")) / 2) + 1
        case "BOOL" | "NULL":
            return 1
        case "M":
            return _CONTAINER_BYTES + len(value) + item_size(value)
        case "L":
            return _CONTAINER_BYTES + len(value) + sum(map(_value_size, value))
        case "SS":
            return _CONTAINER_BYTES + sum(1 + len(member.encode()) for member in value)
    raise NotImplementedError(kind)
