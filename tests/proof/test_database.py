"""The proof's database responds like moto, request by request."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.bundle import pruning
from shared.stores.tables import PARTITION_KEY, SORT_KEY
from tests import faster_moto
from tests.proof import processes
from tests.proof.database import Body, Change, Database, Reply, Tables
from tests.proof.exploration import Random, Run, explore
from tests.proof.scenarios import MEETING, SETTINGS, Scenario
from tests.proof.schedules import History
from tests.proof.world import World, standing_still

KEYS = (PARTITION_KEY, SORT_KEY)

SCENARIOS = (
    "nothing / before + started",
    "before started / during + ended",
    "started ended / too-late-by-uuid + after",
    "before before / before + started paged",
    "agent-ended agent-started / caller-started + caller-ended",
    "child-started / during-by-child + child-bare",
)
MAX_RUNS = 20
"""Runs of each scenario: by then it has sent all its kinds of requests many times."""
SEEDS = 3

MOTOS_OWN = {
    "ConsumedCapacity",
    "Error",
    "ItemCollectionMetrics",
    "Message",
    "ResponseMetadata",
    "message",
}


class Twin(Database):
    """A database that sends each request to moto, too, and compares the responses."""

    def __init__(self) -> None:
        super().__init__(processes.TABLES)
        self.compared: Counter[tuple[str, bool]] = Counter()
        self._moto: Any = boto3.client("dynamodb", region_name="us-east-1")
        for name in processes.TABLES:
            self._moto.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in KEYS],
                KeySchema=[
                    {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
                    {"AttributeName": SORT_KEY, "KeyType": "RANGE"},
                ],
            )

    def restore(self, snapshot: Tables, journal: Iterable[Change]) -> None:
        for name, items in snapshot.items():
            there = self.tables[name]
            for item in (there[key] for key in there.keys() - items.keys()):
                self._moto.delete_item(TableName=name, Key={key: item[key] for key in KEYS})
            for item in (item for key, item in items.items() if there.get(key) != item):
                self._moto.put_item(TableName=name, Item=item)
        super().restore(snapshot, journal)

    def execute(self, operation: str, body: Body, stale: Tables | None = None) -> Reply:
        reply = super().execute(operation, body, stale)
        assert comparable(reply.members) == comparable(self._ask_moto(operation, body)), (
            operation,
            body,
        )
        self.compared[operation, reply.is_good] += 1
        return reply

    def _ask_moto(self, operation: str, body: Body) -> Mapping[str, Any]:
        # Without a limit moto ends a page by its size, not after a number of items.
        is_paged = operation == "Query" and self.page_items
        limit = {"Limit": self.page_items} if is_paged else {}
        try:
            answer: Mapping[str, Any] = getattr(self._moto, xform_name(operation))(
                **{**limit, **body}
            )
        except ClientError as error:
            return error.response
        return answer


def comparable(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members to compare: moto adds texts and metrics of its own."""
    known = {name: _in_order(value) for name, value in members.items() if name not in MOTOS_OWN}
    if "CancellationReasons" in known:
        known["CancellationReasons"] = [reason["Code"] for reason in known["CancellationReasons"]]
    return known | ({"Code": members["Error"]["Code"]} if "Error" in members else {})


def _in_order(value: Any) -> Any:
    """Return the value with the members of its sets in order: a set of DynamoDB's has none."""
    if isinstance(value, dict):
        return {
            name: sorted(member) if name == "SS" else _in_order(member)
            for name, member in value.items()
        }
    return [_in_order(member) for member in value] if isinstance(value, list) else value


def test_every_response_equals_motos(monkeypatch: pytest.MonkeyPatch) -> None:
    faster_moto.speed_up(monkeypatch)
    with mock_aws(), standing_still():
        twin = Twin()
        world = World(database=twin)
        for name in SCENARIOS:
            explore(world, Scenario.parse(name), (), _ignore, MAX_RUNS)
        for seed in range(SEEDS):
            chance = random.Random(seed)
            met = chance.choices(MEETING, k=5)
            world.run(Scenario(chance.choice(SETTINGS), met), Random(chance))

    good = {operation for operation, is_good in twin.compared if is_good}
    # Only activity is read in batches, and the proof does not cover it.
    assert good == {*pruning.SDK_OPERATIONS["dynamodb"]} - {"BatchGetItem"}
    refused = {operation for operation, is_good in twin.compared if not is_good}
    assert "TransactWriteItems" in refused


def _ignore(_run: Run, _history: History) -> None:
    """Only the responses are compared here."""
