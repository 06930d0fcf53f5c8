"""Phone systems that report calls by events: the rules, and who may send to the queue."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from infra.environment import DEV, LOCAL, PROD, Environment
from tests import synthesis
from tests.infra.resources import Properties, Resources

INSTANCE_ID = "7c1d5f0a-93b6-4e8e-a7a4-2f60c1b95d38"
INSTANCE = f"arn:aws:connect:eu-central-1:210987654321:instance/{INSTANCE_ID}"
OTHER_INSTANCE = INSTANCE.replace("7c1d", "0000")
GENESYS = "aws.partner/genesys.com/cloud/3f2b/tags"

Matches = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]


def _resources(environment: Environment) -> Resources:
    return Resources(synthesis.service_template(environment))


def _rule(resources: Resources, word: str) -> tuple[str, Properties]:
    """Return the ID and the properties of the rule whose description has a word."""
    ((name, rule),) = (
        (name, rule)
        for name, rule in resources.of_type("AWS::Events::Rule").items()
        if word in rule["Description"]
    )
    return name, rule


def _contact_event(**changes: Any) -> dict[str, Any]:
    return {
        "source": "aws.connect",
        "detail-type": "Amazon Connect Contact Event",
        "detail": {"eventType": "INITIATED", "instanceArn": INSTANCE},
    } | changes


@pytest.mark.parametrize(
    ("changes", "is_matched"),
    [
        ({}, True),
        ({"detail-type": "Connect Customer Contact Event"}, True),
        ({"detail": {"EventType": "INITIATED", "InstanceArn": INSTANCE}}, True),
        ({"detail-type": "Amazon Connect Agent Event"}, False),
        ({"source": "campaign.platform"}, False),
        ({"detail": {"eventType": "INITIATED", "instanceArn": OTHER_INSTANCE}}, False),
        ({"detail": {"eventType": "INITIATED"}}, False),
    ],
)
def test_the_rule_takes_contact_events_of_the_instance_only(
    matches: Matches, changes: dict[str, Any], is_matched: bool
) -> None:
    _, rule = _rule(_resources(replace(DEV, amazon_connect_instance=INSTANCE)), "Connect")

    assert "EventBusName" not in rule  # the default bus
    assert matches(rule["EventPattern"], _contact_event(**changes)) is is_matched


def test_an_instance_given_by_its_id_is_in_the_stacks_account_and_region() -> None:
    _, rule = _rule(_resources(replace(DEV, amazon_connect_instance=INSTANCE_ID)), "Connect")

    (arn,) = rule["EventPattern"]["detail"]["$or"][0]["instanceArn"]
    assert [part for part in arn["Fn::Join"][1] if isinstance(part, dict)] == [
        {"Ref": "AWS::Partition"},
        {"Ref": "AWS::Region"},
        {"Ref": "AWS::AccountId"},
    ]
    assert arn["Fn::Join"][1][-1] == f":instance/{INSTANCE_ID}"


def test_all_instances_are_taken_only_if_the_setting_says_so(matches: Matches) -> None:
    _, rule = _rule(_resources(replace(DEV, amazon_connect_instance="*")), "Connect")

    other = {"eventType": "INITIATED", "instanceArn": OTHER_INSTANCE}
    assert matches(rule["EventPattern"], _contact_event(detail=other))
    assert not matches(rule["EventPattern"], _contact_event(source="aws.ec2"))


def test_genesys_events_come_from_the_partner_bus_of_their_source(matches: Matches) -> None:
    _, rule = _rule(_resources(replace(DEV, genesys_event_source=GENESYS)), "Genesys")
    event = {"source": GENESYS, "detail-type": "v2.detail.events.conversation.1.customer.end"}

    assert rule["EventBusName"] == GENESYS
    assert matches(rule["EventPattern"], event)
    assert not matches(rule["EventPattern"], event | {"source": f"{GENESYS}/other"})


def test_the_embedded_aws_takes_both_systems_events_from_the_default_bus() -> None:
    resources = _resources(replace(LOCAL, embedded_api_id="call-data"))

    for word in ("Connect", "Genesys"):
        _, rule = _rule(resources, word)
        assert "EventBusName" not in rule


@pytest.mark.parametrize("word", ["Connect", "Genesys"])
def test_only_the_rule_may_send_and_what_cannot_be_delivered_is_kept(word: str) -> None:
    resources = _resources(
        replace(DEV, amazon_connect_instance=INSTANCE, genesys_event_source=GENESYS)
    )
    name, rule = _rule(resources, word)
    (target,) = rule["Targets"]
    queue = target["Arn"]
    letters = resources.functions()["call_events"]["Environment"]["Variables"]

    assert queue == resources.event_source_of("call_events")["EventSourceArn"]
    assert (
        target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
        == (letters["DEAD_LETTER_QUEUE_URL"]["Ref"])
    )
    for arn in (queue, target["DeadLetterConfig"]["Arn"]):
        (statement,) = (
            statement
            for policy in resources.of_type("AWS::SQS::QueuePolicy").values()
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Resource"] == arn and name in str(statement.get("Condition"))
        )
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Condition"] == {
            "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [name, "Arn"]}}
        }


@pytest.mark.parametrize(
    ("instance", "account"),
    [(INSTANCE, "210987654321"), (INSTANCE_ID, {"Ref": "AWS::AccountId"})],
)
def test_only_the_flows_of_the_instance_may_invoke_the_flows_function(
    instance: str, account: object
) -> None:
    resources = _resources(replace(PROD, amazon_connect_instance=instance))
    (permission,) = (
        permission
        for permission in resources.of_type("AWS::Lambda::Permission").values()
        if permission["Principal"] == "connect.amazonaws.com"
    )

    assert permission["Action"] == "lambda:InvokeFunction"
    assert resources.function_behind(permission["FunctionName"]) == (
        resources.function_id("connect_flow")
    )
    assert permission["SourceAccount"] == account
    assert INSTANCE_ID in str(permission["SourceArn"])
    # In production a flow invokes the alias, which a deployment moves.
    assert resources.outputs["ConnectFlowArn"]["Value"] == permission["FunctionName"]
    assert "AWS::Lambda::Alias" in str(resources.by_id[permission["FunctionName"]["Ref"]]["Type"])


@pytest.mark.parametrize("environment", [DEV, PROD], ids=["dev", "prod"])
def test_without_the_settings_no_phone_system_reports_by_events(environment: Environment) -> None:
    resources = _resources(environment)
    (rule,) = resources.of_type("AWS::Events::Rule").values()

    assert rule["EventPattern"]["source"] == ["campaign.platform"]
    assert "connect_flow" not in resources.functions()


@pytest.mark.parametrize("is_asked_for", [False, True])
def test_ends_are_announced_if_the_environment_asks_for_it(is_asked_for: bool) -> None:
    resources = _resources(replace(DEV, announce_ends=is_asked_for))
    variables = resources.functions()["call_feed"]["Environment"]["Variables"]

    assert variables["ANNOUNCE_ENDS"] == ("true" if is_asked_for else "false")
