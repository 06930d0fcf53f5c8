"""Each function's own role, tried out: it allows the function's work and nothing more."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.functions import (
    ACTIVITY,
    CALL_DATA,
    FUNCTIONS,
    HISTORY,
    POSTBACK_KEYS,
    POSTBACK_LOG,
    LambdaFunction,
)
from tests.e2e.phone_calls import new_uuid
from tests.e2e.role_probe import RoleProbe, with_role_of
from tests.e2e.service import Service

FED_BY_A_STREAM = ("call_feed", "activity")
ON_THE_BUS = ("call_feed", "key_watch")
ON_THE_QUEUE = ("platform_api", "connect_flow")
"""Packages of functions that put reports on the queue of call events when time runs out."""
SESSIONS = "sessions"

TABLES = {
    CALL_DATA: "CallDataTableName",
    POSTBACK_KEYS: "PostbackKeysTableName",
    POSTBACK_LOG: "PostbackLogTableName",
    ACTIVITY: "ActivityTableName",
    HISTORY: "HistoryTableName",
    SESSIONS: "ConsoleSessionsTableName",
}
SESSION_OPERATIONS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem")

_ITEM = {"pk": {"S": "probe"}, "sk": {"S": "probe"}}
# No write of the probe takes place: an item without a partition key cannot exist.
_NEVER = {"ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(pk)"}
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "GetItem": ("get_item", {"Key": _ITEM}),
    "PutItem": ("put_item", {"Item": _ITEM, **_NEVER}),
    "UpdateItem": (
        "update_item",
        {
            "Key": _ITEM,
            "UpdateExpression": "SET a = :a",
            "ExpressionAttributeValues": {":a": {"S": "x"}},
            **_NEVER,
        },
    ),
    "DeleteItem": ("delete_item", {"Key": _ITEM, **_NEVER}),
    "Query": (
        "query",
        {
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "probe"}},
        },
    ),
    "Scan": ("scan", {}),
    "DeleteTable": ("delete_table", {}),
}
"""The operations tried on each table, with arguments that are complete: only permission can be
missing."""

ALLOWED = {"allowed", "ConditionalCheckFailedException"}
DENIED = {"AccessDeniedException", "AccessDenied", "AccessDeniedByPolicy", "AuthorizationError"}


@pytest.fixture(scope="module", params=FUNCTIONS.values(), ids=list(FUNCTIONS))
def function(request: pytest.FixtureRequest) -> LambdaFunction:
    entry: LambdaFunction = request.param
    return entry


@pytest.fixture(scope="module")
def probe(service: Service, function: LambdaFunction) -> Iterator[RoleProbe]:
    with with_role_of(service, function.package) as probe:
        yield probe


def _is_its_work(function: LambdaFunction, table: str, operation: str) -> bool:
    if table == SESSIONS:
        return function.package == "console" and operation in SESSION_OPERATIONS
    return operation in function.tables.get(table, ())


def test_a_role_allows_the_functions_work_on_tables_and_denies_every_other_operation(
    service: Service, probe: RoleProbe, function: LambdaFunction
) -> None:
    tried = [(table, operation) for table in TABLES for operation in OPERATIONS]
    attempts = [
        (f"dynamodb.{name}", {"TableName": service.outputs[TABLES[table]], **arguments})
        for table, operation in tried
        for name, arguments in [OPERATIONS[operation]]
    ]

    outcomes = dict(zip(tried, probe.outcomes(attempts), strict=True))

    wrong = {
        (table, operation): outcome
        for (table, operation), outcome in outcomes.items()
        if outcome not in (ALLOWED if _is_its_work(function, table, operation) else DENIED)
    }
    assert wrong == {}
    if function.package in FED_BY_A_STREAM:
        assert probe.outcome("dynamodbstreams.list_streams", {}) in ALLOWED


def test_a_role_denies_changing_the_log_within_a_transaction_or_a_batch(
    service: Service, probe: RoleProbe, function: LambdaFunction
) -> None:
    log = service.outputs[TABLES[POSTBACK_LOG]]
    update = {"TableName": log, **OPERATIONS["UpdateItem"][1]}
    deletion = {"TableName": log, "Key": _ITEM}
    batch = {"RequestItems": {log: [{"DeleteRequest": {"Key": _ITEM}}]}}

    *transactions, in_a_batch = probe.outcomes(
        [
            ("dynamodb.transact_write_items", {"TransactItems": [{"Update": update}]}),
            ("dynamodb.transact_write_items", {"TransactItems": [{"Delete": deletion}]}),
            ("dynamodb.batch_write_item", batch),
        ]
    )

    assert {*transactions} <= DENIED
    # DynamoDB has one permission for putting and deleting in a batch: data_writing puts, and the
    # operator API deletes the rows of a caller who is forgotten.
    may_batch = "BatchWriteItem" in function.tables.get(POSTBACK_LOG, ())
    assert in_a_batch in (ALLOWED if may_batch else DENIED)


def test_a_role_denies_what_belongs_to_others(
    service: Service, probe: RoleProbe, function: LambdaFunction
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
    on_our_bus = entry | {"EventBusName": service.outputs["EventBusName"]}
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("dynamodb.get_item", {"TableName": other, **OPERATIONS["GetItem"][1]}),
        ("dynamodb.put_item", {"TableName": other, **OPERATIONS["PutItem"][1]}),
        ("dynamodb.list_tables", {}),
        ("events.put_events", {"Entries": [entry]}),
        ("sqs.purge_queue", {"QueueUrl": service.outputs["CallFeedFailureQueueUrl"]}),
        ("iam.create_user", {"UserName": other}),
        ("iam.list_roles", {}),
        ("lambda.list_functions", {}),
        ("s3.list_buckets", {}),
        ("logs.delete_log_group", {"logGroupName": service.outputs["CallFeedLogGroupName"]}),
        ("cloudformation.describe_stacks", {}),
    ]
    report = {"QueueUrl": service.outputs["CallEventsQueueUrl"], "MessageBody": "{}"}
    if function.package in ON_THE_QUEUE:
        assert probe.outcomes([("sqs.send_message", report)])[0] in ALLOWED
    else:
        attempts.append(("sqs.send_message", report))
    if function.package not in ON_THE_BUS:
        attempts.append(("events.put_events", {"Entries": [on_our_bus]}))

    outcomes = probe.outcomes(attempts)

    dynamodb.delete_table(TableName=other)
    not_denied = [
        (attempt, outcome)
        for attempt, outcome in zip(attempts, outcomes, strict=True)
        if outcome not in DENIED
    ]
    assert not_denied == []
