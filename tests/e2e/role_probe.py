"""A Lambda function that tries AWS operations with the role of another one."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.e2e.phone_calls import new_uuid
from tests.e2e.service import Service

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_SOURCE = """
from functools import cache

import boto3
from botocore.exceptions import ClientError

client = cache(boto3.client)

def attempt(operation, arguments):
    service, _, name = operation.partition(".")
    try:
        getattr(client(service), name)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"

def lambda_handler(event, context):
    return [attempt(*each) for each in event]
"""


class RoleProbe:
    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def outcomes(self, attempts: Sequence[tuple[str, Mapping[str, Any]]]) -> list[str]:
        """Return `allowed` or the error's code for each operation, such as `sqs.send_message`, with
        its arguments."""
        response = self._client.invoke(
            FunctionName=self._function_name, Payload=json.dumps(attempts).encode()
        )
        outcomes: list[str] = json.loads(response["Payload"].read())
        assert not response.get("FunctionError"), outcomes
        return outcomes

    def outcome(self, operation: str, arguments: Mapping[str, Any]) -> str:
        (outcome,) = self.outcomes([(operation, arguments)])
        return outcome


@contextmanager
def with_role_of(service: Service, package: str) -> Iterator[RoleProbe]:
    """A probe with the role of one of the deployed functions."""
    client: LambdaClient = service.aws.client("lambda")
    deployed = client.list_functions()["Functions"]
    (role,) = (f["Role"] for f in deployed if f["Handler"].startswith(f"functions.{package}."))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("probe.py", _SOURCE)
    name = f"probe-{new_uuid()}"
    client.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.14",
        Handler="probe.lambda_handler",
        Timeout=30,
        Code={"ZipFile": archive.getvalue()},
    )
    try:
        yield RoleProbe(client, name)
    finally:
        client.delete_function(FunctionName=name)
