"""`calltags` against the deployed service, found by the file of `make run` and by its stack."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.deployment import SERVICE_STACK
from infra.local.embedded_aws import PROJECT
from infra.local.waiting import eventually
from tests.e2e.phone_calls import new_caller_number, new_uuid
from tests.e2e.service import Service

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

Finished = subprocess.CompletedProcess[str]
Calltags = Callable[..., Finished]

PROGRAM = [sys.executable, "-m", "cli"]


@pytest.fixture
def environment(service: Service, tmp_path: Path) -> dict[str, str]:
    """The environment of a shell that can import the code and reaches only the embedded AWS."""
    return service.aws.environment() | {
        "PYTHONPATH": str(PROJECT),
        "PYTHONIOENCODING": "utf-8",
        "HOME": str(tmp_path),
        "COLUMNS": "140",
    }


@pytest.fixture
def run_directory(service: Service, tmp_path: Path) -> Path:
    """A directory with the file that `make run` writes."""
    facts = {
        "api_url": service.api_url,
        "endpoint_url": service.aws.endpoint_url,
        "region": service.aws.region,
        "event_bus": service.outputs["EventBusName"],
        "credentials": {
            "access_key_id": service.aws.access_key_id,
            "secret_access_key": service.aws.secret_access_key,
        },
    }
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "run.json").write_text(json.dumps(facts))
    return tmp_path


@pytest.fixture
def calltags(environment: Mapping[str, str], run_directory: Path) -> Calltags:
    """Runs `calltags --local …`, or `calltags …` with `local=False` and more environment."""

    def run(*arguments: str, local: bool = True, env: Mapping[str, str] | None = None) -> Finished:
        return subprocess.run(
            [*PROGRAM, *(["--local"] if local else []), *arguments],
            cwd=run_directory,
            env={**environment, **(env or {})},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run


def result_of(finished: Finished) -> Any:
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def log(calltags: Calltags, *arguments: str) -> list[dict[str, Any]]:
    finished = calltags("log", *arguments)
    assert finished.returncode == 0, finished.stderr
    return [json.loads(line) for line in finished.stdout.splitlines()]


def new_key(calltags: Calltags, *options: str) -> dict[str, Any]:
    publisher = result_of(calltags("publishers", "add", "Acme Leads"))
    key: dict[str, Any] = result_of(
        calltags("keys", "add", publisher["publisher_id"], "CRM", *options)
    )
    return key


def new_user(service: Service, *policies: str) -> dict[str, str]:
    """The environment of an IAM user with these policies, by the names of the stack's outputs."""
    iam: IAMClient = service.aws.client("iam")
    name = new_uuid()
    iam.create_user(UserName=name)
    for policy in policies:
        iam.attach_user_policy(UserName=name, PolicyArn=service.outputs[policy])
    access_key = iam.create_access_key(UserName=name)["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": access_key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": access_key["SecretAccessKey"],
        "CALLTAGS_STACK": SERVICE_STACK,
    }


def allow_describing_stacks(service: Service, user: Mapping[str, str]) -> None:
    # The operator policy allows it for one stack. The embedded AWS does not see which stack a
    # request names, and requires the permission for all.
    iam: IAMClient = service.aws.client("iam")
    key = iam.get_access_key_last_used(AccessKeyId=user["AWS_ACCESS_KEY_ID"])
    statement = {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=key["UserName"], PolicyName="stacks", PolicyDocument=policy)


def test_a_key_is_created_changed_paused_and_resumed(calltags: Calltags) -> None:
    key = new_key(calltags, "--storage", "36h", "--cutoff", "15m", "--region", "GB")
    assert (key["storage_duration"], key["end_call_cutoff"]) == (36 * 3600, 15 * 60)
    assert key["default_region"] == "GB"
    key_id = key["key_id"]

    assert (
        result_of(calltags("keys", "set", key_id, "--storage", "7d"))["storage_duration"] == 604800
    )
    assert result_of(calltags("keys", "pause", key_id))["paused"]
    listed = result_of(calltags("keys", "list", key["publisher_id"]))
    assert [it["paused"] for it in listed] == [True]
    assert not result_of(calltags("keys", "resume", key_id))["paused"]
    assert key["publisher_id"] in {
        it["publisher_id"] for it in result_of(calltags("publishers", "list"))
    }


def test_a_posting_is_traced_to_its_call(calltags: Calltags, caller_number: str) -> None:
    key_id = new_key(calltags)["key_id"]

    response = result_of(
        calltags("post", "--key-id", key_id, "--caller", caller_number, "zip=90210")
    )
    assert response["status"] == "call not found, tags stored"
    (row,) = eventually(lambda: log(calltags, "--key", key_id) or None, "the posting's row")
    assert (row["outcome"], row["applied_to"]) == ("stored", None)

    call_uuid = result_of(calltags("event", "started", "--caller", caller_number))["call_uuid"]
    applied = ["--caller", caller_number, "--outcome", "applied"]
    (row,) = eventually(lambda: log(calltags, *applied) or None, "the applied posting")
    assert (row["applied_to"], row["decided_by"]) == (call_uuid, "call_started")

    result_of(calltags("event", "ended", "--call", call_uuid))

    def completed() -> dict[str, Any] | None:
        call: dict[str, Any] = result_of(calltags("call", call_uuid))
        return call if call["status"] == "completed" else None

    call = eventually(completed, "the call's end")
    assert [(tag["name"], tag["value"], tag["key_id"]) for tag in call["tags"]] == [
        ("zip", "90210", key_id)
    ]


