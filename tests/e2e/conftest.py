"""Deploys the service once onto an embedded AWS, for all tests."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser

from infra.local.deployment import api_url, deploy
from infra.local.embedded_aws import PROJECT, EmbeddedAws
from tests.e2e.browser import Tab, new_person, running
from tests.e2e.mailbox import Mailbox, subscribe
from tests.e2e.phone_calls import new_caller_number
from tests.e2e.service import STACK_DUMPS, WAITS, PostbackKey, Service, change_settings

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef
    from mypy_boto3_sqs import SQSClient

_HERE = Path(__file__).parent
_EVIDENCE = PROJECT / ".local" / "e2e"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """Start an embedded AWS that enforces the functions' roles."""
    log = tmp_path_factory.mktemp("embedded_aws") / "ministack.log"
    with EmbeddedAws(port=None, auth=True, log=log) as running:
        yield running


@pytest.fixture(scope="session")
def service(
    aws: EmbeddedAws, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Service]:
    """The deployed service. If a test fails, its logs are kept in .local/e2e."""
    failed_before = request.session.testsfailed
    outputs = deploy(aws, log=tmp_path_factory.mktemp("deployment") / "deploy.log")
    change_settings(aws.client("lambda"), _shorter_waits)
    service = service_of(aws, outputs)
    yield service
    if request.session.testsfailed > failed_before:
        _EVIDENCE.mkdir(parents=True, exist_ok=True)
        service.write_logs(_EVIDENCE)
        shutil.copy(aws.log, _EVIDENCE)


@pytest.fixture
def aws_shell(service: Service, tmp_path: Path) -> dict[str, str]:
    """The environment of a shell whose `aws` uses the service's account."""
    cli = tmp_path / "aws"
    cli.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.e2e.aws_cli "$@"\n')
    cli.chmod(0o755)
    environment = service.aws.environment()
    return environment | {"PATH": os.pathsep.join([str(tmp_path), environment["PATH"]])}


def service_of(aws: EmbeddedAws, outputs: dict[str, str]) -> Service:
    """Return the deployed service, with mailboxes for what it announces and cannot read."""
    sqs: SQSClient = aws.client("sqs")
    events: EventBridgeClient = aws.client("events")
    return Service(
        aws=aws,
        api_url=api_url(aws),
        outputs=outputs,
        dynamodb=aws.client("dynamodb"),
        events=events,
        announced=Mailbox(sqs, subscribe(sqs, events, outputs["EventBusName"])),
        dead_letters=Mailbox(sqs, outputs["CallEventsDeadLetterQueueUrl"]),
    )


@pytest.fixture(scope="session")
def publisher_id(service: Service) -> str:
    return service.new_publisher()


@pytest.fixture
def key(service: Service, publisher_id: str) -> PostbackKey:
    """A postback key for this test alone, with the default durations."""
    return service.new_key(publisher_id)


@pytest.fixture(scope="session")
def platform_key(service: Service) -> str:
    return service.new_platform_key()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with running() as browser:
        yield browser


@pytest.fixture(scope="session")
def visitor(browser: Browser) -> Tab:
    """A tab that is not signed in. Creating one takes longer than most tests."""
    return Tab(new_person(browser))


@pytest.fixture
def tab(visitor: Tab) -> Tab:
    visitor.context.clear_cookies()
    visitor.start_over(width=1100)
    return visitor


@pytest.fixture
def caller_number() -> str:
    return new_caller_number()


def _shorter_waits(function: "FunctionConfigurationTypeDef") -> dict[str, str]:
    """Return the shorter waits of a function; tests/infra checks the real ones."""
    variables = function.get("Environment", {}).get("Variables", {})
    return STACK_DUMPS | {name: WAITS[name] for name in variables.keys() & WAITS.keys()}
