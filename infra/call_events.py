"""Call events from the bus: a rule, a queue, and a dead-letter queue."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from constructs import Construct

from infra.environment import Environment
from infra.event_sources import PLATFORM_SOURCE
from infra.function import PythonFunction
from infra.functions import FUNCTIONS
from infra.queue import DurableQueue

EVENT_PATTERN = events.EventPattern(
    source=[PLATFORM_SOURCE], detail_type=["Call Started", "Call Ended"]
)

_MAX_ATTEMPTS = 20
BATCH_SIZE = 10


class CallEvents(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.IEventBus,
        environment: Environment,
    ) -> None:
        super().__init__(scope, construct_id)
        self._max_batches = environment.most_event_batches
        self.dead_letter_queue = DurableQueue(self, "DeadLetterQueue")
        self.queue = DurableQueue(
            self,
            "Queue",
            # Six times the function's timeout, as AWS recommends: SQS delivers no batch again
            # while the function works on it.
            visibility_timeout=Duration.seconds(6 * FUNCTIONS["call_events"].timeout_seconds),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letter_queue, max_receive_count=_MAX_ATTEMPTS
            ),
        )
        events.Rule(
            self,
            "Rule",
            description="Call events from the campaign platform, to the call_events function",
            event_bus=bus,
            event_pattern=EVENT_PATTERN,
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letter_queue)],
        )

    @property
    def settings(self) -> dict[str, str]:
        return {
            "call_events_queue_url": self.queue.queue_url,
            "dead_letter_queue_url": self.dead_letter_queue.queue_url,
        }

    @property
    def outputs(self) -> dict[str, str]:
        return {
            "CallEventsQueueUrl": self.queue.queue_url,
            "CallEventsDeadLetterQueueUrl": self.dead_letter_queue.queue_url,
        }

    def accept_from(self, function: PythonFunction) -> None:
        """Let a function put a call's report, or what is left of one, on the queue."""
        function.allow(["sqs:SendMessage"], self.queue.queue_arn)

    def deliver_to(self, function: PythonFunction) -> None:
        function.allow(["sqs:SendMessage"], self.dead_letter_queue.queue_arn)
        function.live.add_event_source(
            SqsEventSource(
                self.queue,
                batch_size=BATCH_SIZE,
                report_batch_item_failures=True,
                max_concurrency=self._max_batches,
            )
        )
