"""Alarms, only for what a person must act on. Each names its section of the runbook."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.database import INDEXES
from infra.environment import Environment
from infra.functions import ACTIVITY
from infra.monitoring.measures import PERIOD, Measures
from infra.stack import CallDataWritingStack

_THROTTLE_EVENTS = 10
"""Per five minutes. Fewer are normal while a table scales up, and the SDK retries."""

_FAILED_PAGES = 4
"""Per five minutes. Fewer can be one person who reloads a page, which says what to do."""


class Alarms(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        service: CallDataWritingStack,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._unusual_rate = environment.unusual_rate
        self.all: list[cloudwatch.Alarm] = []
        self._action = actions.SnsAction(topic)
        self._measures = Measures(service)
        self._functions = service.functions
        self._add_queue_alarms()
        self._add_feed_alarms()
        self._add_webhook_alarm()
        self._add_activity_alarms()
        self._add_api_alarms()
        self._add_console_alarm()
        self._add_function_alarms()
        self._add_table_alarms(service.database.tables)

    def _add_queue_alarms(self) -> None:
        self._add(
            "CallEventsDeadLettered",
            self._measures.dead_letters,
            meaning="Call events could not be read, or failed for an hour. Their calls may lack "
            "tags.",
            section="Call events in the dead-letter queue",
        )
        self._add(
            "CallEventsLate",
            self._measures.event_age,
            above=Duration.minutes(10).to_seconds(),
            meaning="Call events have waited for more than ten minutes. Calls lack their tags.",
            section="Call events are late",
        )
        # SQS excludes messages from that age after three receives.
        self._add(
            "CallEventsFailing",
            self._measures.failed_events,
            periods=3,
            meaning="Call events have been failing for 15 minutes, and are retried.",
            section="Call events fail",
        )

    def _add_feed_alarms(self) -> None:
        self._add(
            "CallsNotAnnounced",
            self._measures.unannounced,
            meaning="Some calls could not be announced: the platform did not get their tags.",
            section="Calls in the feed's failure queue",
        )
        self._add(
            "FeedLate",
            self._measures.iterator_age,
            above=Duration.minutes(1).to_milliseconds(),
            periods=2,
            meaning="The platform gets calls' tags more than a minute late.",
            section="The feed is late",
        )

    def _add_webhook_alarm(self) -> None:
        if self._measures.webhook_letters:
            self._add(
                "WebhookDeadLettered",
                self._measures.webhook_letters,
                meaning="The webhook refused calls' tags, or did not accept them for 24 hours.",
                section="Calls in the webhook's dead-letter queue",
            )

    def _add_activity_alarms(self) -> None:
        self._add(
            "RowsNotCounted",
            self._measures.uncounted,
            meaning="Rows of the postback log could not be counted: activity shows too little.",
            section="Activity is late or incomplete",
        )
        self._add(
            "ActivityLate",
            self._measures.counting_age,
            above=Duration.minutes(2).to_milliseconds(),
            periods=2,
            meaning="Activity shows postings more than two minutes late.",
            section="Activity is late or incomplete",
        )

    def _add_api_alarms(self) -> None:
        self._add(
            "ApiFailing",
            self._measures.failure_percentage,
            above=1,
            periods=2,
            meaning="More than 1% of the requests to the API (and at least five) got a 5xx. "
            "Publishers' postings are not being accepted.",
            section="The API returns 5xx",
        )
        self._add(
            "ApiFlooded",
            self._measures.api("Count"),
            above=self._unusual_rate * PERIOD.to_seconds(),
            periods=3,
            meaning=f"The API has had more than {self._unusual_rate} requests per second for 15 "
            "minutes. Each costs money, and beyond the API's limit good requests get 429.",
            section="The API is flooded",
        )

    def _add_console_alarm(self) -> None:
        self._add(
            "ConsoleFailing",
            self._measures.console_failures,
            above=_FAILED_PAGES,
            periods=2,
            meaning="Account managers see error pages in the console.",
            section="The console returns 5xx",
        )

    def _add_function_alarms(self) -> None:
        for package, function in self._functions.items():
            name = function.entry.name
            self._add(
                f"{name}Errors",
                self._measures.errors(package),
                periods=2,
                meaning=f"The function {package} crashes, times out or does not start.",
                section="A function crashes",
            )
            self._add(
                f"{name}Throttled",
                self._measures.throttles(package),
                periods=2,
                meaning=f"No concurrency is left for {package}, its own or the account's.",
                section="A function is throttled",
            )

    def _add_table_alarms(self, tables: Mapping[str, dynamodb.Table]) -> None:
        for table_name, table in tables.items():
            # `Activity` is the function of that name.
            name = "ActivityTable" if table_name == ACTIVITY else table.node.id
            self._add(
                f"{name}Throttled",
                self._measures.throttle_events(table, INDEXES.get(table_name, ())),
                above=_THROTTLE_EVENTS,
                periods=2,
                meaning=f"DynamoDB throttles requests to the table {name}.",
                section="DynamoDB throttles or fails",
            )
            self._add(
                f"{name}Failing",
                self._measures.system_errors(table),
                periods=2,
                meaning=f"DynamoDB returns server errors for the table {name}.",
                section="DynamoDB throttles or fails",
            )

    def _add(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        *,
        meaning: str,
        section: str,
        above: float = 0,
        periods: int = 1,
    ) -> None:
        """Add an alarm that fires when the metric is above `above` in each of `periods` periods.

        Missing data does not breach: idle queues, functions and tables have none.
        """
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=above,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f'{meaning} What to do: docs/monitoring.md, "{section}"',
        )
        alarm.add_alarm_action(self._action)
        self.all.append(alarm)
