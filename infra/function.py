"""Our defaults for a Lambda function."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.bundle.building import ARCHITECTURE, RUNTIME
from infra.environment import Environment
from shared.runtime.settings import Settings


class PythonFunction(lambda_.Function):
    """A function of ours: package `functions.<package>`, with the settings that it will load.

    Its role may write to its own log group and nothing else, until it is allowed more.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        package: str,
        code: lambda_.Code,
        settings: Settings,
        environment: Environment,
        timeout: Duration,
        description: str,
        memory_mb: int = 512,
        log_retention: logs.RetentionDays | None = None,
    ) -> None:
        log_group = logs.LogGroup(
            scope,
            f"{construct_id}Logs",
            retention=log_retention or environment.log_retention,
            removal_policy=environment.removal_policy,
        )
        role = iam.Role(
            scope, f"{construct_id}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")
        )
        log_group.grant_write(role)
        super().__init__(
            scope,
            construct_id,
            description=description,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            code=code,
            handler=f"functions.{package}.handler.lambda_handler",
            environment=settings.to_environment(),
            # Kept, so that the alias can be put back by hand.
            current_version_options=lambda_.VersionOptions(
                removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
            ),
            memory_size=memory_mb,
            timeout=timeout,
            role=role,
            log_group=log_group,
            reserved_concurrent_executions=environment.reserved_concurrency.get(package),
            # Our line of an invocation says what Lambda's START, END and REPORT would, but for the
            # time billed, which is a metric: they would be a fifth of all that is taken in.
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel[environment.log_level],
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
        )
        self.writes_to = log_group
        self.role_name = role.role_name
        self.role_policy = role
        self.alias: lambda_.Alias | None = None
        if environment.has_canary:
            self.alias = lambda_.Alias(
                self, "Live", alias_name="live", version=self.current_version
            )

    @property
    def live(self) -> lambda_.IFunction:
        """What gets the traffic: an alias, where new code is to try itself first."""
        return self.alias or self

    def allow(self, actions: Sequence[str], *resources: str) -> None:
        """Grant these actions on these resources, by their ARNs."""
        self.add_to_role_policy(
            iam.PolicyStatement(actions=list(actions), resources=list(resources))
        )
