"""The way to the counts: the postback log's stream, to the activity function."""

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

from infra.function import PythonFunction
from infra.table_stream import TableStream

_BATCH_SIZE = 1000
_LONGEST_WAIT = Duration.seconds(45)
"""The fewer batches, the fewer writes; and nothing is counted more than a minute late."""


class Activity(TableStream):
    def deliver_to(self, function: PythonFunction, table: dynamodb.ITable) -> None:
        self.deliver(
            function,
            table,
            wanted=NEW_ROWS,
            batch_size=_BATCH_SIZE,
            reports_failures=False,
            longest_wait=_LONGEST_WAIT,
        )


NEW_ROWS = {"eventName": lambda_.FilterRule.is_equal("INSERT")}
"""What is changed in a row, or forgotten, was counted when it came."""
