"""Keeps all messages of one SQS queue for the tests that share it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.local.waiting import eventually

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import TargetTypeDef
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Letter:
    """A message: its event, and its attributes."""

    event: dict[str, Any]
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Mailbox:
    sqs: "SQSClient"
    queue_url: str
    letters: list[Letter] = field(default_factory=list)

    def wait_for(self, is_wanted: Callable[[Letter], bool], what: str) -> Letter:
        """Return the first matching letter, and wait for it if there is none yet."""

        def find() -> Letter | None:
            self._empty()
            return next(filter(is_wanted, self.letters), None)

        return eventually(find, what)

    def all(self, is_wanted: Callable[[Letter], bool]) -> list[Letter]:
        """Return the matching letters so far, in order of arrival."""
        self._empty()
        return list(filter(is_wanted, self.letters))

    def _empty(self) -> None:
        while messages := self._receive():
            for message in messages:
                attributes = message.get("MessageAttributes", {})
                letter = Letter(
                    json.loads(message["Body"]),
                    {name: value["StringValue"] for name, value in attributes.items()},
                )
                self.letters.append(letter)
            self.sqs.delete_message_batch(
                QueueUrl=self.queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                    for number, message in enumerate(messages)
                ],
            )

    def _receive(self) -> list[Any]:
        response = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return list(response.get("Messages", []))


def subscribe(sqs: "SQSClient", events: "EventBridgeClient", bus: str) -> str:
    """Create a queue that gets the service's events from the bus, and return its URL."""
    queue_url = sqs.create_queue(QueueName="call-tagged")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    events.put_rule(
        Name="call-tagged",
        EventBusName=bus,
        EventPattern=json.dumps({"source": ["call-data-writing"]}),
    )
    target: TargetTypeDef = {"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}
    events.put_targets(Rule="call-tagged", EventBusName=bus, Targets=[target])
    return queue_url
