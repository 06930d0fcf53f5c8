"""Deploy the CDK app on the embedded AWS, then restore properties its CloudFormation ignores."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from infra.local import assembly as assemblies
from infra.local import processes
from infra.local.embedded_aws import PROJECT, EmbeddedAws

SERVICE_STACK = "CallDataWriting-local"
API_ID = "call-data"

Properties = Mapping[str, Any]


class DeploymentError(Exception):
    """The CDK app or CLI failed. Carries the end of its output."""


def deploy(
    aws: EmbeddedAws,
    *,
    stack: str = SERVICE_STACK,
    log: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
    keep: bool = False,
) -> dict[str, str]:
    """Deploy one stack of app.py as environment `local`, and return its outputs.

    `report` is called at the beginning of each step. `keep` keeps the synthesized app in build/ for
    the next deployment on this port, which uses it if nothing has changed. Raises DeploymentError.
    """
    log = log or PROJECT / ".local" / f"deploy-{aws.port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    build = PROJECT / "build"
    build.mkdir(exist_ok=True)
    # Each deployment has its own directory: a test run and `make run` may deploy side by side.
    with (
        tempfile.TemporaryDirectory(prefix="cdk.out-", dir=build) as directory,
        log.open("w+b") as output,
    ):
        scratch = Path(directory)
        assembly = build / f"assembly-{aws.port}" if keep else scratch / "assembly"
        made_from = assemblies.fingerprint(_context(aws, stack))
        if assemblies.is_current(assembly, made_from):
            report("Using the app that was synthesized before, since nothing has changed")
            _bootstrap(aws, scratch, output)
        else:
            report("Synthesizing the CDK app and bundling the functions' code")
            shutil.rmtree(assembly, ignore_errors=True)
            _synthesize(aws, stack, assembly, scratch, output)
            # Not marked if a file was changed meanwhile.
            if assemblies.fingerprint(_context(aws, stack)) == made_from:
                assemblies.mark(assembly, made_from)
        report("Deploying the stack on the embedded AWS")
        outputs = _deploy_stack(aws, stack, assembly, scratch, output)
        template = json.loads((assembly / f"{stack}.template.json").read_text())
    _restore_dropped_properties(aws, stack, template)
    if aws.auth:
        _allow_plain_http_messages(aws, outputs)
    return outputs


def api_url(aws: EmbeddedAws) -> str:
    """Return the API's address, which needs no name resolution."""
    return f"{aws.endpoint_url}/_aws/execute-api/{API_ID}"


def _synthesize(
    aws: EmbeddedAws, stack: str, assembly: Path, scratch: Path, output: IO[bytes]
) -> None:
    """Run app.py as the CDK CLI would, while the CLI bootstraps."""
    synthesis = processes.start(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        env=_environment(aws)
        | {"CDK_CONTEXT_JSON": _context(aws, stack), "CDK_OUTDIR": str(assembly)},
        stdin=subprocess.DEVNULL,
        output=output,
    )
    try:
        _bootstrap(aws, scratch, output)
        _wait_for(synthesis, "app.py", output)
    finally:
        if synthesis.poll() is None:
            processes.kill(synthesis)


def _context(aws: EmbeddedAws, stack: str) -> str:
    """Return the app's context as JSON: the feature flags, and what depends on the port."""
    context = json.loads((PROJECT / "cdk.json").read_text())["context"] | {
        "environment": "local",
        "embedded_url": api_url(aws),
        "embedded_api_id": API_ID,
        "aws:cdk:bundling-stacks": [stack],
        "aws:cdk:enable-asset-metadata": True,
    }
    return json.dumps(context)


def _bootstrap(aws: EmbeddedAws, scratch: Path, output: IO[bytes]) -> None:
    # Not in the project's directory, where the CLI would find cdk.json and synthesize the app.
    _cdk(aws, ["bootstrap", f"aws://{aws.account_id}/{aws.region}"], cwd=scratch, output=output)
    if aws.auth:
        _allow_plain_http_uploads(aws)


