"""Cheaper rollback copies for moto's DynamoDB.

Before each transaction moto makes a deep copy of every table that the transaction writes to, once
per write. That was half of the time of the tests on moto. A copy that shares its items is enough
if no item is changed in place.
"""

import copy
from collections import defaultdict
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


def share_items(patch: pytest.MonkeyPatch) -> None:
    """Have copies of tables share their items, and updates replace the item that they change."""
    patch.setattr(Table, "__deepcopy__", _copy_table, raising=False)
    patch.setattr(DynamoDBBackend, "update_item", _update_item)


def _copy_table(table: Any, _memo: object) -> Any:
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
