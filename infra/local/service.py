"""The deployed service as its users reach it: publishers, operators and the campaign platform."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.credentials import Credentials

from infra.event_sources import PLATFORM_SOURCE, SERVICE_SOURCE
from infra.local import web
from infra.local.embedded_aws import EmbeddedAws
from infra.local.waiting import eventually
from infra.local.web import Response


class Service:
    """The deployed service. `outputs` are the stack's. Creates a queue for the service's events."""

    def __init__(self, aws: EmbeddedAws, outputs: Mapping[str, str]) -> None:
        self._aws = aws
        self.outputs = outputs
        self.api_url = outputs["ApiUrl"]
        self._bus = aws.client("events")
        self._sqs = aws.client("sqs")
        self._tables = aws.client("dynamodb")
        self._queue_url = self._listen()

    def operate(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Response:
        """Send an IAM-signed request to the operator API."""
        return web.send_signed(
            method,
            self.api_url + path,
            credentials=Credentials(self._aws.access_key_id, self._aws.secret_access_key),
            region=self._aws.region,
            body=json.dumps(body).encode() if body is not None else None,
        )

    def report_call(self, path: str, platform_key: str, members: Mapping[str, Any]) -> Response:
        """Report a call over HTTP, with a platform key."""
        return web.send(
            "PUT",
            self.api_url + path,
            body=json.dumps(members).encode(),
            headers={
                "Authorization": f"Bearer {platform_key}",
                "Content-Type": "application/json",
            },
        )

    def put_event(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        entry = {
            "EventBusName": self.outputs["EventBusName"],
            "Source": PLATFORM_SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        response = self._bus.put_events(Entries=[entry])
        if response["FailedEntryCount"]:
            raise RuntimeError(f"the bus refused the event: {response}")

    def next_event(self, call_uuid: str, *, seconds: float = 20) -> dict[str, Any]:
        """Return the detail of the next `Call Tagged` of this call, and drop those of other calls.

        Raises TimeoutError.
        """

        def read() -> dict[str, Any] | None:
            response = self._sqs.receive_message(QueueUrl=self._queue_url, WaitTimeSeconds=1)
            for message in response.get("Messages", []):
                self._sqs.delete_message(
                    QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
                detail: dict[str, Any] = json.loads(message["Body"])["detail"]
                if detail.get("call_uuid") == call_uuid:
                    return detail
            return None

        return eventually(read, f"Call Tagged of call {call_uuid}", within=seconds, every=0)

    def wait_until_ended(self, call_uuid: str, *, seconds: float = 20) -> None:
        """Wait until the table has the call's end, which is not announced. Raises TimeoutError."""

        def read() -> bool | None:
            item = self._tables.get_item(
                TableName=self.outputs["CallDataTableName"],
                Key={"pk": {"S": f"CALL#{call_uuid}"}, "sk": {"S": "CALL"}},
                ConsistentRead=True,
            ).get("Item", {})
            return "ended_at" in item or None

        eventually(read, f"the end of call {call_uuid}", within=seconds, every=0.1)

    def _listen(self) -> str:
        queue_url: str = self._sqs.create_queue(QueueName="call-tagged-listener")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        rule = {"Name": "call-tagged-listener", "EventBusName": self.outputs["EventBusName"]}
        self._bus.put_rule(**rule, EventPattern=json.dumps({"source": [SERVICE_SOURCE]}))
        self._bus.put_targets(
            Rule=rule["Name"],
            EventBusName=rule["EventBusName"],
            Targets=[{"Id": "queue", "Arn": attributes["Attributes"]["QueueArn"]}],
        )
        return queue_url
