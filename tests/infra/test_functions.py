"""What is decided about the functions, and the contract between their code and their deployment."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bundle import CODE, ROOT
from infra.environment import ENVIRONMENTS
from shared import settings
from tests.infra.resources import Resources, as_list

SETTINGS = {
    "data_writing": settings.DataWritingSettings,
    "call_events": settings.CallEventsSettings,
    "call_feed": settings.CallFeedSettings,
    "operator_api": settings.OperatorApiSettings,
}


def test_every_package_of_functions_is_deployed(resources: Resources) -> None:
    packages = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}

    assert resources.functions().keys() == packages == SETTINGS.keys()


def test_functions_run_on_the_newest_runtime_and_on_arm(resources: Resources) -> None:
    for function in resources.functions().values():
        assert function["Runtime"] == "python3.14"
        assert function["Architectures"] == ["arm64"]


@pytest.mark.parametrize("package", SETTINGS)
def test_the_environment_of_a_function_is_exactly_what_its_settings_read(
    resources: Resources, package: str
) -> None:
    variables = resources.functions()[package]["Environment"]["Variables"]
    fields = dataclasses.fields(SETTINGS[package])

    assert variables.keys() == {field.name.upper() for field in fields}
    assert all(variables.values())


@pytest.mark.parametrize("package", SETTINGS)
def test_a_handler_imports_where_its_configuration_says_with_the_environment_it_is_given(
    dev: Resources, package: str
) -> None:
    function = dev.functions()[package]
    variables = dict.fromkeys(function["Environment"]["Variables"], "1")
    module, name = function["Handler"].rsplit(".", 1)

    # In a process of its own, since a module reads its environment once.
    subprocess.run(
        [sys.executable, "-W", "error", "-c", f"from {module} import {name}"],
        env=variables | {"AWS_DEFAULT_REGION": "us-east-1"},
        cwd=ROOT,
        check=True,
    )

    assert module.split(".")[0] in CODE


def test_every_function_writes_to_a_log_group_of_its_own_that_forgets(
    resources: Resources,
) -> None:
    log_groups = resources.of_type("AWS::Logs::LogGroup")
    written = [f["LoggingConfig"]["LogGroup"]["Ref"] for f in resources.functions().values()]

    assert len(set(written)) == len(written)
    assert all(log_groups[name]["RetentionInDays"] for name in written)


@pytest.mark.parametrize("package", SETTINGS)
def test_a_function_may_write_to_its_own_log_group_only(resources: Resources, package: str) -> None:
    own = resources.functions()[package]["LoggingConfig"]["LogGroup"]["Ref"]
    logging = [
        statement
        for statement in resources.statements_of(package)
        if any(action.startswith("logs:") for action in as_list(statement["Action"]))
    ]

    assert [statement["Resource"] for statement in logging] == [{"Fn::GetAtt": [own, "Arn"]}]
    assert not any("ManagedPolicyArns" in r for r in resources.of_type("AWS::IAM::Role").values())


def test_all_functions_run_from_one_asset(resources: Resources) -> None:
    """Two assets of one source and different bundlers would get the same hash."""
    code = {json.dumps(f["Code"], sort_keys=True) for f in resources.functions().values()}

    assert len(code) == 1


def test_functions_are_given_as_much_time_as_their_longest_retries_take(
    resources: Resources,
) -> None:
    """A function cut off by its own time-out could not say 503, nor report its failures."""
    for function in resources.functions().values():
        assert function["Timeout"] >= 15


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_is_found_under_its_own_name(name: str) -> None:
    assert ENVIRONMENTS[name].name == name


def test_the_code_to_ship_is_all_there_is_of_it() -> None:
    assert {path.name for path in map(Path, CODE)} == {"functions", "shared"}
    assert all((ROOT / name / "__init__.py").is_file() for name in CODE)
