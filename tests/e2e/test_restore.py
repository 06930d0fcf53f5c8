"""A drill of docs/recovery.md: a table is lost, and restored from its point-in-time recovery."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.deployment import deploy
from infra.local.embedded_aws import PROJECT, EmbeddedAws
from tests.e2e.conftest import service_of
from tests.e2e.phone_calls import PhoneCall, new_caller_number
from tests.e2e.service import Service


@pytest.fixture(scope="module")
def own_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of its own: the drill loses the calls of every test."""
    folder = tmp_path_factory.mktemp("drill")
    with EmbeddedAws(port=None, auth=True, log=folder / "ministack.log") as aws:
        yield service_of(aws, deploy(aws, log=folder / "deploy.log"))


def _items(service: Service, table: str) -> list[str]:
    pages = service.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return sorted(repr(item) for page in pages for item in page["Items"])


def _lose_items(service: Service, table: str) -> None:
    for item in service.dynamodb.scan(TableName=table)["Items"]:
        service.dynamodb.delete_item(TableName=table, Key={n: item[n] for n in ("pk", "sk")})


def test_a_lost_table_is_restored_and_its_pending_tags_reach_their_calls(
    own_service: Service, tmp_path: Path
) -> None:
    service, table = own_service, own_service.outputs["CallDataTableName"]
    key = service.new_key(service.new_publisher())
    callers = [new_caller_number() for _ in range(12)]
    for number, caller in enumerate(callers):
        assert service.tag(key, caller, age=str(20 + number)).status_code == 200
    before = _items(service, table)

    service.dynamodb.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName="restored-calls", UseLatestRestorableTime=True
    )
    service.dynamodb.get_waiter("table_exists").wait(TableName="restored-calls")
    _lose_items(service, table)
    assert _items(service, table) == []
    done = subprocess.run(
        [sys.executable, "-m", "infra.account.recovery", "restored-calls", table, "--write"],
        cwd=tmp_path,
        env=service.aws.environment() | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout == f"{len(before)} items put, 0 existed already and stay\n", done.stderr
    assert _items(service, table) == before
    call = PhoneCall(caller_number=callers[3])
    service.put(call.started())
    service.wait_for_tagged(call, {"age": "23"})
