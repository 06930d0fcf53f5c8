"""The metrics behind alarms and dashboard: our own, and those of AWS services."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sqs as sqs

from infra.stack import CallDataWritingStack
from shared.runtime import metrics
from shared.runtime.metrics import AnnouncementOutcome, EventOutcome, PostingOutcome

PERIOD = Duration.minutes(5)

_OPERATIONS = (
    "GetItem",
    "BatchGetItem",
    "Query",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
)
"""The operations that functions use. DynamoDB has a metric for each."""

_FEWEST_FAILURES = 5
"""Per period. Fewer failures can be a high percentage of few requests by chance."""


class Measures:
    def __init__(self, service: CallDataWritingStack) -> None:
        self._functions = service.functions
        self._applying = [
            package
            for package, function in self._functions.items()
            if function.entry.applies_pending_postings
        ]
        self._api_id = service.api.id
        self._console_id = service.console.api_id
        queues = service.call_events
        self.event_age = queues.queue.metric_approximate_age_of_oldest_message(
            statistic="Maximum", period=PERIOD, label="oldest call event"
        )
        self.dead_letters = _depth(queues.dead_letter_queue, "call events in the dead-letter queue")
        self.webhook_letters = (
            _depth(service.webhook.dead_letter_queue, "calls not posted to the webhook")
            if service.webhook
            else None
        )
        self.unannounced = _depth(service.call_feed.failure_queue, "calls not announced")
        self.iterator_age = self._lambda("call_feed", "IteratorAge", "Maximum", "feed")
        self.uncounted = _depth(service.activity.failure_queue, "rows not counted")
        self.counting_age = self._lambda("activity", "IteratorAge", "Maximum", "activity")
        self.failed_events = self.events(EventOutcome.FAILED)

    def postings(self, outcome: PostingOutcome) -> cloudwatch.Metric:
        return self._own("data_writing", metrics.POSTINGS, outcome, label=outcome.replace("_", " "))

    def refusals_by_reason(self) -> cloudwatch.MathExpression:
        """Return one line per reason."""
        dimensions = f"{metrics.NAMESPACE},{metrics.FUNCTION},{metrics.REASON}"
        function_name = self._functions["data_writing"].function_name
        wanted = f'MetricName="{metrics.POSTINGS}" {metrics.FUNCTION}="{function_name}"'
        seconds = PERIOD.to_seconds()
        return cloudwatch.MathExpression(
            expression=f"SEARCH('{{{dimensions}}} {wanted}', 'Sum', {seconds})",
            using_metrics={},
            # Without a label, CloudWatch names each line by its reason.
            label="",
            period=PERIOD,
        )

    def tags_applied(self) -> list[cloudwatch.Metric]:
        """Return counts of tags applied by a posting, and of those applied when a call starts."""
        return [
            self._own(
                "data_writing",
                metrics.TAGS_APPLIED,
                PostingOutcome.APPLIED_IN_PROGRESS,
                label="posted during the call",
            ),
            self._own(
                "data_writing",
                metrics.TAGS_APPLIED,
                PostingOutcome.APPLIED_COMPLETED,
                label="posted after the call",
            ),
            self._own(
                "call_events",
                metrics.TAGS_APPLIED,
                EventOutcome.HANDLED,
                label="posted before the call, reported by event",
            ),
            self._own(
                "platform_api",
                metrics.TAGS_APPLIED,
                EventOutcome.HANDLED,
                label="posted before the call, reported over HTTP",
            ),
            *self._tags_applied_by_flows(),
        ]

    def _tags_applied_by_flows(self) -> list[cloudwatch.Metric]:
        if "connect_flow" not in self._functions:
            return []
        return [
            self._own(
                "connect_flow",
                metrics.TAGS_APPLIED,
                EventOutcome.HANDLED,
                label="posted before the call, reported by a flow",
            )
        ]

    def left_out(self) -> list[cloudwatch.Metric]:
        return [
            self._own(
                package,
                metrics.POSTINGS_LEFT_OUT,
                EventOutcome.HANDLED,
                label=f"left out, call full ({package})",
            )
            for package in self._applying
        ]

    def pending_age(self, statistic: str) -> list[cloudwatch.Metric]:
        return [
            self._own(
                package,
                metrics.PENDING_AGE,
                EventOutcome.HANDLED,
                statistic=statistic,
                label=f"{statistic} {package}",
            )
            for package in self._applying
        ]

    def event_lag(self, statistic: str) -> cloudwatch.Metric:
        return self._own(
            "call_events", metrics.EVENT_LAG, EventOutcome.HANDLED, statistic=statistic
        )

    def events(self, outcome: EventOutcome) -> cloudwatch.Metric:
        return self._own("call_events", metrics.CALL_EVENTS, outcome, label=outcome)

    def platform_requests(self, outcome: EventOutcome) -> cloudwatch.Metric:
        label = "refused" if outcome is EventOutcome.MALFORMED else outcome
        return self._own("platform_api", metrics.CALL_EVENTS, outcome, label=label)

    def announcements(self, outcome: AnnouncementOutcome) -> cloudwatch.Metric:
        return self._own("call_feed", metrics.CALLS_ANNOUNCED, outcome, label=outcome)

    def api(self, name: str, statistic: str = "Sum", label: str | None = None) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name=name,
            dimensions_map={"ApiId": self._api_id},
            statistic=statistic,
            period=PERIOD,
            label=label or statistic,
        )

    @property
    def console_failures(self) -> cloudwatch.Metric:
        """Error pages of the console. The function returns them, so they are not its errors."""
        return cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="5xx",
            dimensions_map={"ApiId": self._console_id},
            statistic="Sum",
            period=PERIOD,
            label="console 5xx",
        )

    @property
    def failure_percentage(self) -> cloudwatch.MathExpression:
        return cloudwatch.MathExpression(
            expression=f"IF(failures >= {_FEWEST_FAILURES}, 100 * failures / requests, 0)",
            using_metrics={"failures": self.api("5xx"), "requests": self.api("Count")},
            label="5xx, % of requests",
            period=PERIOD,
        )

    def duration(self, package: str, statistic: str) -> cloudwatch.Metric:
        return self._lambda(package, "Duration", statistic, f"{package} {statistic}")

    def errors(self, package: str) -> cloudwatch.Metric:
        return self._lambda(package, "Errors", "Sum", package)

    def throttles(self, package: str) -> cloudwatch.Metric:
        return self._lambda(package, "Throttles", "Sum", package)

    def throttled_requests(self, table: dynamodb.Table) -> cloudwatch.MathExpression:
        return _over_operations(table, "ThrottledRequests")

    def throttle_events(
        self, table: dynamodb.Table, indexes: Sequence[str]
    ) -> cloudwatch.MathExpression:
        """Return throttled single reads and writes, of the table and of each index.

        `ThrottledRequests` counts a batch or a transaction only if all of it was throttled.
        """
        places = [{}, *({"GlobalSecondaryIndexName": index} for index in indexes)]
        by_id = {
            f"m{number}{kind}": table.metric(
                f"{kind}ThrottleEvents",
                dimensions_map={"TableName": table.table_name, **place},
                statistic="Sum",
                period=PERIOD,
            )
            for number, place in enumerate(places)
            for kind in ("Write", "Read")
        }
        return cloudwatch.MathExpression(
            expression=f"SUM([{', '.join(by_id)}])",
            using_metrics=by_id,
            label=f"{table.node.id} throttle events",
            period=PERIOD,
        )

    def system_errors(self, table: dynamodb.Table) -> cloudwatch.MathExpression:
        return _over_operations(table, "SystemErrors")

    def _lambda(self, package: str, name: str, statistic: str, label: str) -> cloudwatch.Metric:
        return self._functions[package].metric(
            name, statistic=statistic, period=PERIOD, label=label
        )

    def _own(
        self,
        package: str,
        name: str,
        outcome: str,
        *,
        statistic: str = "Sum",
        label: str | None = None,
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=metrics.NAMESPACE,
            metric_name=name,
            dimensions_map={
                metrics.FUNCTION: self._functions[package].function_name,
                metrics.OUTCOME: outcome,
            },
            statistic=statistic,
            period=PERIOD,
            label=label or statistic,
        )


def _depth(queue: sqs.IQueue, label: str) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(
        statistic="Maximum", period=PERIOD, label=label
    )


def _over_operations(table: dynamodb.Table, name: str) -> cloudwatch.MathExpression:
    """Return the sum of a metric over all operations.

    The CDK's own sum gives the metrics of all tables the same IDs, so one graph cannot show two
    tables, and its `+` has no result while an operation has no data.
    """
    table_name = table.node.id
    by_id = {
        f"{table_name[0].lower()}{table_name[1:]}{operation}": table.metric(
            name,
            dimensions_map={"TableName": table.table_name, "Operation": operation},
            statistic="Sum",
            period=PERIOD,
        )
        for operation in _OPERATIONS
    }
    return cloudwatch.MathExpression(
        expression=f"SUM([{', '.join(by_id)}])",
        using_metrics=by_id,
        label=table_name,
        period=PERIOD,
    )
