"""One posting all the way, on what is deployed: by the real link, on a call that an event tells of,
and back from the bus as `Call Tagged`."""

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
from infra.call_events import PLATFORM_SOURCE
from infra.webhook import EVENT_PATTERN

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

_LONGEST_WAIT_SECONDS = 60
_TAG = "doctor"


class PostingFailed(Exception):
    """Says at which step, and what came instead."""


def take_all_the_way(account: Account, outputs: dict[str, str], key: str) -> float:
    """Seconds from the event to `Call Tagged`. The call is the doctor's own, and nobody's number.

    A rule and a queue are made to hear of it, and removed. Raises PostingFailed, or what botocore
    raises.
    """
    call_uuid = f"doctor-{uuid.uuid4()}"
    with _heard(account, outputs["EventBusName"], call_uuid) as hear:
        _post(outputs["PostingUrl"], key, call_uuid)
        began = time.monotonic()
        _start(account.client("events"), outputs["EventBusName"], call_uuid)
        tags = hear()
        if _TAG not in tags:
            raise PostingFailed(f"Call Tagged came without the tag that was posted: {tags}")
        return time.monotonic() - began


def _post(posting_url: str, key: str, call_uuid: str) -> None:
    fields = urlencode({"key": key, "call_uuid": call_uuid, _TAG: "yes"})
    try:
        answer = urllib3.request("GET", f"{posting_url}?{fields}", timeout=30.0, retries=False)
    except urllib3.exceptions.HTTPError as error:
        raise PostingFailed(f"{posting_url} did not answer ({error})") from None
    if answer.status != 200:
        told = answer.data.decode(errors="replace")[:300]
        raise PostingFailed(f"{posting_url} answered {answer.status}: {told}")


def _start(events: "EventBridgeClient", bus: str, call_uuid: str) -> None:
    detail = {"call_uuid": call_uuid, "started_at": datetime.now(UTC).isoformat()}
    answer = events.put_events(
        Entries=[
            {
                "EventBusName": bus,
                "Source": PLATFORM_SOURCE,
                "DetailType": "Call Started",
                "Detail": json.dumps(detail),
            }
        ]
    )
    if answer["FailedEntryCount"]:
        raise PostingFailed(f"the bus refused Call Started: {answer['Entries']}")


@contextmanager
def _heard(account: Account, bus: str, call_uuid: str) -> Iterator[Any]:
    """To be called: the tags of the call, once `Call Tagged` tells of it."""
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
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=2)
        for message in answer.get("Messages", []):
            tags: dict[str, str] = json.loads(message["Body"])["detail"]["tags"]
            return tags
    raise PostingFailed(f"no Call Tagged within {_LONGEST_WAIT_SECONDS} seconds of the event")
