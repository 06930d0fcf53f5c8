"""Alarms, only for what a person must act on. Each names its section of the runbook."""

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmNote:
    """What a person needs to know about an alarm, or about one of each function or table.

    `drill` makes it ring on dev, with the shell functions of docs/monitoring.md.
    """

    name: str
    meaning: str
    section: str
    drill: str


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
        self.notes: dict[str, AlarmNote] = {}
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
            drill="`report '{}'`",
        )
        self._add(
            "CallEventsLate",
            self._measures.event_age,
            above=Duration.minutes(10).to_seconds(),
            meaning="Call events have waited for more than ten minutes. Calls lack their tags.",
            section="Call events are late",
            drill="`stop CallEventsFunction`, `report`, wait 15 minutes, "
            "`start CallEventsFunction`",
        )
        # SQS excludes messages from that age after three receives.
        self._add(
            "CallEventsFailing",
            self._measures.failed_events,
            periods=3,
            meaning="Call events have been failing for 15 minutes, and are retried.",
            section="Call events fail",
            drill="`deny CallEventsFunction dynamodb:*`, `report`, wait 20 minutes, "
            "`allow CallEventsFunction`",
        )

    def _add_feed_alarms(self) -> None:
        self._add(
            "CallsNotAnnounced",
            self._measures.unannounced,
            meaning="Some calls could not be announced: the platform did not get their tags.",
            section="Calls in the feed's failure queue",
            drill="`drop CallFeedFailureQueueUrl`",
        )
        self._add(
            "FeedLate",
            self._measures.iterator_age,
            above=Duration.minutes(1).to_milliseconds(),
            periods=2,
            meaning="The platform gets calls' tags more than a minute late.",
            section="The feed is late",
            drill="`deny CallFeedFunction events:PutEvents`, `report`, wait 15 minutes, "
            "`allow CallFeedFunction`",
        )

    def _add_webhook_alarm(self) -> None:
        if self._measures.webhook_letters:
            self._add(
                "WebhookDeadLettered",
                self._measures.webhook_letters,
                meaning="The webhook refused calls' tags, or did not accept them for 24 hours.",
                section="Calls in the webhook's dead-letter queue",
                drill="`drop WebhookDeadLetterQueueUrl`",
            )

    def _add_activity_alarms(self) -> None:
        self._add(
            "RowsNotCounted",
            self._measures.uncounted,
            meaning="Rows of the postback log could not be counted: activity shows too little.",
            section="Activity is late or incomplete",
            drill="`drop ActivityFailureQueueUrl`",
        )
        self._add(
            "ActivityLate",
            self._measures.counting_age,
            above=Duration.minutes(2).to_milliseconds(),
            periods=2,
            meaning="Activity shows postings more than two minutes late.",
            section="Activity is late or incomplete",
            drill="`deny ActivityFunction dynamodb:*`, `post`, wait 15 minutes, "
            "`allow ActivityFunction`",
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
            drill="`deny DataWriting dynamodb:*`, `post` every 10 seconds for 15 minutes, "
            "`allow DataWriting`",
        )
        self._add(
            "ApiFlooded",
            self._measures.api("Count"),
            above=self._unusual_rate * PERIOD.to_seconds(),
            periods=2,
            meaning=f"The API has had more than {self._unusual_rate} requests per second for ten "
            "minutes. Each costs money, and beyond the API's limit good requests get 429.",
            section="The API is flooded",
            drill="Deploy with `unusual_rate=1`, and `post` twice a second for 20 minutes",
        )

    def _add_console_alarm(self) -> None:
        self._add(
            "ConsoleFailing",
            self._measures.console_failures,
            above=_FAILED_PAGES,
            periods=2,
            meaning="Account managers see error pages in the console.",
            section="The console returns 5xx",
            drill="`deny ConsoleFunction execute-api:Invoke`, reload a page once a minute for 15 "
            "minutes, `allow ConsoleFunction`",
        )

    def _add_function_alarms(self) -> None:
        for package, function in self._functions.items():
            name = function.entry.name
            self._add(
                f"{name}Errors",
                self._measures.errors(package),
                periods=2,
                meaning="The function {} crashes, times out or does not start.",
                section="A function crashes",
                drill="`crash DataWriting` (or another), `post` once a minute for 15 minutes, "
                "`make deploy ENV=dev`",
                listed_as="<Function>Errors",
                of=package,
            )
            self._add(
                f"{name}Throttled",
                self._measures.throttles(package),
                periods=2,
                meaning="No concurrency is left for {}, its own or the account's.",
                section="A function is throttled",
                drill="`stop DataWriting` (or another), `post` once a minute for 15 minutes, "
                "`start DataWriting`",
                listed_as="<Function>Throttled",
                of=package,
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
                meaning="DynamoDB throttles requests to the table {}.",
                section="DynamoDB throttles or fails",
                drill="`slow CallDataTableName 1` (or another), `post` every second for 15 "
                "minutes, `slow CallDataTableName -1`",
                listed_as="<Table>Throttled",
                of=name,
            )
            self._add(
                f"{name}Failing",
                self._measures.system_errors(table),
                periods=2,
                meaning="DynamoDB returns server errors for the table {}.",
                section="DynamoDB throttles or fails",
                drill="Only DynamoDB can cause it. `ring NAME` tries the notification",
                listed_as="<Table>Failing",
                of=name,
            )

    def _add(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        *,
        meaning: str,
        section: str,
        drill: str,
        listed_as: str = "",
        of: str = "",
        above: float = 0,
        periods: int = 1,
    ) -> None:
        """Add an alarm that fires when the metric is above `above` in each of `periods` periods.

        If there is one for each function or table, `listed_as` is the name of them all in the
        runbook's table, and `of` is the one that this alarm is about.
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
            alarm_description=f'{meaning.format(of)} What to do: docs/monitoring.md, "{section}"',
        )
        alarm.add_alarm_action(self._action)
        self.all.append(alarm)
        name, kind = listed_as or construct_id, listed_as.partition(">")[0]
        note = AlarmNote(
            name=name, meaning=meaning.format(f"`{kind}>`"), section=section, drill=drill
        )
        self.notes.setdefault(name, note)
