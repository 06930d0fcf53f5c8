"""The postback log's stream, delivered to the activity function, which counts."""

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_

from infra.function import PythonFunction
from infra.table_stream import TableStream

_BATCH_SIZE = 1000
_BATCHING_WINDOW = Duration.seconds(45)
"""Fewer batches mean fewer writes, and every row is counted within a minute."""


class Activity(TableStream):
    def deliver_to(self, function: PythonFunction, table: dynamodb.ITable) -> None:
        self.deliver(
            function,
            table,
            wanted=NEW_ROWS,
            batch_size=_BATCH_SIZE,
            reports_failures=False,
            batching_window=_BATCHING_WINDOW,
        )


NEW_ROWS = {"eventName": lambda_.FilterRule.is_equal("INSERT")}
"""Later changes and deletions of a row do not change the counts."""
