"""The stack as a whole: names, outputs, retention, and synthesis without AWS."""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import aws_cdk as cdk
import pytest

from infra.environment import ENVIRONMENTS, Environment
from infra.functions import FUNCTIONS
from infra.stack import CallDataWritingStack
from tests import synthesis
from tests.infra.resources import Resources

# CloudFormation requires a name for a bus. The CDK derives it from the stack's name.
NAMED_BY_NECESSITY = {
    "AWS::ApiGatewayV2::Api",
    "AWS::Events::EventBus",
    "AWS::IAM::Policy",
    "AWS::Lambda::Alias",
}

NAMES = (
    "TableName",
    "FunctionName",
    "QueueName",
    "LogGroupName",
    "RoleName",
    "ManagedPolicyName",
    "Name",
    "PolicyName",
)


def _app(**context: Any) -> cdk.App:
    return synthesis.app(**context)


def test_resources_have_no_fixed_names_so_that_two_stacks_can_coexist(
    resources: Resources,
) -> None:
    named = {
        logical_id: name
        for logical_id, resource in resources.by_id.items()
        for name in NAMES
        if isinstance(resource.get("Properties", {}).get(name), str)
        and resource["Type"] not in NAMED_BY_NECESSITY
    }

    assert named == {}


def test_the_bus_is_named_after_its_stack(resources: Resources) -> None:
    assert resources.the_only("AWS::Events::EventBus")["Name"].startswith("CallDataWriting")


def test_in_production_logs_outlive_their_stack_and_the_stack_is_protected(
    prod: Resources,
) -> None:
    for logical_id in prod.of_type("AWS::Logs::LogGroup"):
        assert prod.by_id[logical_id]["DeletionPolicy"] == "RetainExceptOnCreate"
    stack = CallDataWritingStack(_app(), "Prod", environment=ENVIRONMENTS["prod"])
    assert stack.termination_protection is True


def test_production_keeps_its_logs_longer_than_development(dev: Resources, prod: Resources) -> None:
    def retention(resources: Resources) -> int:
        days = {g["RetentionInDays"] for g in resources.of_type("AWS::Logs::LogGroup").values()}
        (of_all_but_the_audit,) = days - {400}
        return int(of_all_but_the_audit)

    assert retention(dev) < retention(prod)


def test_the_outputs_name_the_resources(resources: Resources) -> None:
    assert resources.outputs.keys() >= {
        "ApiUrl",
        "PostingUrl",
        "EventBusName",
        "CallDataTableName",
        "PostbackKeysTableName",
        "PostbackLogTableName",
        "CallEventsDeadLetterQueueUrl",
        *(function.log_group_output for function in FUNCTIONS.values() if not function.only_with),
    }


def test_synthesis_needs_no_access_to_aws(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dev_template: Mapping[str, Any]
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("synthesis opened a connection")

    for name in [name for name in os.environ if name.startswith(("AWS_", "CDK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    app = synthesis.app(outdir=str(tmp_path))
    CallDataWritingStack(app, "CallDataWriting", environment=ENVIRONMENTS["dev"])

    app.synth()

    # The CDK would list lookups in an AWS account here.
    assert "missing" not in json.loads((tmp_path / "manifest.json").read_text())
    template = json.loads((tmp_path / "CallDataWriting.template.json").read_text())
    assert template == dev_template


@pytest.mark.parametrize(("context", "name"), [({}, "dev"), ({"environment": "dev"}, "dev")])
def test_the_environment_is_named_by_the_context(context: dict[str, str], name: str) -> None:
    assert Environment.of(_app(**context).node).name == name


def test_an_unknown_environment_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown environment 'staging'\. Use one of: dev, prod"):
        Environment.of(_app(environment="staging").node)


def test_on_the_embedded_aws_a_tag_sets_the_apis_id() -> None:
    environment = Environment.of(_app(environment="local", embedded_api_id="call-data").node)
    stack = CallDataWritingStack(_app(), "CallDataWriting", environment=environment)
    template = Resources(cdk.assertions.Template.from_stack(stack).to_json())

    assert environment.is_embedded
    assert template.the_services("AWS::ApiGatewayV2::Api")["Tags"] == {"ms-custom-id": "call-data"}


def test_on_aws_the_api_has_no_chosen_id(resources: Resources) -> None:
    assert "Tags" not in resources.the_services("AWS::ApiGatewayV2::Api")


def test_the_audit_is_kept_for_400_days(resources: Resources) -> None:
    group = resources.functions()["operator_api"]["LoggingConfig"]["LogGroup"]["Ref"]

    assert resources.of_type("AWS::Logs::LogGroup")[group]["RetentionInDays"] == 400
