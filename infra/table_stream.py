"""A table's stream, delivered to a function with retries, and a queue for what failed."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_lambda_event_sources import DynamoEventSource, SqsDlq
from constructs import Construct

from infra import review
from infra.function import PythonFunction
from infra.queue import DurableQueue

_MAX_RECORD_AGE = Duration.hours(12)
"""How long Lambda retries a record. The stream keeps records for 24 hours."""


class TableStream(Construct):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.failure_queue = DurableQueue(self, "FailureQueue")
        review.accept(
            self.failure_queue,
            "AwsSolutions-SQS3",
            because="It is a dead-letter queue itself, for people to read. No function receives "
            "from it, so nothing can fail into another queue.",
        )

    def deliver(
        self,
        function: PythonFunction,
        table: dynamodb.ITable,
        *,
        wanted: Mapping[str, Any],
        batch_size: int,
        reports_failures: bool,
        batching_window: Duration | None = None,
    ) -> None:
        """Deliver each shard's records in order, one batch at a time.

        Without `reports_failures`, one failure retries the whole batch.
        """
        function.live.add_event_source(
            DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=batch_size,
                max_batching_window=batching_window,
                bisect_batch_on_error=True,
                report_batch_item_failures=reports_failures,
                max_record_age=_MAX_RECORD_AGE,
                on_failure=SqsDlq(self.failure_queue),
                filters=[lambda_.FilterCriteria.filter(dict(wanted))],
            )
        )
        review.accept(
            function.own_role,
            "AwsSolutions-IAM5",
            because="Lambda needs dynamodb:ListStreams, which has no resource-level permissions.",
            only=["Resource::*"],
        )
