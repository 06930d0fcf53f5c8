"""Deploys the CDK app onto the embedded AWS, then restores what its CloudFormation drops."""

import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from infra.local import processes
from infra.local.embedded_aws import PROJECT, EmbeddedAws

SERVICE_STACK = "CallDataWriting-local"
API_ID = "call-data"

Properties = Mapping[str, Any]


class DeploymentError(Exception):
    """The CDK CLI failed; carries the end of what it printed."""


def deploy(
    aws: EmbeddedAws,
    *,
    stack: str = SERVICE_STACK,
    log: Path | None = None,
) -> dict[str, str]:
    """Deploy one stack of app.py as environment `local`, and return its outputs."""
    log = log or PROJECT / ".local" / f"deploy-{aws.port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    build = PROJECT / "build"
    build.mkdir(exist_ok=True)
    # A directory of its own for each: a test run and `make run` may deploy side by side.
    with (
        tempfile.TemporaryDirectory(prefix="cdk.out-", dir=build) as directory,
        log.open("w+b") as output,
    ):
        assembly = Path(directory)
        _bootstrap(aws, assembly, output)
        outputs = _deploy_stack(aws, stack, assembly, output)
        template = json.loads((assembly / f"{stack}.template.json").read_text())
    _restore_dropped_properties(aws, stack, template)
    return outputs


def api_url(aws: EmbeddedAws) -> str:
    """Where the API is reached, with any HTTP client and resolver."""
    return f"{aws.endpoint_url}/_aws/execute-api/{API_ID}"


def _bootstrap(aws: EmbeddedAws, assembly: Path, output: IO[bytes]) -> None:
    # Not in the project's directory, where the CLI would find cdk.json and synthesize the app.
    _cdk(aws, ["bootstrap", f"aws://{aws.account_id}/{aws.region}"], cwd=assembly, output=output)
    if aws.auth:
        _allow_plain_http_uploads(aws)


def _allow_plain_http_uploads(aws: EmbeddedAws) -> None:
    # The bootstrap bucket's policy denies whatever is not TLS: here, everything.
    bucket = f"cdk-hnb659fds-assets-{aws.account_id}-{aws.region}"
    aws.client("s3").delete_bucket_policy(Bucket=bucket)


def _deploy_stack(
    aws: EmbeddedAws, stack: str, assembly: Path, output: IO[bytes]
) -> dict[str, str]:
    outputs_file = assembly / "outputs.json"
    arguments = [
        "deploy", stack, "--exclusively", "--require-approval=never", "--method=direct",
        "--app", f"{shlex.quote(sys.executable)} app.py", "--context", "environment=local",
        "--context", f"embedded_url={api_url(aws)}", "--context", f"embedded_api_id={API_ID}",
        "--output", str(assembly), "--outputs-file", str(outputs_file),
    ]  # fmt: skip
    _cdk(aws, arguments, cwd=PROJECT, output=output)
    outputs: dict[str, str] = json.loads(outputs_file.read_text())[stack]
    return outputs


def _cdk(aws: EmbeddedAws, arguments: list[str], *, cwd: Path, output: IO[bytes]) -> None:
    # Validation is left to `make deploy`: it takes as long as all the rest together.
    process = processes.start(
        [str(PROJECT / "node_modules" / ".bin" / "cdk"), "--no-notices", *arguments],
        cwd=cwd,
        env=aws.environment() | {"CDK_VALIDATION": "false"},
        stdin=subprocess.DEVNULL,
        output=output,
    )
    try:
        process.wait()
    except BaseException:
        # The CLI's own children, the app and its jsii kernel, end with it.
        processes.kill(process)
        raise
    if process.returncode != 0:
        output.seek(0)
        tail = output.read().decode(errors="replace").splitlines()[-40:]
        raise DeploymentError(f"`cdk {arguments[0]}` failed:\n" + "\n".join(tail))


def _restore_dropped_properties(aws: EmbeddedAws, stack: str, template: Properties) -> None:
    """Set through each service's API what the template says and MiniStack's CloudFormation lost."""
    physical_ids = _physical_ids(aws, stack)
    for logical_id, resource in template["Resources"].items():
        restore = _RESTORERS.get(resource["Type"])
        if restore is not None:
            restore(aws, physical_ids[logical_id], resource.get("Properties", {}))


def _physical_ids(aws: EmbeddedAws, stack: str) -> dict[str, str]:
    pages = aws.client("cloudformation").get_paginator("list_stack_resources")
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for page in pages.paginate(StackName=stack)
        for resource in page["StackResourceSummaries"]
    }


def _restore_table(aws: EmbeddedAws, table_name: str, properties: Properties) -> None:
    dynamodb = aws.client("dynamodb")
    if "TimeToLiveSpecification" in properties:
        dynamodb.update_time_to_live(
            TableName=table_name,
            TimeToLiveSpecification=properties["TimeToLiveSpecification"],
        )
    # A global table says it of each of its replicas, of which the first is this region's.
    recovery = properties.get("Replicas", [properties])[0].get("PointInTimeRecoverySpecification")
    if recovery is not None:
        dynamodb.update_continuous_backups(
            TableName=table_name, PointInTimeRecoverySpecification=recovery
        )


def _restore_api(aws: EmbeddedAws, api_id: str, properties: Properties) -> None:
    if "CorsConfiguration" in properties:
        aws.client("apigatewayv2").update_api(
            ApiId=api_id, CorsConfiguration=properties["CorsConfiguration"]
        )


def _restore_function(aws: EmbeddedAws, function_name: str, properties: Properties) -> None:
    if "ReservedConcurrentExecutions" in properties:
        aws.client("lambda").put_function_concurrency(
            FunctionName=function_name,
            ReservedConcurrentExecutions=properties["ReservedConcurrentExecutions"],
        )


_RESTORERS: dict[str, Callable[[EmbeddedAws, str, Properties], None]] = {
    "AWS::ApiGatewayV2::Api": _restore_api,
    "AWS::DynamoDB::GlobalTable": _restore_table,
    "AWS::DynamoDB::Table": _restore_table,
    "AWS::Lambda::Function": _restore_function,
}