def test_a_refused_posting_exits_with_1_and_is_in_the_log_with_the_reason(
    calltags: Calltags,
) -> None:
    key_id = new_key(calltags)["key_id"]

    refused = calltags("post", "--key-id", key_id, "--caller", "12", "zip=90210")

    assert refused.returncode == 1
    assert json.loads(refused.stdout)["errors"][0]["param"] == "caller_number"
    as_csv = eventually(
        lambda: (
            list(csv.DictReader(io.StringIO(calltags("log", "--key", key_id, "--csv").stdout)))
            or None
        ),
        "the posting's row",
    )
    assert [row["outcome"] for row in as_csv] == ["refused"]
    assert as_csv[0]["problems"].startswith("caller_number ")


def test_a_terminal_shows_a_table_in_color(
    calltags: Calltags, environment: dict[str, str], run_directory: Path, caller_number: str
) -> None:
    key_id = new_key(calltags)["key_id"]
    result_of(calltags("post", "--key-id", key_id, "--caller", caller_number, "zip=90210"))
    eventually(lambda: log(calltags, "--key", key_id) or None, "the posting's row")

    shown = in_a_terminal(
        [*PROGRAM, "--local", "log", "--key", key_id],
        environment | {"TERM": "xterm"},
        run_directory,
    )

    assert "\x1b[36mwaiting" in shown
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown)
    assert "what happened" in plain
    assert re.search(rf"waiting +{key_id} +\{caller_number} +zip=90210 +waiting for a call", plain)


def in_a_terminal(command: list[str], environment: Mapping[str, str], directory: Path) -> str:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        shown = b""
        try:
            while piece := screen.read(4096):
                shown += piece
        except OSError:
            pass  # Linux raises this when the program closes its end.
        assert process.wait(timeout=60) == 0, shown
    return shown.decode()


def test_an_operator_finds_the_api_by_its_stack_and_uses_it(
    calltags: Calltags, service: Service
) -> None:
    operator = new_user(service, "OperatorPolicyArn")
    allow_describing_stacks(service, operator)

    assert result_of(calltags("publishers", "list", local=False, env=operator)) is not None


@pytest.mark.parametrize(
    ("policies", "command", "needed"),
    [
        ((), ("publishers", "list"), "OperatorPolicy"),
        (("OperatorPolicyArn",), ("event", "started"), "PlatformPolicy"),
    ],
)
def test_denied_access_names_the_policy_that_is_missing(
    calltags: Calltags,
    service: Service,
    policies: tuple[str, ...],
    command: tuple[str, ...],
    needed: str,
) -> None:
    user = new_user(service, *policies)
    allow_describing_stacks(service, user)

    denied = calltags(*command, local=False, env=user)

    assert denied.returncode == 1
    assert denied.stdout == ""
    assert "Access denied" in denied.stderr
    assert needed in denied.stderr


def test_denied_access_to_the_stack_is_explained(calltags: Calltags, service: Service) -> None:
    denied = calltags("publishers", "list", local=False, env=new_user(service))

    assert denied.returncode == 1
    assert "not allowed to read the outputs of the stack" in denied.stderr
    assert "OperatorPolicy" in denied.stderr


def test_an_unknown_stack_is_reported_with_similar_ones(calltags: Calltags) -> None:
    missing = calltags("publishers", "list", local=False)

    assert missing.returncode == 1
    assert "There is no stack CallDataWriting-prod in us-east-1." in missing.stderr
    assert SERVICE_STACK in missing.stderr


def test_missing_credentials_are_reported_without_a_traceback(calltags: Calltags) -> None:
    none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}

    finished = calltags("publishers", "list", local=False, env=none)

    assert finished.returncode == 1
    assert "No AWS credentials found." in finished.stderr
    assert "Traceback" not in finished.stderr


def test_a_caller_is_shown_and_forgotten(calltags: Calltags, service: Service) -> None:
    publisher_id = service.new_publisher()
    number = new_caller_number()
    service.tag(service.new_key(publisher_id), number, zip="90210")
    spelled = f"({number[2:5]}) {number[5:8]}-{number[8:]}"

    before = json.loads(calltags("callers", "show", spelled).stdout)
    unconfirmed = calltags("callers", "forget", spelled)
    forgotten = calltags("callers", "forget", spelled, "--yes", "--json")
    after = json.loads(calltags("callers", "show", spelled).stdout)

    assert [posting["tags"] for posting in before["waiting"]] == [{"zip": "90210"}]
    assert len(before["postbacks"]) == 1
    assert unconfirmed.returncode != 0
    assert json.loads(forgotten.stdout) == {
        "caller_number": number,
        "erased": {"waiting": 1, "calls": 0, "log_rows": 1},
        "complete": True,
    }
    assert after["waiting"] == after["calls"] == after["postbacks"] == []
