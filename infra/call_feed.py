"""The call data table's stream, delivered to the call_feed function, which announces tags."""

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function import PythonFunction
from infra.table_stream import TableStream
from shared.stores import tables

_BATCH_SIZE = 100


class CallFeed(TableStream):
    def __init__(self, scope: Construct, construct_id: str, *, bus: events.IEventBus) -> None:
        super().__init__(scope, construct_id)
        self._bus = bus

    def deliver_to(self, function: PythonFunction, table: dynamodb.ITable) -> None:
        self.deliver(
            function,
            table,
            wanted=CHANGED_CALLS,
            batch_size=_BATCH_SIZE,
            reports_failures=True,
        )
        function.allow(["events:PutEvents"], self._bus.event_bus_arn)


CHANGED_CALLS = {
    "eventName": lambda_.FilterRule.or_("INSERT", "MODIFY"),
    "dynamodb": {
        "Keys": {tables.SORT_KEY: {"S": lambda_.FilterRule.is_equal(tables.CALL_SORT_KEY)}},
        # A call that the platform has not reported yet is not announced.
        "NewImage": {tables.ANNOUNCED_AT_ATTRIBUTE: {"N": lambda_.FilterRule.exists()}},
    },
}
