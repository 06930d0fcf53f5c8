"""The monitoring stack: alarms, a dashboard, and saved queries of the logs.

It is separate, so that it can be changed or removed without touching the service.
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
from infra.event_sources import SERVICE_SOURCE
from infra.monitoring.alarms import Alarms
from infra.monitoring.dashboard import Dashboard
from infra.monitoring.saved_queries import SavedQueries
from infra.stack import CallDataWritingStack

_CLOUDWATCH = iam.ServicePrincipal("cloudwatch.amazonaws.com")
_EVENTS = iam.ServicePrincipal("events.amazonaws.com")
_OF_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}

KEY_ALERTS = events.EventPattern(
    source=[SERVICE_SOURCE],
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
        _forward_key_alerts(self, service.bus, topic)
        self.alarms = Alarms(self, "Alarms", environment=environment, service=service, topic=topic)
        dashboard = Dashboard(self, "Dashboard", service=service, alarms=self.alarms.all)
        SavedQueries(self, "SavedQueries", environment=environment, service=service)
        if environment.monthly_budget and environment.alarm_address:
            _watch_costs(self, environment.monthly_budget, environment.alarm_address)
        CfnOutput(self, "AlarmTopicArn", value=topic.topic_arn)
        CfnOutput(self, "DashboardName", value=dashboard.name)


def _forward_key_alerts(scope: Construct, bus: events.IEventBus, topic: sns.ITopic) -> None:
    """Send the key_watch function's events to the alarms' topic."""
    rule = events.Rule(
        scope,
        "NewsOfKeys",
        description="Sends key alerts to the alarms' topic",
        event_bus=bus,
        event_pattern=KEY_ALERTS,
        targets=[
            targets.SnsTopic(
                # The CDK would let EventBridge publish for any account, but not to a topic that it
                # knows by its ARN only.
                sns.Topic.from_topic_arn(scope, "NewsTopic", topic.topic_arn),
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
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[_EVENTS],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"ArnEquals": {"aws:SourceArn": rule.rule_arn}},
        )
    )


def _watch_costs(scope: Construct, dollars: int, address: str) -> None:
    """Send an email at 80% of the monthly budget, and when the forecast exceeds it."""
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
    """Create the topic for alarms.

    It has a key of its own, because neither CloudWatch nor EventBridge may use AWS's key for SNS.
    """
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
            conditions=_OF_THIS_ACCOUNT,
        )
    )
    topic = sns.Topic(scope, "AlarmTopic", master_key=key, enforce_ssl=True)
    # A topic policy replaces the default one, which lets the account's alarms publish.
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[_CLOUDWATCH],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions=_OF_THIS_ACCOUNT,
        )
    )
    if environment.alarm_address:
        topic.add_subscription(subscriptions.EmailSubscription(environment.alarm_address))
    return topic
