"""Canary deployments: new code gets a tenth of the traffic for five minutes, then all of it.

An alarm rolls the deployment back.
"""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_codedeploy as codedeploy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import review
from infra.function import PythonFunction
from shared.runtime import metrics

SECTION = "A bad deployment"
"""The section of docs/recovery.md about these alarms."""

_PERIOD = Duration.minutes(1)
_FEW = 5
"""Failures per minute. A failing tenth of the traffic exceeds this, unless the service is idle."""

_CANARY = codedeploy.LambdaDeploymentConfig.CANARY_10_PERCENT_5_MINUTES
_AT_ONCE = codedeploy.LambdaDeploymentConfig.ALL_AT_ONCE


class Rollout(Construct):
    """A deployment group for each function with an alias. AWS CodeDeploy moves the alias."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        functions: Mapping[str, PythonFunction],
        api_ids: Mapping[str, str],
        is_at_once: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        application = codedeploy.LambdaApplication(self, "Application")
        role = _role(self)
        api_alarms = {api: self._api_alarm(api, id_) for api, id_ in api_ids.items()}
        for function in functions.values():
            if function.alias is None:
                continue
            alarms = self._alarms_of(function, function.alias)
            if function.entry.serves:
                alarms.append(api_alarms[function.entry.serves])
            codedeploy.LambdaDeploymentGroup(
                self,
                function.entry.name,
                application=application,
                alias=function.alias,
                role=role,
                deployment_config=_AT_ONCE if is_at_once else _CANARY,
                alarms=alarms,
                # A fix must not be blocked by the alarms that it will end.
                ignore_alarm_configuration=is_at_once,
                auto_rollback=codedeploy.AutoRollbackConfig(
                    deployment_in_alarm=True, failed_deployment=True, stopped_deployment=True
                ),
            )

    def _api_alarm(self, api: str, api_id: str) -> cloudwatch.IAlarm:
        """Watch an HTTP API. Its functions turn their errors into a 5xx, which Lambda does not
        count."""
        failures = cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="5xx",
            dimensions_map={"ApiId": api_id},
            statistic="Sum",
            period=_PERIOD,
        )
        return self._alarm(f"{api.title()}Fails", failures, f"The {api} responds with 5xx")

    def _alarms_of(self, function: PythonFunction, alias: lambda_.Alias) -> list[cloudwatch.IAlarm]:
        name, package = function.entry.name, function.entry.package
        minutes = function.entry.runs_every_minutes
        period = Duration.minutes(minutes) if minutes else _PERIOD
        alarms = [
            self._alarm(
                f"{name}Errors",
                alias.metric_errors(period=period, statistic="Sum"),
                f"The function {package} crashes",
                # A schedule invokes it once in the period.
                at_least=1 if minutes else _FEW,
            )
        ]
        if failure_metric := function.entry.failure_metric:
            metric, outcome = failure_metric
            failures = cloudwatch.Metric(
                namespace=metrics.NAMESPACE,
                metric_name=metric,
                dimensions_map={metrics.FUNCTION: function.function_name, metrics.OUTCOME: outcome},
                statistic="Sum",
                period=_PERIOD,
            )
            alarms.append(self._alarm(f"{name}Fails", failures, f"{package} fails"))
        return alarms

    def _alarm(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        meaning: str,
        *,
        at_least: int = _FEW,
    ) -> cloudwatch.IAlarm:
        """Create an alarm without actions: only CodeDeploy reads it."""
        return cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=at_least,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"{meaning}. A deployment in progress is rolled back. "
            f'What to do: docs/recovery.md, "{SECTION}"',
        )


def _role(scope: Construct) -> iam.Role:
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("codedeploy.amazonaws.com"))
    review.accept(
        role,
        "AwsSolutions-IAM4",
        because="The CDK attaches AWS's managed policy for CodeDeploy with Lambda, the narrower "
        "of two. AWS decides what CodeDeploy calls, and may change it.",
    )
    return role
