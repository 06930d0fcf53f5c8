"""What tells people how the service fares: alarms, a dashboard, and saved queries of its logs.

A stack of its own: it can be changed, or taken down, without touching the service.
"""

from aws_cdk import Aws, CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.environment import Environment, where
from infra.monitoring.alarms import Alarms
from infra.monitoring.dashboard import Dashboard
from infra.monitoring.saved_queries import SavedQueries
from infra.stack import CallDataWritingStack

_CLOUDWATCH = iam.ServicePrincipal("cloudwatch.amazonaws.com")
_EVENTS = iam.ServicePrincipal("events.amazonaws.com")

NEWS_OF_KEYS = events.EventPattern(
    source=["call-data-writing"],
    detail_type=["Key Silent", "Key Silent Ended", "Match Rate Low", "Match Rate Low Ended"],
)


class MonitoringStack(Stack):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        service: CallDataWritingStack,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Call data writing: alarms, dashboard, saved queries",
            env=where(environment),
        )
        topic = _topic(self, environment)
        _tell_of_keys(self, service.bus, topic)
        alarms = Alarms(self, "Alarms", environment=environment, service=service, topic=topic)
        dashboard = Dashboard(self, "Dashboard", service=service, alarms=alarms.all)
        SavedQueries(self, "SavedQueries", environment=environment, service=service)
        if environment.monthly_budget and environment.alarm_address:
            _watch_costs(self, environment.monthly_budget, environment.alarm_address)
        CfnOutput(self, "AlarmTopicArn", value=topic.topic_arn)
        CfnOutput(self, "DashboardName", value=dashboard.name)


def _tell_of_keys(scope: Construct, bus: events.IEventBus, topic: sns.ITopic) -> None:
    """What the key_watch function tells goes where alarms go."""
    events.Rule(
        scope,
        "NewsOfKeys",
        description="Keys that are silent or match too little, to the alarms' topic",
        event_bus=bus,
        event_pattern=NEWS_OF_KEYS,
        targets=[
            targets.SnsTopic(
                topic,
                message=events.RuleTargetInput.from_text(
                    f"{events.EventField.detail_type}: "
                    f"{events.EventField.from_path('$.detail.key_name')} "
                    f"({events.EventField.from_path('$.detail.key_id')} of "
                    f"{events.EventField.from_path('$.detail.publisher_id')}), since "
                    f"{events.EventField.from_path('$.detail.since')}. "
                    'What to do: docs/monitoring.md, "A key is silent or matches too little"'
                ),
            )
        ],
    )


def _watch_costs(scope: Construct, dollars: int, address: str) -> None:
    """A message when the account's month is expected to cost more, and when it has cost 80 %."""
    mail = budgets.CfnBudget.SubscriberProperty(subscription_type="EMAIL", address=address)
    budgets.CfnBudget(
        scope,
        "Budget",
        budget=budgets.CfnBudget.BudgetDataProperty(
            budget_type="COST",
            time_unit="MONTHLY",
            budget_limit=budgets.CfnBudget.SpendProperty(amount=dollars, unit="USD"),
        ),
        notifications_with_subscribers=[
            budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    comparison_operator="GREATER_THAN",
                    notification_type=kind,
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                ),
                subscribers=[mail],
            )
            for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
        ],
    )


def _topic(scope: Construct, environment: Environment) -> sns.Topic:
    """Where alarms go. The key is ours, since AWS's own for SNS lets neither CloudWatch
    nor EventBridge use it."""
    key = kms.Key(
        scope,
        "AlarmTopicKey",
        description="Call data writing: the alarms' topic",
        enable_key_rotation=True,
        removal_policy=RemovalPolicy.DESTROY,
    )
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[_CLOUDWATCH, _EVENTS],
            actions=["kms:Decrypt", "kms:GenerateDataKey*"],
            resources=["*"],
        )
    )
    topic = sns.Topic(scope, "AlarmTopic", master_key=key, enforce_ssl=True)
    # A topic with a policy of its own has lost the one by which the account's alarms may publish.
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[_CLOUDWATCH],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        )
    )
    if environment.alarm_address:
        topic.add_subscription(subscriptions.EmailSubscription(environment.alarm_address))
    return topic
