"""A Lambda function that tries operations with a given role, and returns their outcomes."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.e2e.phone_calls import new_uuid
from tests.e2e.service import Service

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ALLOWED = "allowed"

_SOURCE = """
import boto3
from botocore.exceptions import ClientError

def lambda_handler(event, context):
    try:
        getattr(boto3.client(event["service"]), event["operation"])(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"
"""


class RoleProbe:
    def __init__(self, client: "LambdaClient", function_name: str) -> None:
        self._client = client
        self._function_name = function_name

    def outcome(self, operation: str, arguments: Mapping[str, Any]) -> str:
        """Return `allowed` or the error's code for an operation named as in boto3:
        sqs.send_message."""
        service, _, name = operation.partition(".")
        event = {"service": service, "operation": name, "arguments": arguments}
        response = self._client.invoke(
            FunctionName=self._function_name, Payload=json.dumps(event).encode()
        )
        outcome: str = json.loads(response["Payload"].read())
        assert not response.get("FunctionError"), outcome
        return outcome


@contextmanager
def with_role_of(service: Service, package: str) -> Iterator[RoleProbe]:
    """Create a probe with the role of one of the deployed functions."""
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