def _allow_plain_http_uploads(aws: EmbeddedAws) -> None:
    # The bootstrap bucket's policy denies requests without TLS, and the embedded AWS has none.
    bucket = f"cdk-hnb659fds-assets-{aws.account_id}-{aws.region}"
    aws.client("s3").delete_bucket_policy(Bucket=bucket)


def _allow_plain_http_messages(aws: EmbeddedAws, outputs: Mapping[str, str]) -> None:
    """Remove the queues' denial of requests without TLS, which the embedded AWS does not have.

    These requests claim to have come through a proxy with TLS.
    """
    sqs = aws.client("sqs")
    for operation in ("SetQueueAttributes", "GetQueueAttributes"):
        sqs.meta.events.register(f"before-send.sqs.{operation}", _pass_for_tls)
    for url in [url for name, url in outputs.items() if name.endswith("QueueUrl")]:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
        policy = json.loads(attributes.get("Attributes", {}).get("Policy") or "{}")
        if any(statement["Effect"] == "Deny" for statement in policy.get("Statement", ())):
            allowed = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
            changed = json.dumps(policy | {"Statement": allowed}) if allowed else ""
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": changed})


def _pass_for_tls(request: Any, **_: Any) -> None:
    request.headers["X-Forwarded-Proto"] = "https"


def _deploy_stack(
    aws: EmbeddedAws, stack: str, assembly: Path, scratch: Path, output: IO[bytes]
) -> dict[str, str]:
    outputs_file = scratch / "outputs.json"
    arguments = [
        "deploy", stack, "--exclusively", "--require-approval=never", "--method=direct",
        "--app", str(assembly), "--outputs-file", str(outputs_file),
    ]  # fmt: skip
    _cdk(aws, arguments, cwd=scratch, output=output)
    outputs: dict[str, str] = json.loads(outputs_file.read_text())[stack]
    return outputs


def _cdk(aws: EmbeddedAws, arguments: list[str], *, cwd: Path, output: IO[bytes]) -> None:
    process = processes.start(
        [str(PROJECT / "node_modules" / ".bin" / "cdk"), "--no-notices", *arguments],
        cwd=cwd,
        env=_environment(aws),
        stdin=subprocess.DEVNULL,
        output=output,
    )
    try:
        _wait_for(process, f"cdk {arguments[0]}", output)
    finally:
        if process.poll() is None:
            processes.kill(process)


def _environment(aws: EmbeddedAws) -> dict[str, str]:
    # `make deploy` validates the template. It takes as long as the rest of the synthesis.
    return aws.environment() | {"CDK_VALIDATION": "false"}


def _wait_for(process: subprocess.Popen[bytes], command: str, output: IO[bytes]) -> None:
    """Wait until the process ends. Raises DeploymentError if it failed."""
    if process.wait() != 0:
        output.seek(0)
        tail = output.read().decode(errors="replace").splitlines()[-40:]
        raise DeploymentError(f"`{command}` failed:\n" + "\n".join(tail))


def _restore_dropped_properties(aws: EmbeddedAws, stack: str, template: Properties) -> None:
    """Set properties that MiniStack's CloudFormation ignores, by each service's API."""
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
    # A global table has it per replica. The first replica is this region's.
    recovery = properties.get("Replicas", [properties])[0].get("PointInTimeRecoverySpecification")
    if recovery is not None:
        dynamodb.update_continuous_backups(
            TableName=table_name, PointInTimeRecoverySpecification=recovery
        )


def _restore_function(aws: EmbeddedAws, function_name: str, properties: Properties) -> None:
    if "ReservedConcurrentExecutions" in properties:
        aws.client("lambda").put_function_concurrency(
            FunctionName=function_name,
            ReservedConcurrentExecutions=properties["ReservedConcurrentExecutions"],
        )


_RESTORERS: dict[str, Callable[[EmbeddedAws, str, Properties], None]] = {
    "AWS::DynamoDB::GlobalTable": _restore_table,
    "AWS::DynamoDB::Table": _restore_table,
    "AWS::Lambda::Function": _restore_function,
}
