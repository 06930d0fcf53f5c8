"""The five tables: call data, postback keys, the postback log, activity, and history."""

from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.environment import Environment
from infra.function import PythonFunction
from infra.functions import ACTIVITY, CALL_DATA, HISTORY, POSTBACK_KEYS, POSTBACK_LOG
from shared.stores import tables

INDEXES = {
    POSTBACK_KEYS: (tables.KEYS_BY_PUBLISHER_INDEX,),
    POSTBACK_LOG: (tables.LOG_BY_CALLER_INDEX,),
}


class Database(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self.call_data = table(
            self, "CallData", environment, stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES
        )
        # Keys are never deleted by time to live. A key's `expires_at` only ends its use.
        self.postback_keys = table(self, "PostbackKeys", environment, time_to_live_attribute=None)
        self.postback_keys.add_global_secondary_index(
            index_name=tables.KEYS_BY_PUBLISHER_INDEX,
            partition_key=_string(tables.PUBLISHER_ID_ATTRIBUTE),
            sort_key=_string(tables.CREATED_AT_ATTRIBUTE),
            **_maxima(environment),
        )
        self.postback_log = table(
            self, "PostbackLog", environment, stream=dynamodb.StreamViewType.NEW_IMAGE
        )
        self.postback_log.add_global_secondary_index(
            index_name=tables.LOG_BY_CALLER_INDEX,
            partition_key=_string(tables.CALLER_NUMBER_ATTRIBUTE),
            sort_key=_string(tables.SORT_KEY),
            # Tags are most of a row's size, and are read from the table.
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=list(tables.LOG_BY_CALLER_ATTRIBUTES),
            **_maxima(environment),
        )
        self.activity = table(self, "Activity", environment)
        self.history = table(self, "History", environment)
        self.tables = {
            CALL_DATA: self.call_data,
            POSTBACK_KEYS: self.postback_keys,
            POSTBACK_LOG: self.postback_log,
            ACTIVITY: self.activity,
            HISTORY: self.history,
        }

    @property
    def settings(self) -> dict[str, str]:
        return {f"{name}_table": table.table_name for name, table in self.tables.items()}

    @property
    def outputs(self) -> dict[str, str]:
        return {f"{t.node.id}TableName": t.table_name for t in self.tables.values()}

    def grant_to(self, function: PythonFunction) -> None:
        """Allow the function the operations that the registry lists for it, and no others."""
        for name, operations in function.entry.tables.items():
            function.allow((f"dynamodb:{o}" for o in operations), self.tables[name].table_arn)
        for name in function.entry.indexes:
            arn = self.tables[name].table_arn
            function.allow(["dynamodb:Query"], *(f"{arn}/index/{i}" for i in INDEXES[name]))


def table(
    scope: Construct, construct_id: str, environment: Environment, **options: Any
) -> dynamodb.Table:
    """Create a table with the defaults of all tables, changed by `options` of the CDK."""
    return dynamodb.Table(
        scope,
        construct_id,
        partition_key=_string(tables.PARTITION_KEY),
        sort_key=_string(tables.SORT_KEY),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.AWS_MANAGED,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        removal_policy=environment.removal_policy,
        deletion_protection=environment.deletion_protection,
        **_maxima(environment),
        **{"time_to_live_attribute": tables.TTL_ATTRIBUTE} | options,
    )


def _maxima(environment: Environment) -> dict[str, Any]:
    """Return the options that bound what a table or an index can cost in a flood."""
    most = environment.most_table_units
    return {"max_read_request_units": most, "max_write_request_units": most}


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
