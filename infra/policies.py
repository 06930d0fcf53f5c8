"""IAM policies for others: the operators' roles, and the campaign platform's role."""

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam

from infra import review
from infra.api import OPERATOR_CONTRACT_PATH, OPERATOR_PATHS, Api
from infra.environment import Environment
from infra.event_sources import PLATFORM_SOURCE


def operator_policy(stack: Stack, api: Api) -> iam.ManagedPolicy:
    """Allow the operator API, and finding its address in the stack's outputs."""
    # CloudFormation checks this form, with any ID, when a request names a stack by its name.
    this_stack = stack.format_arn(
        service="cloudformation", resource="stack", resource_name=f"{stack.stack_name}/*"
    )
    policy = iam.ManagedPolicy(
        stack,
        "OperatorPolicy",
        description="Use the operator API of call data writing",
        statements=[
            api.operator_statement(),
            iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[this_stack]),
        ],
    )
    known_paths = (*OPERATOR_PATHS, OPERATOR_CONTRACT_PATH)
    paths = "|".join(path.removeprefix("/").replace(".", r"\.") for path in known_paths)
    review.accept(
        policy,
        "AwsSolutions-IAM5",
        because="Operators may send every method to the operator routes, whose paths end with IDs "
        "that are not known yet. The policy allows no other route of this API and stage.",
        only=[
            review.matching(rf"Resource::arn:.+:execute-api:.+\/\$default\/\*\/({paths})(\/\*)?")
        ],
    )
    review.accept(
        policy,
        "AwsSolutions-IAM5",
        because="A stack's ARN ends with an ID that is not known before the stack is deployed, and "
        "describing a stack by its name needs this form. It names this stack only.",
        only=[
            review.matching(rf"Resource::arn:.+:cloudformation:.+:stack\/{stack.stack_name}\/\*")
        ],
    )
    return policy


def platform_policy(
    stack: Stack, bus: events.EventBus, environment: Environment
) -> iam.ManagedPolicy:
    """Allow putting call events on the bus, with the platform's own source only.

    With any source, the platform could forge what this service announces. The embedded AWS does not
    know that condition key and would deny every request.
    """
    own_source = {"StringEquals": {"events:source": PLATFORM_SOURCE}}
    return iam.ManagedPolicy(
        stack,
        "PlatformPolicy",
        description="Put call events on the bus of call data writing",
        statements=[
            iam.PolicyStatement(
                actions=["events:PutEvents"],
                resources=[bus.event_bus_arn],
                conditions=None if environment.is_embedded else own_source,
            )
        ],
    )
