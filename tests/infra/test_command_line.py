"""The outputs that the command line reads, and the operators' permission to read them."""

import re
import tomllib
from pathlib import Path

from tests.conftest import Template
from tests.infra.resources import Resources, as_list

PROJECT = Path(__file__).resolve().parents[2]


def test_the_stack_has_the_outputs_that_the_command_line_reads(dev_template: Template) -> None:
    outputs = {"ApiUrl", "EventBusName", "OperatorPolicyArn", "PlatformPolicyArn"}

    assert outputs <= set(dev_template["Outputs"])


def test_operators_may_read_the_outputs_of_this_stack_only(resources: Resources) -> None:
    (statement,) = (
        it
        for it in resources.identity_statements()
        if "cloudformation:DescribeStacks" in as_list(it["Action"])
    )

    assert as_list(statement["Action"]) == ["cloudformation:DescribeStacks"]
    (arn,) = as_list(statement["Resource"])
    assert arn["Fn::Join"][1][-1].endswith(":stack/CallDataWriting/*")


def test_the_command_lines_packages_do_not_ship_to_lambda() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    lock = (PROJECT / "requirements" / "lambda.txt").read_text()

    names = [re.split("[=>]", each)[0] for each in project["dependency-groups"]["cli"]]
    assert names
    assert not [name for name in names if f"\n{name}==" in lock]
