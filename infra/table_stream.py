"""A table's stream to a function, whose failures are tried again for long, and kept in the end."""

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

_LONGEST_DELAY = Duration.hours(12)
"""How long a record that fails is tried again. The stream itself forgets after 24 hours."""


class TableStream(Construct):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.failure_queue = DurableQueue(self, "FailureQueue")
        review.accept(
            self.failure_queue,
            "AwsSolutions-SQS3",
            because="It is a last resort itself: what the function gave up lies here, for people. "
            "No function receives from it, so nothing can fail into a queue behind it.",
        )

    def deliver(
        self,
        function: PythonFunction,
        table: dynamodb.ITable,
        *,
        wanted: Mapping[str, Any],
        batch_size: int,
        reports_failures: bool,
        longest_wait: Duration | None = None,
    ) -> None:
        """Each shard's records in their order, a batch at a time.

        A function that reports no failures fails with its batch.
        """
        function.live.add_event_source(
            DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=batch_size,
                max_batching_window=longest_wait,
                bisect_batch_on_error=True,
                report_batch_item_failures=reports_failures,
                max_record_age=_LONGEST_DELAY,
                on_failure=SqsDlq(self.failure_queue),
                filters=[lambda_.FilterCriteria.filter(dict(wanted))],
            )
        )
        review.accept(
            function.own_role,
            "AwsSolutions-IAM5",
            because="dynamodb:ListStreams, which Lambda needs to read a stream, knows no resource.",
            only=["Resource::*"],
        )
