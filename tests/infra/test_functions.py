"""The Lambda functions: their configuration, and the contract between code and deployment."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.operator_api.forgetting import SETTLING_SECONDS
from infra.bundle.building import CODE, ROOT
from infra.environment import ENVIRONMENTS
from infra.functions import FUNCTIONS
from shared.runtime import time_limits
from shared.stores.key_cache import KEY_CACHE_SECONDS
from tests import synthesis
from tests.infra.resources import Resources, as_list


@pytest.fixture
def resources(all_functions: Resources) -> Resources:
    return all_functions


def test_every_package_of_functions_is_in_the_registry_and_deployed(resources: Resources) -> None:
    packages = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}

    assert resources.functions().keys() == packages == FUNCTIONS.keys()


def test_functions_run_on_the_newest_runtime_and_on_arm(resources: Resources) -> None:
    for function in resources.functions().values():
        assert function["Runtime"] == "python3.14"
        assert function["Architectures"] == ["arm64"]


@pytest.mark.parametrize("package", FUNCTIONS)
def test_the_environment_of_a_function_is_exactly_what_its_settings_read(
    resources: Resources, package: str
) -> None:
    variables = resources.functions()[package]["Environment"]["Variables"]

    assert variables.keys() == {name.upper() for name in FUNCTIONS[package].settings.names()}
    assert all(variables.values())


@pytest.mark.parametrize("package", FUNCTIONS)
def test_a_handler_can_be_imported_with_its_configured_environment(
    package: str,
) -> None:
    function = Resources(synthesis.complete_template("dev")).functions()[package]
    variables = dict.fromkeys(function["Environment"]["Variables"], "1")
    module, name = function["Handler"].rsplit(".", 1)

    # In a separate process, because a module reads its environment only once.
    subprocess.run(
        [sys.executable, "-W", "error", "-c", f"from {module} import {name}"],
        env=variables | {"AWS_DEFAULT_REGION": "us-east-1"},
        cwd=ROOT,
        check=True,
    )

    assert module.split(".")[0] in CODE


def test_every_function_has_its_own_log_group_with_a_retention(
    resources: Resources,
) -> None:
    log_groups = resources.of_type("AWS::Logs::LogGroup")
    written = [f["LoggingConfig"]["LogGroup"]["Ref"] for f in resources.functions().values()]

    assert len(set(written)) == len(written)
    assert all(log_groups[name]["RetentionInDays"] for name in written)


@pytest.mark.parametrize("package", FUNCTIONS)
def test_a_function_may_write_to_its_own_log_group_only(resources: Resources, package: str) -> None:
    own = resources.functions()[package]["LoggingConfig"]["LogGroup"]["Ref"]
    logging = [
        statement
        for statement in resources.statements_of(package)
        if any(action.startswith("logs:") for action in as_list(statement["Action"]))
    ]

    assert [statement["Resource"] for statement in logging] == [{"Fn::GetAtt": [own, "Arn"]}]
    for name, role in resources.of_type("AWS::IAM::Role").items():
        # CodeDeploy's role has AWS's managed policy.
        assert "ManagedPolicyArns" not in role or "Rollout" in name


def test_all_functions_run_from_one_asset(resources: Resources) -> None:
    """Two assets of one source with different bundlers would get the same hash."""
    code = {json.dumps(f["Code"], sort_keys=True) for f in resources.functions().values()}

    assert len(code) == 1


def test_cache_and_settling_times_match_the_code(resources: Resources) -> None:
    """Only tests on their own stack shorten them."""
    given = {
        (name, value)
        for function in resources.functions().values()
        for name, value in function["Environment"]["Variables"].items()
        if name in ("KEY_CACHE_SECONDS", "SETTLING_SECONDS")
    }

    assert given == {
        ("KEY_CACHE_SECONDS", str(KEY_CACHE_SECONDS)),
        ("SETTLING_SECONDS", f"{SETTLING_SECONDS:g}"),
    }


LONGEST_SECONDS = {
    "data_writing": time_limits.POSTING_SECONDS
    + time_limits.LOG_ROW_SECONDS
    + 2 * time_limits.MAX_LAST_REQUEST_SECONDS,
    "call_events": time_limits.CALL_EVENTS_SECONDS + time_limits.MAX_LAST_REQUEST_SECONDS,
    "call_feed": time_limits.ANNOUNCEMENTS_SECONDS + time_limits.MAX_LAST_REQUEST_SECONDS,
    "platform_api": 2,
    "connect_flow": 2 + time_limits.MAX_LAST_REQUEST_SECONDS,
    "activity": time_limits.ACTIVITY_SECONDS + time_limits.MAX_LAST_REQUEST_SECONDS,
    "key_watch": time_limits.WATCH_SECONDS + time_limits.MAX_LAST_REQUEST_SECONDS,
}
"""The longest that a function waits for AWS. Its own computing comes on top."""

BEHIND_A_GATEWAY = [p for p, function in FUNCTIONS.items() if function.serves]


def test_every_function_has_a_known_longest_wait_or_is_behind_a_gateway() -> None:
    assert LONGEST_SECONDS.keys() | {*BEHIND_A_GATEWAY} == FUNCTIONS.keys()


@pytest.mark.parametrize("package", LONGEST_SECONDS)
def test_timeouts_are_longer_than_the_longest_wait_for_aws(
    resources: Resources, package: str
) -> None:
    """A function that times out can neither return a 503 nor report its failures."""
    # A flow waits for eight seconds at most.
    for_itself = 2 if package == "connect_flow" else 5

    assert resources.functions()[package]["Timeout"] >= LONGEST_SECONDS[package] + for_itself


@pytest.mark.parametrize("package", BEHIND_A_GATEWAY)
def test_functions_behind_a_gateway_time_out_before_it(resources: Resources, package: str) -> None:
    assert resources.functions()[package]["Timeout"] < 30


def test_the_longest_last_request_follows_from_the_clients_timeouts() -> None:
    config: Any = time_limits.CLIENT
    attempt = config.connect_timeout + config.read_timeout
    longest_pause = 1  # botocore's, before its second attempt
    assert config.retries["total_max_attempts"] == 2
    assert longest_pause + attempt == time_limits.MAX_LAST_REQUEST_SECONDS


def test_a_call_report_gets_a_response_within_two_seconds_whatever_hangs() -> None:
    config: Any = time_limits.ROUTING_CLIENT
    last_request = config.connect_timeout + config.read_timeout

    assert time_limits.ROUTING_SECONDS + last_request < 2


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_environment_is_found_under_its_own_name(name: str) -> None:
    assert ENVIRONMENTS[name].name == name


def test_all_code_packages_ship() -> None:
    assert {path.name for path in map(Path, CODE)} == {"functions", "shared"}
    assert all((ROOT / name / "__init__.py").is_file() for name in CODE)
