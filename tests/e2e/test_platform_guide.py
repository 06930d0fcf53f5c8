"""The commands of docs/call-events.md, run by a shell against the deployed service."""

import json
import subprocess

from tests import guide
from tests.e2e.phone_calls import new_caller_number, new_uuid, now, to_text
from tests.e2e.service import PostbackKey, Service

EXAMPLE_CALL = "9b653cf0-4835-493b-860c-aed9b7af2a4a"


def test_the_commands_report_a_call_and_receive_its_tags(
    service: Service, key: PostbackKey, aws_shell: dict[str, str]
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
        env=aws_shell | {"BUS": service.outputs["EventBusName"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    body = done.stdout.strip().splitlines()[-1]
    assert json.loads(body)["detail"]["call_uuid"] == call_uuid
    assert guide.python("new_tags")(body, {}, None) == {"age": "39"}
