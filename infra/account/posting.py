"""A test posting on the deployed service: posted by its link, applied to a call that an event
reports, and received from the bus in `Call Tagged`."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3

from infra.account.connection import Account
from infra.event_sources import PLATFORM_SOURCE
from infra.webhook import EVENT_PATTERN

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

_MAX_WAIT_SECONDS = 60
_TAG = "doctor"


class PostingFailed(Exception):
    """Says which step failed, and what it returned."""


def send_test_posting(account: Account, outputs: dict[str, str], key: str) -> float:
    """Return the seconds from the call event to `Call Tagged`. The call has no caller number.

    Creates a rule and a queue to receive the event, and deletes them. Raises PostingFailed, or
    botocore's errors.
    """
    call_uuid = f"doctor-{uuid.uuid4()}"
    with _listening(account, outputs["EventBusName"], call_uuid) as receive:
        _post(outputs["PostingUrl"], key, call_uuid)
        began = time.monotonic()
        _start(account.client("events"), outputs["EventBusName"], call_uuid)
        tags = receive()
        if _TAG not in tags:
            raise PostingFailed(f"Call Tagged lacks the tag that was posted: {tags}")
        return time.monotonic() - began


def _post(posting_url: str, key: str, call_uuid: str) -> None:
    fields = urlencode({"key": key, "call_uuid": call_uuid, _TAG: "yes"})
    try:
        response = urllib3.request("GET", f"{posting_url}?{fields}", timeout=30.0, retries=False)
    except urllib3.exceptions.HTTPError as error:
        raise PostingFailed(f"{posting_url} did not respond ({error})") from None
    if response.status != 200:
        body = response.data.decode(errors="replace")[:300]
        raise PostingFailed(f"{posting_url} responded with {response.status}: {body}")


def _start(events: "EventBridgeClient", bus: str, call_uuid: str) -> None:
    detail = {"call_uuid": call_uuid, "started_at": datetime.now(UTC).isoformat()}
    response = events.put_events(
        Entries=[
            {
                "EventBusName": bus,
                "Source": PLATFORM_SOURCE,
                "DetailType": "Call Started",
                "Detail": json.dumps(detail),
            }
        ]
    )
    if response["FailedEntryCount"]:
        raise PostingFailed(f"the bus refused Call Started: {response['Entries']}")


@contextmanager
def _listening(account: Account, bus: str, call_uuid: str) -> Iterator[Any]:
    """Listen for `Call Tagged`. Yields a function that waits for it and returns the call's tags."""
    events: EventBridgeClient = account.client("events")
    sqs: SQSClient = account.client("sqs")
    url = sqs.create_queue(QueueName=call_uuid)["QueueUrl"]
    try:
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        pattern = {
            "source": EVENT_PATTERN.source,
            "detail-type": EVENT_PATTERN.detail_type,
            "detail": {"call_uuid": [call_uuid]},
        }
        rule = events.put_rule(
            Name=call_uuid, EventBusName=bus, EventPattern=json.dumps(pattern), State="ENABLED"
        )
        sqs.set_queue_attributes(
            QueueUrl=url, Attributes={"Policy": _policy(arn["QueueArn"], rule["RuleArn"])}
        )
        events.put_targets(
            Rule=call_uuid, EventBusName=bus, Targets=[{"Id": "doctor", "Arn": arn["QueueArn"]}]
        )
        try:
            yield lambda: _tags(sqs, url)
        finally:
            events.remove_targets(Rule=call_uuid, EventBusName=bus, Ids=["doctor"])
            events.delete_rule(Name=call_uuid, EventBusName=bus)
    finally:
        sqs.delete_queue(QueueUrl=url)


def _policy(queue: str, rule: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _tags(sqs: "SQSClient", url: str) -> dict[str, str]:
    deadline = time.monotonic() + _MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        response = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2)
        for message in response.get("Messages", []):
            tags: dict[str, str] = json.loads(message["Body"])["detail"]["tags"]
            return tags
    raise PostingFailed(f"no Call Tagged within {_MAX_WAIT_SECONDS} seconds of the event")
