"""The shell functions of docs/monitoring.md that make alarms ring, run against the service."""

import subprocess
from collections.abc import Callable

import pytest

from infra.local.deployment import SERVICE_STACK
from tests.e2e.service import Service
from tests.infra.monitoring import section

Shell = Callable[[str], str]


@pytest.fixture
def shell(aws_shell: dict[str, str]) -> Shell:
    """Runs a command after the page's definitions, against the service."""
    definitions = section("Make an alarm ring").partition("```sh\n")[2].partition("```")[0]
    definitions = definitions.replace("CallDataWriting-dev", SERVICE_STACK)

    def run(command: str) -> str:
        done = subprocess.run(
            ["/bin/sh", "-eu", "-c", f"{definitions}\n{command}"],
            env=aws_shell,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


def test_a_function_is_stopped_and_started(service: Service, shell: Shell) -> None:
    functions = service.aws.client("lambda")
    name = shell("fn KeyWatchFunction")

    def concurrency() -> object:
        response = functions.get_function_concurrency(FunctionName=name)
        return response.get("ReservedConcurrentExecutions")

    shell("stop KeyWatchFunction")
    assert concurrency() == 0
    shell("start KeyWatchFunction")
    assert concurrency() is None


def test_a_permission_is_denied_and_allowed_again(service: Service, shell: Shell) -> None:
    iam = service.aws.client("iam")
    role = shell("named AWS::IAM::Role KeyWatchFunctionRole")

    shell("deny KeyWatchFunction dynamodb:*")
    policy = iam.get_role_policy(RoleName=role, PolicyName="drill")["PolicyDocument"]
    shell("allow KeyWatchFunction")

    assert policy["Statement"] == {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
    assert "drill" not in iam.list_role_policies(RoleName=role)["PolicyNames"]


def test_an_unreadable_event_reaches_the_dead_letter_queue(service: Service, shell: Shell) -> None:
    shell("report '{}'")

    service.dead_letters.wait_for(lambda letter: letter.event["detail"] == {}, "the event")


def test_a_message_is_dropped_into_a_failure_queue(service: Service, shell: Shell) -> None:
    shell("drop CallFeedFailureQueueUrl")

    sqs = service.aws.client("sqs")
    url = service.outputs["CallFeedFailureQueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert message["Body"] == "drill"
