"""Shortcuts in moto's DynamoDB, which save more than half of the time of the tests on it.

Before each transaction moto makes a deep copy of every table that the transaction writes to, once
per write. A copy that shares its items is enough if no item is changed in place.

In each response moto looks up every possible member of every attribute's value, under several
names. Values that are stored as DynamoDB sends them need no conversion.

For each request moto lists the members of its class of responses, and for each node of an update
expression the kinds of nodes that a validator processes. Both depend on the class alone.
"""

import copy
from collections import defaultdict
from functools import cache
from typing import Any

import pytest
from moto.core import responses, utils
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser  # type: ignore[attr-defined]


def speed_up(patch: pytest.MonkeyPatch) -> None:
    """Have copies of tables share their items, updates replace the item that they change, and
    responses hold values as they are stored. Look up what depends on a class once."""
    patch.setattr(Table, "__deepcopy__", copy_table, raising=False)
    patch.setattr(DynamoDBBackend, "update_item", _update_item)
    patch.setattr(BaseJSONSerializer, "_serialize_type_structure", _serialize)
    patch.setattr(responses, "method_names_from_class", cache(utils.method_names_from_class))
    patch.setattr(DepthFirstTraverser, "nodes_to_be_processed", _nodes_to_be_processed)


def copy_table(table: Any, _memo: object = None) -> Any:
    """Return a copy of the table that shares its items."""
    twin = copy.copy(table)
    twin.items = defaultdict(dict, {key: copy.copy(item) for key, item in table.items.items()})
    if table.stream_shard:
        twin.stream_shard = copy.copy(table.stream_shard)
        twin.stream_shard.table = twin
        twin.stream_shard.items = [*table.stream_shard.items]
    return twin


_original: Any = DynamoDBBackend.update_item


def _update_item(
    backend: DynamoDBBackend, table_name: str, key: dict[str, Any], *args: Any, **options: Any
) -> Any:
    table = backend.get_table(table_name)
    partition, sort = (DynamoType(key[name]) for name in table.table_key_attrs)
    if item := table.get_item(partition, sort):
        table.items[partition][sort] = copy.deepcopy(item)
    return _original(backend, table_name, key, *args, **options)


_serialize_by_members: Any = BaseJSONSerializer._serialize_type_structure


def _serialize(
    serializer: Any, serialized: dict[str, Any], value: Any, shape: Any, key: str
) -> None:
    if shape.name == "AttributeValue" and key and _is_final(value):
        serialized[serializer.get_serialized_name(shape, key)] = value
    else:
        _serialize_by_members(serializer, serialized, value, shape, key)


def _is_final(value: Any) -> bool:
    """Whether a value is as DynamoDB sends it."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    match value:
        case {"S": str()} | {"N": str()} | {"BOOL": bool()} | {"NULL": bool()}:
            return True
        case {"M": dict(members)}:
            return all(_is_final(member) for member in members.values())
        case {"L": list(members)}:
            return all(_is_final(member) for member in members)
    return False


_processed: dict[type, tuple[type, ...]] = {}


def _nodes_to_be_processed(traverser: Any) -> tuple[type, ...]:
    kind = type(traverser)
    if kind not in _processed:
        _processed[kind] = tuple(traverser._processing_map())
    return _processed[kind]
