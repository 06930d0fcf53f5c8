"""The schedule that invokes the key_watch function, which checks keys with alerts."""

from aws_cdk import Aws
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.function import PythonFunction


class KeyWatch(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, bus: events.IEventBus) -> None:
        super().__init__(scope, construct_id)
        self._bus = bus

    def run(self, function: PythonFunction) -> None:
        function.allow(["events:PutEvents"], self._bus.event_bus_arn)
        target = function.live
        # The role that CDK would make may invoke every version of the function, by a wildcard.
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            ),
        )
        invoking = iam.PolicyStatement(
            actions=["lambda:InvokeFunction"], resources=[target.function_arn]
        )
        role.add_to_policy(invoking)
        scheduler.CfnSchedule(
            self,
            "Schedule",
            description="Checks the keys that have alerts",
            schedule_expression=f"rate({function.entry.runs_every_minutes} minutes)",
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=target.function_arn,
                role_arn=role.role_arn,
                # The next scheduled run replaces a retry.
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(maximum_retry_attempts=0),
            ),
        )
