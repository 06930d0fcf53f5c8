"""A lost table's items are restored to the stack's table, where newer items stay."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.account import table_copy
from infra.account.table_copy import SEGMENTS, Copied, Progress
from shared.domain.keys import PostbackKey
from tests.integration.events import NOON, SECOND, new_caller_number
from tests.integration.service import Service

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


copy = partial(table_copy.copy, threads=1)
"""Moto cannot scan and put at the same time. tests/e2e/test_restore.py copies in parallel."""


def _restored_copy(service: Service, table: str) -> str:
    """Return a table restored by AWS: the same items under another name."""
    described = service.dynamodb.describe_table(TableName=table)["Table"]
    service.dynamodb.create_table(
        TableName="restored",
        KeySchema=described["KeySchema"],
        AttributeDefinitions=[
            {"AttributeName": key["AttributeName"], "AttributeType": "S"}
            for key in described["KeySchema"]
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in service.dynamodb.scan(TableName=table)["Items"]:
        service.dynamodb.put_item(TableName="restored", Item=item)
    return "restored"


def test_lost_items_are_restored_and_newer_ones_stay(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    table = service.environment["CALL_DATA_TABLE"]
    call_uuid = service.start_call(number)
    service.post(key, at=NOON + SECOND, caller_number=number, age="39")
    restored = _restored_copy(service, table)
    copies = service.dynamodb.scan(TableName=restored)["Count"]
    for item in service.dynamodb.scan(TableName=table)["Items"]:
        if item["sk"]["S"] != "CALL":
            its_key = {name: item[name] for name in ("pk", "sk")}
            service.dynamodb.delete_item(TableName=table, Key=its_key)
    service.change_call(call_uuid)
    version = service.call(call_uuid).version

    rehearsed = copy(service.dynamodb, restored, table, is_rehearsal=True)
    done = copy(service.dynamodb, restored, table, is_rehearsal=False)

    assert rehearsed == done == Copied(put=copies - 1, kept=1)
    assert service.call(call_uuid).version == version
    assert copy(service.dynamodb, restored, table, is_rehearsal=False).put == 0
    # The caller's list is restored: the next posting finds its call.
    answer = service.post(key, at=NOON + 2 * SECOND, caller_number=number, zip="90210")
    assert answer.status == "in progress call found, tags applied"


def _items(dynamodb: "DynamoDBClient", table: str) -> list[str]:
    return sorted(str(item) for item in dynamodb.scan(TableName=table)["Items"])


def _tables(service: Service, count: int) -> tuple[str, str]:
    """Return a table with `count` items, and an empty one."""
    source = _restored_copy(service, service.environment["HISTORY_TABLE"])
    for number in range(count):
        key = {"pk": {"S": f"PUBLISHER#{number % 40}"}, "sk": {"S": f"{number:05}"}}
        service.dynamodb.put_item(TableName=source, Item={**key, "note": {"S": "Ask Dana"}})
    return source, service.environment["HISTORY_TABLE"]


class Killed(Exception):
    pass


@pytest.fixture
def undo() -> Iterator[ExitStack]:
    """What is to be undone after the test: the client is shared."""
    with ExitStack() as stack:
        yield stack


def test_an_interrupted_copy_continues_where_it_was(
    service: Service, tmp_path: Path, undo: ExitStack
) -> None:
    source, target = _tables(service, 300)
    events, calls = service.dynamodb.meta.events, {"TransactWriteItems": 0, "Scan": 0}

    def count(model: Any, **_: Any) -> None:
        calls[model.name] += 1
        if model.name == "TransactWriteItems" and calls[model.name] == 5:
            raise Killed

    for operation in calls:
        events.register(f"before-call.dynamodb.{operation}", count)
        undo.callback(events.unregister, f"before-call.dynamodb.{operation}", count)
    path = tmp_path / "progress.json"
    with pytest.raises(Killed):
        copy(service.dynamodb, source, target, is_rehearsal=False, progress=Progress(path))
    before = Progress(path).copied
    done = sum(Progress(path).of(number).is_done for number in range(SEGMENTS))
    calls |= {"Scan": 0}
    copied = copy(service.dynamodb, source, target, is_rehearsal=False, progress=Progress(path))

    assert before.put > 0
    assert calls["Scan"] == SEGMENTS - done < SEGMENTS
    assert copied.put + copied.kept == 300
    assert _items(service.dynamodb, target) == _items(service.dynamodb, source)
    assert not path.exists()


def test_an_item_that_is_written_during_the_copy_stays(service: Service, undo: ExitStack) -> None:
    source, target = _tables(service, 120)
    newer = {"pk": {"S": "PUBLISHER#7"}, "sk": {"S": "00047"}, "note": {"S": "Ask Sam"}}

    def write(**_: Any) -> None:
        service.dynamodb.put_item(TableName=target, Item=newer)

    service.dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", write)
    undo.callback(
        service.dynamodb.meta.events.unregister, "before-call.dynamodb.TransactWriteItems", write
    )

    copied = copy(service.dynamodb, source, target, is_rehearsal=False)

    assert copied.put + copied.kept == 120
    assert str(newer) in _items(service.dynamodb, target)
    assert service.dynamodb.scan(TableName=target, Select="COUNT")["Count"] == 120


def test_an_item_larger_than_a_batch_is_copied(service: Service) -> None:
    source, target = _tables(service, 0)
    for number in range(12):
        item = {"pk": {"S": "CALL#1"}, "sk": {"S": str(number)}, "tags": {"S": "x" * 390_000}}
        service.dynamodb.put_item(TableName=source, Item=item)

    assert copy(service.dynamodb, source, target, is_rehearsal=False).put == 12
