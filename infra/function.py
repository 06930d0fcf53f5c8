"""A Lambda function of the registry as a construct, with the defaults of all functions."""

from collections.abc import Iterable, Mapping

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.bundle.building import ARCHITECTURE, RUNTIME
from infra.environment import Environment
from infra.functions import LambdaFunction

_AUDIT_RETENTION = logs.RetentionDays.THIRTEEN_MONTHS
"""400 days."""


class PythonFunction(lambda_.Function):
    """A function of the registry, with its log group and its role.

    Until it is granted more, the role may only write to that log group.
    """

    def __init__(
        self,
        scope: Construct,
        entry: LambdaFunction,
        *,
        code: lambda_.Code,
        settings: Mapping[str, str],
        environment: Environment,
    ) -> None:
        """`settings` has a value for at least each setting that the function loads."""
        construct_id = entry.construct_id
        log_group = logs.LogGroup(
            scope,
            f"{construct_id}Logs",
            retention=_AUDIT_RETENTION if entry.keeps_audit_log else environment.log_retention,
            removal_policy=environment.removal_policy,
        )
        role = iam.Role(
            scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
        )
        log_group.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            description=entry.description,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=code,
            handler=f"functions.{entry.package}.handler.lambda_handler",
            environment=_environment(entry, settings),
            # Old versions are kept, so that an operator can move the alias back.
            current_version_options=lambda_.VersionOptions(
                removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
            ),
            memory_size=entry.memory_mb,
            timeout=Duration.seconds(entry.timeout_seconds),
            role=role,
            log_group=log_group,
            reserved_concurrent_executions=environment.reserved_concurrency.get(entry.package),
            # Our own line for each invocation says what Lambda's START, END and REPORT lines would,
            # except the billed time, which is a metric. They would be a fifth of all log data.
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel[environment.log_level],
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
        )
        self.entry = entry
        self.own_log_group = log_group
        self.own_role = role
        self.alias: lambda_.Alias | None = None
        if environment.has_canary:
            self.alias = lambda_.Alias(
                self, "Live", alias_name="live", version=self.current_version
            )

    @property
    def live(self) -> lambda_.IFunction:
        """The alias where new code gets a part of the traffic first, otherwise the function."""
        return self.alias or self

    def allow(self, actions: Iterable[str], *resources: str) -> None:
        """Grant its role these actions on these resources, given by ARN."""
        self.add_to_role_policy(
            iam.PolicyStatement(actions=list(actions), resources=list(resources))
        )


def _environment(entry: LambdaFunction, settings: Mapping[str, str]) -> dict[str, str]:
    values = {name: settings[name] for name in entry.settings.names()}
    return entry.settings(**values).to_environment()
