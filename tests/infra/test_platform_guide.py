"""The templates and code in the platform's guide, taken from the page."""

import json
from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from infra.call_events import EVENT_PATTERN
from tests import described, guide
from tests.infra.resources import Resources

CALL_UUID = "9b653cf0-4835-493b-860c-aed9b7af2a4a"


@pytest.fixture(scope="module")
def stack() -> Resources:
    app = cdk.App()
    made = guide.python("CallTags")(app, "CallTags", bus_name="the-bus")
    template: Mapping[str, Any] = Template.from_stack(made).to_json()
    return Resources({"Outputs": {}, **template})


def _body(version: int, **members: Any) -> str:
    about = {"call_uuid": CALL_UUID, "version": version, "tags": {"age": str(version)}}
    return json.dumps({"detail": about | members})


def test_the_guides_rule_sends_our_events_to_a_queue(stack: Resources) -> None:
    rule = stack.the_only("AWS::Events::Rule")
    (target,) = rule["Targets"]

    assert rule["EventBusName"] == "the-bus"
    assert rule["EventPattern"] == {
        "source": ["call-data-writing"],
        "detail-type": ["Call Tagged", "Caller Forgotten"],
    }
    assert "RedrivePolicy" in stack.of_type("AWS::SQS::Queue")[target["Arn"]["Fn::GetAtt"][0]]


def test_the_guides_queue_accepts_messages_from_that_rule(stack: Resources) -> None:
    (rule,) = stack.of_type("AWS::Events::Rule")
    allowed = [
        statement
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]

    assert [statement["Principal"] for statement in allowed] == [
        {"Service": "events.amazonaws.com"}
    ]
    assert rule in str(allowed[0]["Condition"])


def test_the_guide_names_every_member_of_the_schemas() -> None:
    assert EVENT_PATTERN.source == ["campaign.platform"]
    for name in (*described.RECEIVED, "call-tagged", "caller-forgotten"):
        assert described.event(name)["title"] in guide.TEXT


def test_the_guides_code_accepts_newer_versions_only() -> None:
    new_tags, versions = guide.python("new_tags"), dict[str, int]()

    tags = [new_tags(_body(version), versions, None) for version in (1, 1, 5, 3, 5, 6)]

    assert tags == [{"age": "1"}, None, {"age": "5"}, None, None, {"age": "6"}]


def test_the_guides_code_reads_omitted_tags_and_drops_older_events() -> None:
    new_tags, versions = guide.python("new_tags"), dict[str, int]()
    schemas = described.load(described.OPERATOR)["components"]["schemas"]
    call = {"version": 9, "tags": [{"name": "age", "value": "39"}]}

    tags = new_tags(_body(4, tags={}, tags_omitted=True), versions, {CALL_UUID: call}.__getitem__)

    assert tags == {"age": "39"}
    assert new_tags(_body(8), versions, None) is None
    assert call.keys() <= schemas["CallAnswer"]["properties"].keys()
    assert {"name", "value"} <= schemas["TagAnswer"]["properties"].keys()


def test_the_guides_call_tagged_matches_its_schema() -> None:
    (example,) = guide.blocks("json")

    assert json.loads(example) in described.event("call-tagged")["examples"]
