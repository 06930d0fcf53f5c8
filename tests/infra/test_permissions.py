"""Least privilege: each role has the permissions listed here, and no others."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra.environment import ENVIRONMENTS
from infra.functions import FUNCTIONS
from shared.stores.tables import KEYS_BY_PUBLISHER_INDEX, LOG_BY_CALLER_INDEX
from tests import synthesis
from tests.infra.resources import Resources, as_list

# It lists a table's streams, and has no resource-level permissions.
ONLY_ON_EVERYTHING = {"dynamodb:ListStreams"}

_OPERATOR_PATHS = tuple(f"/$default/*/{start}" for start in ("p", "call", "history"))

READING = {"GetItem", "Query"}
WRITING = {"BatchWriteItem", "PutItem", "UpdateItem", "DeleteItem"}

PERMISSIONS: list[tuple[str, str, set[str]]] = [
    ("data_writing", "CALL_DATA_TABLE", READING | WRITING),
    ("data_writing", "POSTBACK_KEYS_TABLE", {"GetItem"}),
    ("data_writing", "POSTBACK_LOG_TABLE", {"GetItem", "BatchWriteItem", "PutItem"}),
    ("call_events", "CALL_DATA_TABLE", READING | WRITING - {"BatchWriteItem"}),
    ("call_events", "POSTBACK_KEYS_TABLE", set()),
    ("call_events", "POSTBACK_LOG_TABLE", {"PutItem"}),
    ("call_feed", "CALL_DATA_TABLE", set()),
    ("call_feed", "POSTBACK_KEYS_TABLE", set()),
    ("call_feed", "POSTBACK_LOG_TABLE", set()),
    ("connect_flow", "CALL_DATA_TABLE", READING | WRITING - {"BatchWriteItem"}),
    ("connect_flow", "POSTBACK_KEYS_TABLE", set()),
    ("connect_flow", "POSTBACK_LOG_TABLE", {"PutItem"}),
    ("platform_api", "CALL_DATA_TABLE", READING | WRITING - {"BatchWriteItem"}),
    ("platform_api", "POSTBACK_KEYS_TABLE", {"GetItem", "UpdateItem"}),
    ("platform_api", "POSTBACK_LOG_TABLE", {"PutItem"}),
    (
        "operator_api",
        "POSTBACK_KEYS_TABLE",
        READING | {"PutItem", "UpdateItem", "DeleteItem"},
    ),
    ("operator_api", "CALL_DATA_TABLE", READING | {"UpdateItem", "BatchWriteItem"}),
    ("operator_api", "POSTBACK_LOG_TABLE", {"Query", "BatchWriteItem"}),
    ("console", "SESSIONS_TABLE", {"GetItem", "PutItem", "UpdateItem", "DeleteItem"}),
    ("console", "CALL_DATA_TABLE", set()),
    ("console", "POSTBACK_KEYS_TABLE", set()),
    ("console", "POSTBACK_LOG_TABLE", set()),
    ("activity", "ACTIVITY_TABLE", {"GetItem", "PutItem"}),
    ("activity", "POSTBACK_LOG_TABLE", set()),
    ("key_watch", "ACTIVITY_TABLE", {"BatchGetItem", "Query", "PutItem"}),
    ("key_watch", "POSTBACK_KEYS_TABLE", {"Query"}),
    ("operator_api", "ACTIVITY_TABLE", {"BatchGetItem", "Query"}),
    (
        "operator_api",
        "HISTORY_TABLE",
        READING | {"PutItem", "DeleteItem", "BatchWriteItem"},
    ),
]


@pytest.fixture
def resources(all_functions: Resources) -> Resources:
    return all_functions


def _table_of(resources: Resources, name: str) -> str:
    """Return the logical ID of the table in the environment variable `name`."""
    for function in resources.functions().values():
        if name in function["Environment"]["Variables"]:
            logical_id: str = function["Environment"]["Variables"][name]["Ref"]
            return logical_id
    raise AssertionError(f"no function knows {name}")


def _actions_on(resources: Resources, package: str, table: str) -> set[str]:
    """Return the operations that a function may call on a table and its indexes."""

    def names(resource: Any) -> bool:
        return f"'{table}', 'Arn'" in str(resource)

    return {
        action.removeprefix("dynamodb:")
        for statement in resources.statements_of(package)
        for action in as_list(statement["Action"])
        if any(names(resource) for resource in as_list(statement["Resource"]))
    }


def test_no_policy_allows_actions_by_a_wildcard(resources: Resources) -> None:
    for statement in resources.identity_statements():
        assert "NotAction" not in statement
        assert not [action for action in as_list(statement["Action"]) if "*" in action]


def test_only_actions_without_resource_permissions_are_allowed_on_everything(
    resources: Resources,
) -> None:
    on_everything = {
        action
        for statement in resources.identity_statements()
        for action in as_list(statement["Action"])
        if "*" in as_list(statement["Resource"])
    }

    assert on_everything <= ONLY_ON_EVERYTHING


def test_nobody_may_scan_a_table(resources: Resources) -> None:
    for statement in resources.identity_statements():
        assert "dynamodb:Scan" not in as_list(statement["Action"])


@pytest.mark.parametrize(("package", "table", "allowed"), PERMISSIONS)
def test_a_function_has_only_the_table_permissions_that_it_needs(
    resources: Resources, package: str, table: str, allowed: set[str]
) -> None:
    assert _actions_on(resources, package, _table_of(resources, table)) == allowed


def test_every_table_permission_of_the_registry_is_decided_here() -> None:
    decided = {(package, table) for package, table, _ in PERMISSIONS}

    assert decided >= {
        (package, f"{table.upper()}_TABLE")
        for package, function in FUNCTIONS.items()
        for table in function.tables
    }


@pytest.mark.parametrize(
    ("table", "index"),
    [
        ("POSTBACK_LOG_TABLE", LOG_BY_CALLER_INDEX),
        ("POSTBACK_KEYS_TABLE", KEYS_BY_PUBLISHER_INDEX),
    ],
)
def test_operators_may_query_the_indexes_that_their_lists_read(
    resources: Resources, table: str, index: str
) -> None:
    arn = {
        "Fn::Join": [
            "",
            [{"Fn::GetAtt": [_table_of(resources, table), "Arn"]}, f"/index/{index}"],
        ]
    }

    allowed = [
        as_list(statement["Action"])
        for statement in resources.statements_of("operator_api")
        if arn in as_list(statement["Resource"])
    ]
    assert allowed == [["dynamodb:Query"]]


@pytest.mark.parametrize("package", FUNCTIONS)
def test_no_function_may_update_or_delete_a_row_of_the_log(
    resources: Resources, package: str
) -> None:
    """A function that may put rows can still replace one, and one that may write batches can delete
    in a batch: DynamoDB has no narrower permissions. The log store ensures that none does."""
    actions = _actions_on(resources, package, _table_of(resources, "POSTBACK_LOG_TABLE"))

    assert not actions & {"UpdateItem", "DeleteItem"}


def test_only_call_feed_and_key_watch_may_put_events_and_only_on_our_bus(
    resources: Resources,
) -> None:
    (bus,) = resources.of_type("AWS::Events::EventBus")
    putting = {
        package: statement["Resource"]
        for package in resources.functions()
        for statement in resources.statements_of(package)
        if "events:PutEvents" in as_list(statement["Action"])
    }

    on_our_bus = {"Fn::GetAtt": [bus, "Arn"]}
    assert putting == {"call_feed": on_our_bus, "key_watch": on_our_bus}


def test_only_what_has_calls_to_hand_over_may_send_to_queues(resources: Resources) -> None:
    variables = resources.functions()["connect_flow"]["Environment"]["Variables"]
    letters = resources.functions()["call_events"]["Environment"]["Variables"]
    sending = {
        package: statement["Resource"]["Fn::GetAtt"][0]
        for package in resources.functions()
        for statement in resources.statements_of(package)
        if "sqs:SendMessage" in as_list(statement["Action"])
        and package not in ("call_feed", "activity")  # a stream's failed batches
    }

    assert sending == {
        "call_events": letters["DEAD_LETTER_QUEUE_URL"]["Ref"],
        "connect_flow": variables["CALL_EVENTS_QUEUE_URL"]["Ref"],
        "platform_api": variables["CALL_EVENTS_QUEUE_URL"]["Ref"],
    }


def test_operators_are_allowed_the_operator_routes_and_nothing_else(resources: Resources) -> None:
    (policy,) = (
        p
        for i, p in resources.of_type("AWS::IAM::ManagedPolicy").items()
        if i.startswith("OperatorPolicy")
    )
    (statement,) = (
        s
        for s in policy["PolicyDocument"]["Statement"]
        if as_list(s["Action"]) == ["execute-api:Invoke"]
    )

    assert statement in resources.statements_of("console")
    paths = [resource["Fn::Join"][1][-1] for resource in statement["Resource"]]
    paths.remove("/$default/*/operator-openapi.json")
    assert all(path.startswith(_OPERATOR_PATHS) for path in paths)
    assert not any("data_writing" in path for path in paths)


def test_only_the_service_that_needs_a_role_can_assume_it(resources: Resources) -> None:
    schedule = resources.the_only("AWS::Scheduler::Schedule")
    its_role = schedule["Target"]["RoleArn"]["Fn::GetAtt"][0]
    for name, role in resources.of_type("AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = "scheduler" if name == its_role else "lambda"
        if "Rollout" in name:
            service = "codedeploy"
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}


def test_only_the_operator_api_may_change_people(resources: Resources) -> None:
    def actions(package: str) -> set[str]:
        statements = resources.statements_of(package)
        found = {action for each in statements for action in as_list(each["Action"])}
        return {action for action in found if action.startswith("cognito-idp:")}

    allowed = {package: actions(package) for package in FUNCTIONS}

    assert {package for package, actions in allowed.items() if actions} == {
        "operator_api",
        "console",
    }
    assert allowed["console"] == {"cognito-idp:DescribeUserPoolClient"}
    assert "cognito-idp:AdminSetUserPassword" not in allowed["operator_api"]


_CONFINED = {"aws:SourceArn", "aws:SourceAccount"}


def _policies(template: Resources) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each statement of a resource's own policy."""
    for name, resource in template.by_id.items():
        for member in ("PolicyDocument", "KeyPolicy", "Policy"):
            document = resource.get("Properties", {}).get(member)
            if isinstance(document, dict) and resource["Type"] not in _IDENTITY_POLICIES:
                for statement in document["Statement"]:
                    yield name, statement


_IDENTITY_POLICIES = {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_service_of_aws_may_use_a_resource_only_for_this_account(name: str) -> None:
    environment = replace(ENVIRONMENTS[name], alarm_address="oncall@example.com")
    templates = synthesis.stack_templates(synthesis.with_all_functions(environment))
    service, monitoring = map(Resources, templates)
    allowed = [
        (f"{resource}: {statement['Principal']['Service']}", statement.get("Condition", {}))
        for template in (service, monitoring)
        for resource, statement in _policies(template)
        if statement["Effect"] == "Allow" and "Service" in statement["Principal"]
    ]

    unconfined = [
        who
        for who, conditions in allowed
        if not _CONFINED & {key for tests in conditions.values() for key in tests}
    ]

    assert allowed
    assert unconfined == []
    for permission in service.of_type("AWS::Lambda::Permission").values():
        assert permission.keys() & {"SourceArn", "SourceAccount"}
