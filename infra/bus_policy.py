"""The bus policy for another account: it may put call events and make rules of its own."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.event_sources import PLATFORM_SOURCE

RULE_ACTIONS = (
    "events:DeleteRule",
    "events:DescribeRule",
    "events:DisableRule",
    "events:EnableRule",
    "events:ListTargetsByRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
)


def admit(scope: Construct, construct_id: str, bus: events.EventBus, account: str) -> None:
    """Let the account put call events and manage its own rules on the bus.

    `events:creatorAccount` protects rules of other accounts, including ours.
    """
    principal = iam.AccountPrincipal(account)
    puts = _add(
        scope,
        f"{construct_id}Puts",
        bus,
        iam.PolicyStatement(
            principals=[principal],
            actions=["events:PutEvents"],
            resources=[bus.event_bus_arn],
            conditions={"StringEquals": {"events:source": PLATFORM_SOURCE}},
        ),
    )
    rules = Stack.of(scope).format_arn(
        service="events", resource="rule", resource_name=f"{bus.event_bus_name}/*"
    )
    makes_rules = _add(
        scope,
        f"{construct_id}MakesRules",
        bus,
        iam.PolicyStatement(
            principals=[principal],
            actions=list(RULE_ACTIONS),
            resources=[rules],
            conditions={"StringEqualsIfExists": {"events:creatorAccount": account}},
        ),
    )
    # Both statements belong to one policy, which EventBridge cannot change concurrently.
    makes_rules.add_dependency(puts)


def _add(
    scope: Construct, construct_id: str, bus: events.EventBus, statement: iam.PolicyStatement
) -> events.CfnEventBusPolicy:
    statement.sid = construct_id
    return events.CfnEventBusPolicy(
        scope,
        construct_id,
        event_bus_name=bus.event_bus_name,
        statement_id=construct_id,
        statement=statement.to_statement_json(),
    )
