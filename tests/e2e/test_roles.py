"""What each function's own role lets it do, tried with that role: its work, and nothing more."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.phone_calls import new_uuid
from tests.e2e.role_probe import ALLOWED, RoleProbe, with_role_of
from tests.e2e.service import Service

PACKAGES = (
    "data_writing",
    "call_events",
    "call_feed",
    "console",
    "activity",
    "key_watch",
    "operator_api",
)
FED_BY_A_STREAM = ("call_feed", "activity")
ON_THE_BUS = ("call_feed", "key_watch")

CALL_DATA, KEYS, LOG = "CallDataTableName", "PostbackKeysTableName", "PostbackLogTableName"
ACTIVITY = "ActivityTableName"
SESSIONS = "ConsoleSessionsTableName"

DENIED = {"AccessDeniedException", "AccessDenied", "AccessDeniedByPolicy", "AuthorizationError"}

ITS_WORK = {
    "data_writing": [
        ("get_item", KEYS),
        ("get_item", CALL_DATA),
        ("query", CALL_DATA),
        ("get_item", LOG),
    ],
    "call_events": [("get_item", CALL_DATA), ("query", CALL_DATA)],
    "call_feed": [],
    "console": [("get_item", SESSIONS), ("put_item", SESSIONS), ("delete_item", SESSIONS)],
    "activity": [("get_item", ACTIVITY), ("put_item", ACTIVITY)],
    "key_watch": [("query", KEYS), ("query", ACTIVITY), ("put_item", ACTIVITY)],
    "operator_api": [
        ("get_item", KEYS),
        ("get_item", CALL_DATA),
        ("query", CALL_DATA),
        ("query", LOG),
        ("query", ACTIVITY),
    ],
}
FORBIDDEN = {
    "data_writing": [
        ("put_item", KEYS), ("update_item", KEYS), ("query", KEYS), ("scan", KEYS),
        ("scan", CALL_DATA), ("update_item", LOG), ("delete_item", LOG), ("query", LOG),
        ("delete_table", CALL_DATA),
    ],
    "call_events": [
        ("get_item", KEYS), ("put_item", KEYS), ("get_item", LOG), ("update_item", LOG),
        ("delete_item", LOG), ("scan", CALL_DATA), ("delete_table", LOG),
    ],
    "call_feed": [
        ("get_item", CALL_DATA), ("put_item", CALL_DATA), ("update_item", CALL_DATA),
        ("get_item", KEYS), ("get_item", LOG), ("put_item", LOG), ("delete_table", CALL_DATA),
    ],
    "console": [
        ("get_item", KEYS), ("query", KEYS), ("get_item", CALL_DATA), ("query", LOG),
        ("get_item", ACTIVITY), ("scan", SESSIONS), ("query", SESSIONS), ("delete_table", SESSIONS),
    ],
    "activity": [
        ("get_item", LOG), ("put_item", LOG), ("update_item", ACTIVITY), ("delete_item", ACTIVITY),
        ("scan", ACTIVITY), ("get_item", KEYS), ("get_item", CALL_DATA),
    ],
    "key_watch": [
        ("get_item", LOG), ("put_item", KEYS), ("update_item", KEYS), ("delete_item", ACTIVITY),
        ("scan", KEYS), ("scan", ACTIVITY), ("get_item", CALL_DATA),
    ],
    "operator_api": [
        ("put_item", ACTIVITY), ("delete_item", ACTIVITY), ("scan", KEYS),
        ("put_item", CALL_DATA), ("scan", CALL_DATA),
        ("delete_item", CALL_DATA), ("put_item", LOG), ("update_item", LOG), ("delete_table", KEYS),
    ],
}  # fmt: skip

_ITEM = {"pk": {"S": "probe"}, "sk": {"S": "probe"}}


@pytest.fixture(scope="module", params=PACKAGES)
def package(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def probe(service: Service, package: str) -> Iterator[RoleProbe]:
    with with_role_of(service, package) as probe:
        yield probe


def _on_table(name: str, operation: str) -> dict[str, Any]:
    """What the operation asks for, so that nothing but the permission can be missing."""
    arguments: dict[str, dict[str, Any]] = {
        "get_item": {"Key": _ITEM},
        "put_item": {"Item": _ITEM},
        "update_item": {
            "Key": _ITEM,
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": {":a": {"S": "x"}},
        },
        "delete_item": {"Key": _ITEM},
        "query": {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "probe"}},
        },
    }
    return {"TableName": name} | arguments.get(operation, {})


def test_a_role_allows_the_functions_work(service: Service, probe: RoleProbe, package: str) -> None:
    outcomes = {
        (operation, table): probe.outcome(
            f"dynamodb.{operation}", _on_table(service.outputs[table], operation)
        )
        for operation, table in ITS_WORK[package]
    }

    assert set(outcomes.values()) <= {ALLOWED}, outcomes
    if package in FED_BY_A_STREAM:
        assert probe.outcome("dynamodbstreams.list_streams", {}) == ALLOWED


def test_a_role_denies_what_is_not_the_functions_work(
    service: Service, probe: RoleProbe, package: str
) -> None:
    outcomes = {
        (operation, table): probe.outcome(
            f"dynamodb.{operation}", _on_table(service.outputs[table], operation)
        )
        for operation, table in FORBIDDEN[package]
    }

    assert set(outcomes.values()) <= DENIED, outcomes


def test_a_role_denies_changing_the_log_within_a_transaction_or_a_batch(
    service: Service, probe: RoleProbe, package: str
) -> None:
    log = service.outputs[LOG]
    update = _on_table(log, "update_item")
    deletion = {"TableName": log, "Key": _ITEM}

    for item in ({"Update": update}, {"Delete": deletion}):
        assert probe.outcome("dynamodb.transact_write_items", {"TransactItems": [item]}) in DENIED
    batch = {"RequestItems": {log: [{"DeleteRequest": {"Key": _ITEM}}]}}
    outcome = probe.outcome("dynamodb.batch_write_item", batch)
    # DynamoDB knows one permission for what a batch puts and deletes: data_writing puts, and the
    # operator API deletes what is known of a caller who is to be forgotten.
    is_allowed = package in ("data_writing", "operator_api")
    assert outcome == ALLOWED if is_allowed else outcome in DENIED


def test_a_role_denies_what_belongs_to_others(
    service: Service, probe: RoleProbe, package: str
) -> None:
    """Another table, another bus, the queues, functions, users, roles and logs of the account."""
    dynamodb = service.dynamodb
    other = f"other-{new_uuid()}"
    dynamodb.create_table(
        TableName=other,
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    entry = {"Source": "campaign.platform", "DetailType": "Call Started", "Detail": json.dumps({})}
    its_bus = {"EventBusName": service.outputs["EventBusName"]}
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("dynamodb.get_item", _on_table(other, "get_item")),
        ("dynamodb.put_item", _on_table(other, "put_item")),
        ("dynamodb.list_tables", {}),
        ("events.put_events", {"Entries": [entry]}),
        (
            "sqs.send_message",
            {"QueueUrl": service.outputs["CallEventsQueueUrl"], "MessageBody": "x"},
        ),
        ("sqs.purge_queue", {"QueueUrl": service.outputs["CallFeedFailureQueueUrl"]}),
        ("iam.create_user", {"UserName": other}),
        ("iam.list_roles", {}),
        ("lambda.list_functions", {}),
        ("s3.list_buckets", {}),
        ("logs.delete_log_group", {"logGroupName": service.outputs["CallFeedLogGroupName"]}),
        ("cloudformation.describe_stacks", {}),
    ]
    if package not in ON_THE_BUS:
        attempts.append(("events.put_events", {"Entries": [entry | its_bus]}))

    outcomes = {
        f"{operation} {arguments}": probe.outcome(operation, arguments)
        for operation, arguments in attempts
    }

    dynamodb.delete_table(TableName=other)
    assert {attempt: code for attempt, code in outcomes.items() if code not in DENIED} == {}
