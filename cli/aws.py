"""Finds the service: a stack on AWS, or the service that `make run` started."""

import difflib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from cli import errors
from cli.errors import OPERATOR_POLICY, PLATFORM_POLICY, CliError, Unreachable

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_events import EventBridgeClient

RUN_FILE = Path(".local") / "run.json"

_PROJECT = Path(__file__).resolve().parent.parent
_FAMILY = "CallDataWriting"
_EVENT_SOURCE = "campaign.platform"


@dataclass(frozen=True)
class Deployment:
    """The URLs of a deployed service, and the credentials to use it.

    `demo_link` and `platform_key` are set only for the service of `make run`, which made them.
    """

    api_url: str
    event_bus: str
    session: boto3.Session
    endpoint_url: str | None = None
    demo_link: str | None = None
    platform_key: str | None = None

    @property
    def is_local(self) -> bool:
        return self.endpoint_url is not None

    @property
    def region(self) -> str:
        return self.session.region_name or ""

    @contextmanager
    def explain_unreachable(self) -> Iterator[None]:
        """Add a likely cause to an Unreachable raised within."""
        try:
            yield
        except Unreachable as error:
            if not self.is_local:
                raise
            raise Unreachable(error.message, "Check that `make run` is still running.") from error

    def credentials(self) -> Credentials:
        """Return current credentials: those of a role expire, and the session renews them."""
        with explained("use your AWS credentials", OPERATOR_POLICY):
            credentials = self.session.get_credentials()
            if credentials is None:
                raise NoCredentialsError
            frozen = credentials.get_frozen_credentials()
        return Credentials(frozen.access_key or "", frozen.secret_key or "", frozen.token)

    def put_event(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Put an event on the bus. Raises CliError."""
        with self.explain_unreachable(), explained("put call events on the bus", PLATFORM_POLICY):
            # An empty `proxies` keeps requests to this machine from going through a proxy.
            config = Config(proxies={}) if self.is_local else None
            bus: EventBridgeClient = self.session.client(
                "events", endpoint_url=self.endpoint_url, config=config
            )
            entry = {"Source": _EVENT_SOURCE, "DetailType": detail_type}
            response = bus.put_events(
                Entries=[{**entry, "EventBusName": self.event_bus, "Detail": json.dumps(detail)}]  # type: ignore[typeddict-item]
            )
        if response["FailedEntryCount"]:
            failed = response["Entries"][0]
            raise CliError(f"The bus rejected the event: {failed.get('ErrorMessage', failed)}")


def find_stack(stack: str, *, profile: str | None, region: str | None) -> Deployment:
    """Return the deployment that a CloudFormation stack's outputs describe. Raises CliError."""
    with explained(f"read the outputs of the stack {stack}", OPERATOR_POLICY):
        session = boto3.Session(profile_name=profile, region_name=region)
        if session.get_credentials() is None:
            raise NoCredentialsError
        if not session.region_name:
            raise NoRegionError
        outputs = _outputs(session, stack)
    missing = [name for name in ("ApiUrl", "EventBusName") if name not in outputs]
    if missing:
        raise CliError(
            f"The stack {stack} has no output {' and no output '.join(missing)}.",
            "Check that it is a stack of call data writing and that its deployment is complete.",
        )
    return Deployment(outputs["ApiUrl"], outputs["EventBusName"], session)


def find_local_run(start: Path) -> Deployment:
    """Return the deployment that `make run` describes in its file. Raises CliError."""
    for directory in (start, *start.parents, _PROJECT):
        if (directory / RUN_FILE).is_file():
            return _read_run_file(directory / RUN_FILE)
    raise CliError(
        "The service is not running on this machine.",
        f"Run `make run` in {_PROJECT} and leave it running.",
        f"It writes {RUN_FILE} when the service is ready.",
    )


@contextmanager
def explained(to_what: str, policy: str) -> Iterator[None]:
    """Turn SDK errors into CliError, with advice."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise errors.explain(error, to_what=to_what, policy=policy) from error


def _outputs(session: boto3.Session, stack: str) -> dict[str, str]:
    cloudformation: CloudFormationClient = session.client("cloudformation")
    try:
        (description,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise _no_such_stack(cloudformation, stack, session.region_name) from error
    return {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}


def _no_such_stack(cloudformation: "CloudFormationClient", stack: str, region: str) -> CliError:
    similar = _similar_stacks(cloudformation, stack)
    found = f"Found {', '.join(similar)}. " if similar else ""
    return CliError(
        f"There is no stack {stack} in {region}.",
        f"{found}Choose a stack with --stack or CALLTAGS_STACK, and --region or --profile.",
    )


def _similar_stacks(cloudformation: "CloudFormationClient", stack: str) -> list[str]:
    try:
        pages = cloudformation.get_paginator("describe_stacks").paginate()
        names = sorted(each["StackName"] for page in pages for each in page["Stacks"])
    except (BotoCoreError, ClientError):
        # Without the permission to list stacks, the error message has no suggestions.
        return []
    ours = [name for name in names if name.startswith(_FAMILY)]
    return ours or difflib.get_close_matches(stack, names)


def _read_run_file(path: Path) -> Deployment:
    try:
        facts = json.loads(path.read_text())
        credentials = facts["credentials"]
        session = boto3.Session(
            # Ignore the user's AWS profile: it may not exist, and is not needed here.
            botocore_session=botocore.session.Session({"profile": (None, None, None, None)}),
            aws_access_key_id=credentials["access_key_id"],
            aws_secret_access_key=credentials["secret_access_key"],
            region_name=facts["region"],
        )
        return Deployment(
            facts["api_url"],
            facts["event_bus"],
            session,
            endpoint_url=facts["endpoint_url"],
            demo_link=facts.get("posting_link"),
            platform_key=facts.get("platform_key"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CliError(f"Cannot read {path}: {error!r}", "Start `make run` again.") from error
