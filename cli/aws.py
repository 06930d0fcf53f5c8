"""Where the service is and how to speak to it: a stack on AWS, or `make run` on this machine."""

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

from cli import failures
from cli.failures import OPERATOR_POLICY, PLATFORM_POLICY, Failure, Unreachable

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_events import EventBridgeClient

RUN_FILE = Path(".local") / "run.json"

_PROJECT = Path(__file__).resolve().parent.parent
_FAMILY = "CallDataWriting"
_EVENT_SOURCE = "campaign.platform"


@dataclass(frozen=True)
class Place:
    """`demo_link` and `platform_key` are what `make run` made, if this is its service."""

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
    def reached(self) -> Iterator[None]:
        """Let an Unreachable that rises out of this say what may be the matter here."""
        try:
            yield
        except Unreachable as error:
            if not self.is_local:
                raise
            raise Unreachable(error.message, "Does `make run` still run?") from error

    def credentials(self) -> Credentials:
        """Fresh ones each time: those of a role expire, and a session renews them."""
        with explained("use your AWS credentials", OPERATOR_POLICY):
            found = self.session.get_credentials()
            if found is None:
                raise NoCredentialsError
            frozen = found.get_frozen_credentials()
        return Credentials(frozen.access_key or "", frozen.secret_key or "", frozen.token)

    def put_event(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        """Raises Failure."""
        with self.reached(), explained("put call events on the bus", PLATFORM_POLICY):
            # An empty `proxies` keeps a proxy out of a conversation with this machine.
            config = Config(proxies={}) if self.is_local else None
            bus: EventBridgeClient = self.session.client(
                "events", endpoint_url=self.endpoint_url, config=config
            )
            entry = {"Source": _EVENT_SOURCE, "DetailType": detail_type}
            answer = bus.put_events(
                Entries=[{**entry, "EventBusName": self.event_bus, "Detail": json.dumps(detail)}]  # type: ignore[typeddict-item]
            )
        if answer["FailedEntryCount"]:
            refused = answer["Entries"][0]
            raise Failure(f"The bus refused the event: {refused.get('ErrorMessage', refused)}")


def find_stack(stack: str, *, profile: str | None, region: str | None) -> Place:
    """The place that a CloudFormation stack's outputs tell of. Raises Failure."""
    with explained(f"read the outputs of the stack {stack}", OPERATOR_POLICY):
        session = boto3.Session(profile_name=profile, region_name=region)
        if session.get_credentials() is None:
            raise NoCredentialsError
        if not session.region_name:
            raise NoRegionError
        outputs = _outputs(session, stack)
    missing = [name for name in ("ApiUrl", "EventBusName") if name not in outputs]
    if missing:
        raise Failure(
            f"The stack {stack} has no output {' and no output '.join(missing)}.",
            "Is this a stack of call data writing, and is its deployment complete?",
        )
    return Place(outputs["ApiUrl"], outputs["EventBusName"], session)


def find_local_run(start: Path) -> Place:
    """The place that `make run` tells of, for as long as it runs. Raises Failure."""
    for directory in (start, *start.parents, _PROJECT):
        if (directory / RUN_FILE).is_file():
            return _read_run_file(directory / RUN_FILE)
    raise Failure(
        "The service does not run on this machine.",
        f"Start it with `make run` in {_PROJECT} and leave it running; it writes {RUN_FILE}",
        "when its journey is over.",
    )


@contextmanager
def explained(to_what: str, policy: str) -> Iterator[None]:
    """Let errors of the SDK rise as failures that a person can act on."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise failures.explain(error, to_what=to_what, policy=policy) from error


def _outputs(session: boto3.Session, stack: str) -> dict[str, str]:
    cloudformation: CloudFormationClient = session.client("cloudformation")
    try:
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise _no_such_stack(cloudformation, stack, session.region_name) from error
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def _no_such_stack(cloudformation: "CloudFormationClient", stack: str, region: str) -> Failure:
    like_it = _stacks_like(cloudformation, stack)
    there_is = f"There is {', '.join(like_it)}. " if like_it else ""
    return Failure(
        f"There is no stack {stack} in {region}.",
        f"{there_is}Choose with --stack or CALLTAGS_STACK, and --region or --profile.",
    )


def _stacks_like(cloudformation: "CloudFormationClient", stack: str) -> list[str]:
    try:
        pages = cloudformation.get_paginator("describe_stacks").paginate()
        names = sorted(found["StackName"] for page in pages for found in page["Stacks"])
    except (BotoCoreError, ClientError):
        # Who may not list them does without the hint.
        return []
    ours = [name for name in names if name.startswith(_FAMILY)]
    return ours or difflib.get_close_matches(stack, names)


def _read_run_file(path: Path) -> Place:
    try:
        facts = json.loads(path.read_text())
        credentials = facts["credentials"]
        session = boto3.Session(
            # The person's own AWS profile, if any, is of no use here, and need not exist.
            botocore_session=botocore.session.Session({"profile": (None, None, None, None)}),
            aws_access_key_id=credentials["access_key_id"],
            aws_secret_access_key=credentials["secret_access_key"],
            region_name=facts["region"],
        )
        return Place(
            facts["api_url"],
            facts["event_bus"],
            session,
            endpoint_url=facts["endpoint_url"],
            demo_link=facts.get("posting_link"),
            platform_key=facts.get("platform_key"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Failure(f"{path} cannot be read: {error!r}", "Start `make run` again.") from error
