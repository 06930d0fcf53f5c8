"""The tables: recovery, encryption, expiry, streams and indexes."""

import pytest

from infra.account import quotas
from infra.environment import ENVIRONMENTS
from shared.stores import tables
from tests import synthesis
from tests.infra.resources import Resources

TABLE = "AWS::DynamoDB::Table"


def test_every_table_can_be_restored_to_any_point_in_time(resources: Resources) -> None:
    for table in resources.of_type(TABLE).values():
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_every_table_except_keys_expires_items_by_the_stores_attribute(
    resources: Resources,
) -> None:
    for name, table in resources.of_type(TABLE).items():
        # Keys have an attribute of that name too, which must not delete them.
        if "PostbackKeys" in name:
            assert "TimeToLiveSpecification" not in table
        else:
            assert table["TimeToLiveSpecification"] == {
                "AttributeName": tables.TTL_ATTRIBUTE,
                "Enabled": True,
            }


def test_every_table_is_encrypted_and_on_demand(resources: Resources) -> None:
    for table in resources.of_type(TABLE).values():
        assert table["SSESpecification"]["SSEEnabled"] is True
        assert table["BillingMode"] == "PAY_PER_REQUEST"


@pytest.mark.parametrize(("name", "units"), [("dev", 2_000), ("prod", 40_000)])
def test_what_a_flood_can_cost_is_bounded_at_every_table_and_index(name: str, units: int) -> None:
    environment = ENVIRONMENTS[name]
    found = Resources(synthesis.named_template(name)).of_type(TABLE).values()
    indexes = [index for table in found for index in table.get("GlobalSecondaryIndexes", [])]

    for each in (*found, *indexes):
        assert each["OnDemandThroughput"] == {
            "MaxReadRequestUnits": units,
            "MaxWriteRequestUnits": units,
        }
    # Nothing that the API's throttle admits is throttled at a table.
    assert units >= environment.throttling_rate * quotas.WRITES_PER_POSTING


def test_every_table_has_the_keys_that_the_stores_use(resources: Resources) -> None:
    for table in resources.of_type(TABLE).values():
        assert [key["AttributeName"] for key in table["KeySchema"]] == [
            tables.PARTITION_KEY,
            tables.SORT_KEY,
        ]


def test_in_production_tables_outlive_their_stack(prod: Resources) -> None:
    for logical_id, table in prod.of_type(TABLE).items():
        assert prod.by_id[logical_id]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert prod.by_id[logical_id]["UpdateReplacePolicy"] == "Retain"
        assert table["DeletionProtectionEnabled"] is True


def test_in_development_tables_are_deleted_with_their_stack(dev: Resources) -> None:
    for logical_id, table in dev.of_type(TABLE).items():
        assert dev.by_id[logical_id]["DeletionPolicy"] == "Delete"
        assert not table.get("DeletionProtectionEnabled")


def test_call_data_streams_old_and_new_images(
    resources: Resources,
) -> None:
    source = resources.event_source_of("call_feed")["EventSourceArn"]["Fn::GetAtt"]
    table = resources.of_type(TABLE)[source[0]]

    assert source[1] == "StreamArn"
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"


def test_the_log_streams_new_images(resources: Resources) -> None:
    source = resources.event_source_of("activity")["EventSourceArn"]["Fn::GetAtt"]
    table = resources.of_type(TABLE)[source[0]]

    assert "PostbackLog" in source[0]
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"


def test_the_logs_index_has_no_tags(resources: Resources) -> None:
    (index,) = (
        index
        for table in resources.of_type(TABLE).values()
        for index in table.get("GlobalSecondaryIndexes", [])
        if index["IndexName"] == tables.LOG_BY_CALLER_INDEX
    )

    assert index["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["posting_id", "key_id", "call_uuid"],
    }


def test_the_log_can_be_read_by_caller_and_the_keys_by_publisher(resources: Resources) -> None:
    indexes = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for table in resources.of_type(TABLE).values()
        for index in table.get("GlobalSecondaryIndexes", [])
    }

    assert indexes == {
        tables.LOG_BY_CALLER_INDEX: [tables.CALLER_NUMBER_ATTRIBUTE, tables.SORT_KEY],
        tables.KEYS_BY_PUBLISHER_INDEX: [
            tables.PUBLISHER_ID_ATTRIBUTE,
            tables.CREATED_AT_ATTRIBUTE,
        ],
    }
