"""The way out for calls' tags: the call data table's stream, to the call_feed function."""

from typing import cast

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_lambda_event_sources import DynamoEventSource, SqsDlq
from constructs import Construct, IConstruct

from infra import review
from infra.queue import DurableQueue
from shared.stores import tables

_BATCH_SIZE = 100
_LONGEST_DELAY = Duration.hours(12)
"""How long a record that fails is tried again. The stream itself forgets after 24 hours."""


class CallFeed(Construct):
    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.failure_queue = DurableQueue(self, "FailureQueue")
        review.accept(
            self.failure_queue,
            "AwsSolutions-SQS3",
            because="It is a last resort itself: what the feed gave up lies here, for people. No "
            "function receives from it, so nothing can fail into a queue behind it.",
        )

    def deliver_to(self, function: lambda_.Function, table: dynamodb.ITable) -> None:
        function.add_event_source(
            DynamoEventSource(
                table,
                starting_position=lambda_.StartingPosition.TRIM_HORIZON,
                batch_size=_BATCH_SIZE,
                bisect_batch_on_error=True,
                report_batch_item_failures=True,
                max_record_age=_LONGEST_DELAY,
                on_failure=SqsDlq(self.failure_queue),
                filters=[lambda_.FilterCriteria.filter(CHANGED_CALLS)],
            )
        )
        review.accept(
            cast(IConstruct, function.role),
            "AwsSolutions-IAM5",
            because="dynamodb:ListStreams, which Lambda needs to read a stream, knows no resource.",
            only=["Resource::*"],
        )


CHANGED_CALLS = {
    "eventName": lambda_.FilterRule.or_("INSERT", "MODIFY"),
    "dynamodb": {
        "Keys": {tables.SORT_KEY: {"S": lambda_.FilterRule.is_equal(tables.CALL_SORT_KEY)}},
        # Of a call of which the platform has not heard yet there is no news.
        "NewImage": {tables.ANNOUNCED_AT_ATTRIBUTE: {"N": lambda_.FilterRule.exists()}},
    },
}
