"""The deployed service as its users see it, and its tables, for assertions only."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from botocore.credentials import Credentials

from infra.local import web
from infra.local.embedded_aws import EmbeddedAws
from infra.local.waiting import eventually
from infra.local.web import Response
from shared.stores.dynamodb import from_item, to_item
from tests import described
from tests.e2e.mailbox import Letter, Mailbox
from tests.e2e.phone_calls import Event, PhoneCall

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationTypeDef
    from mypy_boto3_logs import CloudWatchLogsClient


WAITS = {"KEY_CACHE_SECONDS": "4", "SETTLING_SECONDS": "1"}
"""Settings of waits that are shorter in the tested stack than on AWS."""

STACK_DUMPS = {"PYTHONPATH": str(Path(__file__).parent / "stack_dumps")}
"""The setting with which a function that runs out of time logs the stacks of its threads."""

PAUSE_TAKES_SECONDS = 15
"""Maximum time until a pause takes effect, even on a busy machine. With the real setting it would
take twice as long."""

CALL_TAGGED = described.event("call-tagged")


@dataclass(frozen=True, slots=True)
class PostbackKey:
    key: str
    key_id: str
    publisher_id: str
    posting_link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The deployed stack with its outputs. `announced` has the service's events from the bus,
    `dead_letters` the events that could not be read."""

    aws: EmbeddedAws
    api_url: str
    outputs: Mapping[str, str]
    dynamodb: "DynamoDBClient"
    events: "EventBridgeClient"
    announced: Mailbox
    dead_letters: Mailbox

    # Requests of publishers.

    def get(self, query: str, *, path: str = "/data_writing") -> Response:
        return web.send("GET", f"{self.api_url}{path}?{query}")

    def post(
        self,
        query: str = "",
        body: bytes | None = None,
        *,
        content_type: str | None = None,
        path: str = "/data_writing",
    ) -> Response:
        headers = {"Content-Type": content_type} if content_type else {}
        url = f"{self.api_url}{path}" + (f"?{query}" if query else "")
        return web.send("POST", url, body=body, headers=headers)

    def post_json(self, parameters: Mapping[str, Any]) -> Response:
        return self.post(body=json.dumps(parameters).encode(), content_type="application/json")

    def tag(self, key: PostbackKey, target: str | PhoneCall, **tags: str) -> Response:
        """Post tags about a caller, or about exactly this call, by GET as most publishers do."""
        where = (
            {"call_uuid": target.call_uuid}
            if isinstance(target, PhoneCall)
            else {"caller_number": target}
        )
        return self.get(urlencode({"key": key.key} | where | tags))

    # Requests of operators.

    def operate(
        self, method: str, path: str, body: Any = None, *, content_type: str = "application/json"
    ) -> Response:
        """Send a signed request, its body as JSON unless it is bytes."""
        return web.send_signed(
            method,
            self.api_url + path,
            credentials=Credentials(self.aws.access_key_id, self.aws.secret_access_key),
            region=self.aws.region,
            body=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
            content_type=content_type,
        )

    def new_publisher(self, name: str = "Acme Leads") -> str:
        response = self.operate("POST", "/publishers", {"name": name})
        assert response.status_code == 201, response.body
        publisher_id: str = response.json()["publisher_id"]
        return publisher_id

    def new_key(
        self,
        publisher_id: str,
        *,
        storage_duration: timedelta | None = None,
        end_call_cutoff: timedelta | None = None,
        **members: Any,
    ) -> PostbackKey:
        durations = {"storage_duration": storage_duration, "end_call_cutoff": end_call_cutoff}
        seconds = {name: int(d.total_seconds()) for name, d in durations.items() if d is not None}
        body = {"name": "main"} | seconds | members
        response = self.operate("POST", f"/publishers/{publisher_id}/postback-keys", body)
        assert response.status_code == 201, response.body
        made = response.json()
        return PostbackKey(made["key"], made["key_id"], made["publisher_id"], made["posting_link"])

    # Reports of the campaign platform.

    def put(self, *events: Event) -> None:
        response = self.events.put_events(
            Entries=[
                {
                    "EventBusName": self.outputs["EventBusName"],
                    "Source": "campaign.platform",
                    "DetailType": event.detail_type,
                    "Detail": json.dumps(event.detail),
                }
                for event in events
            ]
        )
        assert response["FailedEntryCount"] == 0, response

    def wait_for_tagged(
        self, call: PhoneCall, tags: Mapping[str, str] | None = None, *, version: int = 0
    ) -> dict[str, Any]:
        """Wait for the first `Call Tagged` about the call of at least this version (and with these
        tags, if given), and return its detail."""

        def is_it(letter: Letter) -> bool:
            detail = letter.event["detail"]
            return (
                _is_about(letter, call)
                and detail["version"] >= version
                and (tags is None or detail["tags"] == tags)
            )

        letter = self.announced.wait_for(is_it, f"Call Tagged with {tags or 'any tags'}")
        detail: dict[str, Any] = letter.event["detail"]
        assert described.flaws(detail, CALL_TAGGED) == []
        return detail

    def start(self, call: PhoneCall) -> dict[str, Any]:
        """Put the call's start on the bus, and return the detail of the next `Call Tagged`."""
        self.put(call.started())
        return self.wait_for_tagged(call)

    def end(self, call: PhoneCall, event: Event | None = None) -> None:
        """Put the call's end on the bus, and wait until it is stored."""
        self.put(event or call.ended())
        eventually(lambda: self.call(call).get("ended_at"), "the call's end")

    def all_tagged(self, call: PhoneCall) -> list[dict[str, Any]]:
        """Return the details of all `Call Tagged` events about the call so far."""
        letters = self.announced.all(lambda letter: _is_about(letter, call))
        return [letter.event["detail"] for letter in letters]

    def new_platform_key(self, name: str = "Switch") -> str:
        response = self.operate("POST", "/platform-keys", {"name": name})
        assert response.status_code == 201, response.body
        key: str = response.json()["key"]
        return key

    def report(
        self, key: str, call_uuid: str, members: Mapping[str, Any], method: str = "PUT"
    ) -> Response:
        """Report a call over HTTP with a platform key."""
        return web.send(
            method,
            f"{self.api_url}/platform/calls/{quote(call_uuid, safe='')}",
            body=json.dumps(members).encode(),
            headers={"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
        )

    # The tables.

    def call(self, call: PhoneCall) -> dict[str, Any]:
        """Return the call's item, or an empty one."""
        response = self.dynamodb.get_item(
            TableName=self.outputs["CallDataTableName"],
            Key=to_item({"pk": f"CALL#{call.call_uuid}", "sk": "CALL"}),
            ConsistentRead=True,
        )
        return from_item(response.get("Item", {}))

    def tags(self, call: PhoneCall) -> dict[str, str]:
        """Return the tags in the call's item."""
        return {name: tag["value"] for name, tag in self.call(call).get("tags", {}).items()}

    def pending(self, target: str | PhoneCall) -> list[dict[str, Any]]:
        """Return the pending postings of this caller, or of exactly this call."""
        partition = (
            f"CALL#{target.call_uuid}" if isinstance(target, PhoneCall) else f"CALLER#{target}"
        )
        response = self.dynamodb.query(
            TableName=self.outputs["CallDataTableName"],
            KeyConditionExpression="pk = :pk AND begins_with(sk, :pending)",
            ExpressionAttributeValues=to_item({":pk": partition, ":pending": "PENDING#"}),
            ConsistentRead=True,
        )
        return [from_item(item) for item in response["Items"]]

    def log_rows(self, key: PostbackKey) -> list[dict[str, Any]]:
        """Return the log rows of the key's postings by time, grouped by posting."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.outputs["PostbackLogTableName"],
            FilterExpression="key_id = :key_id",
            ExpressionAttributeValues=to_item({":key_id": key.key_id}),
            ConsistentRead=True,
        )
        rows = [from_item(item) for page in pages for item in page["Items"]]
        return sorted(rows, key=lambda row: str(row["sk"]))

    def outcomes(self, key: PostbackKey) -> list[str]:
        """Return the outcomes in the key's log rows, in order."""
        return [row["outcome"] for row in self.log_rows(key) if "outcome" in row]

    def log_lines(self, function: str, pattern: str = "") -> list[str]:
        """Return the function's log lines so far that match CloudWatch's pattern."""
        logs: CloudWatchLogsClient = self.aws.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=self.outputs[f"{function}LogGroupName"], filterPattern=pattern
        )
        return [event["message"] for page in pages for event in page["events"]]

    def write_logs(self, folder: Path) -> None:
        """Write what each function has logged so far to a file of the folder."""
        logs: CloudWatchLogsClient = self.aws.client("logs")
        for group in logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name)
            lines = [event["message"] for page in pages for event in page["events"]]
            (folder / f"log{name.replace('/', '-')}.txt").write_text("\n".join(lines))

    def wait_until_handled(self, call: PhoneCall, events: int) -> None:
        """Wait until this many events of the call have been handled."""

        def are_handled() -> bool | None:
            lines = self.log_lines("CallEvents")
            handled = [it for it in lines if call.call_uuid in it and "report handled" in it]
            return len(handled) >= events or None

        eventually(are_handled, f"{events} handled events")


def change_settings(
    lambda_: "LambdaClient", changes: Callable[["FunctionConfigurationTypeDef"], Mapping[str, str]]
) -> None:
    """Update the environment variables that `changes` returns for each deployed function."""
    for function in lambda_.list_functions()["Functions"]:
        if changed := changes(function):
            variables = function.get("Environment", {}).get("Variables", {})
            lambda_.update_function_configuration(
                FunctionName=function["FunctionName"],
                Environment={"Variables": {**variables, **changed}},
            )


def _is_about(letter: Letter, call: PhoneCall) -> bool:
    return bool(letter.event["detail"].get("call_uuid") == call.call_uuid)
