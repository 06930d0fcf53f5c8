"""Phone systems whose events reach AWS by themselves, and go to the call events' queue by rules.

Amazon Connect puts its contact events on the default bus; Genesys Cloud on a partner event bus.
"""

from typing import Any

from aws_cdk import ArnFormat, CfnOutput, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.call_events import CallEvents
from infra.environment_rules import ANY_INSTANCE
from infra.function import PythonFunction

CONNECT_SOURCE = "aws.connect"
CONTACT_EVENTS = ("Amazon Connect Contact Event", "Connect Customer Contact Event")
"""The detail type by AWS's registry of events, and the one that AWS's documents also show."""

_GENESYS_SOURCES = "aws.partner/genesys.com/"


class AmazonConnect(Construct):
    """The contact events of an instance, and its flows' permission to invoke a function."""

    def __init__(
        self, scope: Construct, construct_id: str, *, instance: str, call_events: CallEvents
    ) -> None:
        """`instance` is the environment's setting: an ARN, an ID, or ANY_INSTANCE."""
        super().__init__(scope, construct_id)
        self._arn = _instance_arn(Stack.of(self), instance)
        _add_rule(
            self,
            "Amazon Connect's contact events, to the call_events function",
            call_events,
            events.EventPattern(
                source=[CONNECT_SOURCE],
                detail_type=list(CONTACT_EVENTS),
                detail=None if instance == ANY_INSTANCE else _of_instance(self._arn),
            ),
        )

    def let_flows_invoke(self, function: PythonFunction) -> None:
        """Let the instance's flows, and no other account's, invoke the function."""
        arn = Stack.of(self).split_arn(self._arn, ArnFormat.SLASH_RESOURCE_NAME)
        function.live.add_permission(
            "AmazonConnect",
            principal=iam.ServicePrincipal("connect.amazonaws.com"),
            source_arn=self._arn,
            source_account=arn.account,
        )
        CfnOutput(Stack.of(self), f"{function.entry.name}Arn", value=function.live.function_arn)


class GenesysCloud(Construct):
    """The events of a Genesys Cloud organization.

    The embedded AWS has no partner event buses. There, Genesys's events come from the default bus,
    of any organization.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        source: str,
        call_events: CallEvents,
        is_embedded: bool,
    ) -> None:
        """`source` is the name of the partner event source, and of the bus made for it."""
        super().__init__(scope, construct_id)
        _add_rule(
            self,
            "Genesys Cloud's conversation events, to the call_events function",
            call_events,
            events.EventPattern(
                source=events.Match.prefix(_GENESYS_SOURCES) if is_embedded else [source]
            ),
            bus=None
            if is_embedded
            else events.EventBus.from_event_bus_name(self, "PartnerBus", source),
        )


def _instance_arn(stack: Stack, instance: str) -> str:
    if instance.startswith("arn:"):
        return instance
    return stack.format_arn(service="connect", resource="instance", resource_name=instance)


def _of_instance(arn: str) -> dict[str, Any]:
    # Most of AWS's sample events have camelCase members, two have PascalCase.
    return {"$or": [{"instanceArn": [arn]}, {"InstanceArn": [arn]}]}


def _add_rule(
    scope: Construct,
    description: str,
    call_events: CallEvents,
    pattern: events.EventPattern,
    bus: events.IEventBus | None = None,
) -> None:
    """Add a rule, by default on the default bus. CDK lets only this rule send to the queue."""
    target = targets.SqsQueue(call_events.queue, dead_letter_queue=call_events.dead_letter_queue)
    events.Rule(
        scope,
        "Rule",
        description=description,
        event_bus=bus,
        event_pattern=pattern,
        targets=[target],
    )
