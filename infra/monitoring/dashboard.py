"""The dashboard: postings and their outcomes, whatever is stuck, latency and errors."""

from collections.abc import Iterable, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.monitoring.measures import Measures
from infra.stack import CallDataWritingStack
from shared.runtime.metrics import AnnouncementOutcome, EventOutcome, PostingOutcome

PERCENTILES = ("p50", "p99")

_WIDTH = 24
_ZERO = cloudwatch.YAxisProps(min=0)


class Dashboard(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        service: CallDataWritingStack,
        alarms: Sequence[cloudwatch.IAlarm],
    ) -> None:
        super().__init__(scope, construct_id)
        self._measures = Measures(service)
        packages = tuple(service.functions)
        dashboard = cloudwatch.Dashboard(
            self,
            "Dashboard",
            default_interval=Duration.hours(12),
            widgets=[
                [cloudwatch.AlarmStatusWidget(alarms=alarms, width=_WIDTH, height=4)],
                _heading("Are postings arriving, applied, refused?"),
                self._postings(),
                _heading("Is anything stuck?"),
                self._waiting(),
                self._events(),
                _heading("How fast, and how well?"),
                self._latency(packages),
                self._trouble(service, packages),
            ],
        )
        self.name = dashboard.dashboard_name

    def _postings(self) -> list[cloudwatch.IWidget]:
        postings = [self._measures.postings(outcome) for outcome in PostingOutcome]
        return _row(
            ("Postings, by outcome", postings),
            ("Postings refused, by reason", [self._measures.refusals_by_reason()]),
            ("Tags applied to calls", self._measures.tags_applied()),
        )

    def _waiting(self) -> list[cloudwatch.IWidget]:
        measures = self._measures
        return _row(
            (
                "How long pending postings waited for their call (ms)",
                [m for statistic in PERCENTILES for m in measures.pending_age(statistic)],
            ),
            (
                "From the platform's bus to the call (ms)",
                [measures.event_lag(statistic) for statistic in PERCENTILES],
            ),
            ("Oldest call event in the queue (s)", [measures.event_age]),
            ("From the call to the platform's bus (ms)", [measures.iterator_age]),
        )

    def _events(self) -> list[cloudwatch.IWidget]:
        measures = self._measures
        return _row(
            ("Call events, by outcome", map(measures.events, EventOutcome)),
            ("Call reports over HTTP, by outcome", map(measures.platform_requests, EventOutcome)),
            ("Calls announced", map(measures.announcements, AnnouncementOutcome)),
            (
                "Failed for good, waiting for a person",
                [measures.dead_letters, measures.unannounced, *measures.left_out()],
            ),
        )

    def _latency(self, packages: Iterable[str]) -> list[cloudwatch.IWidget]:
        measures = self._measures
        durations = [measures.duration(p, statistic) for p in packages for statistic in PERCENTILES]
        return _row(
            ("API latency (ms)", [measures.api("Latency", p) for p in PERCENTILES]),
            ("Functions' duration (ms)", durations),
            (
                "API requests",
                [
                    measures.api("Count", label="all"),
                    measures.api("4xx", label="4xx"),
                    measures.api("5xx", label="5xx"),
                ],
            ),
        )

    def _trouble(
        self, service: CallDataWritingStack, packages: Sequence[str]
    ) -> list[cloudwatch.IWidget]:
        measures = self._measures
        tables = service.database.tables.values()
        return _row(
            ("Functions' errors", map(measures.errors, packages)),
            ("Functions throttled", map(measures.throttles, packages)),
            ("DynamoDB requests throttled", map(measures.throttled_requests, tables)),
        )


def _heading(text: str) -> list[cloudwatch.IWidget]:
    return [cloudwatch.TextWidget(markdown=f"## {text}", width=_WIDTH, height=1)]


def _row(*graphs: tuple[str, Iterable[cloudwatch.IMetric]]) -> list[cloudwatch.IWidget]:
    """Return graphs side by side, from titles and metrics."""
    return [
        cloudwatch.GraphWidget(
            title=title, left=list(metrics), left_y_axis=_ZERO, width=_WIDTH // len(graphs)
        )
        for title, metrics in graphs
    ]
