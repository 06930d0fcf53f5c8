"""The commands of docs/call-events.md, run by a shell against the deployed service."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import guide
from tests.e2e.phone_calls import new_caller_number, new_uuid, now, to_text
from tests.e2e.service import PostbackKey, Service

EXAMPLE_CALL = "9b653cf0-4835-493b-860c-aed9b7af2a4a"


@pytest.fixture
def shell(service: Service, tmp_path: Path) -> dict[str, str]:
    """The environment of a shell whose `aws` uses the service's account."""
    cli = tmp_path / "aws"
    cli.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.e2e.aws_cli "$@"\n')
    cli.chmod(0o755)
    environment = service.aws.environment()
    path = os.pathsep.join([str(tmp_path), environment["PATH"]])
    return environment | {"PATH": path, "BUS": service.outputs["EventBusName"]}


def test_the_commands_report_a_call_and_receive_its_tags(
    service: Service, key: PostbackKey, shell: dict[str, str]
) -> None:
    caller_number, call_uuid = new_caller_number(), new_uuid()
    service.tag(key, caller_number, age="39")
    report, subscribe, receive = guide.blocks("sh")
    this_call = (
        report.replace(EXAMPLE_CALL, call_uuid)
        .replace("+15551234567", caller_number)
        .replace("2026-11-23T08:05:31.656Z", to_text(now()))
    )

    done = subprocess.run(
        ["/bin/sh", "-eu", "-c", "\n".join([subscribe, this_call, receive])],
        env=shell,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    body = done.stdout.strip().splitlines()[-1]
    assert json.loads(body)["detail"]["call_uuid"] == call_uuid
    assert guide.python("new_tags")(body, {}, None) == {"age": "39"}
