"""The deployed service as its users reach it: publishers, operators and the campaign platform."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.embedded_aws import EmbeddedAws

EVENT_SOURCE = "campaign.platform"
SERVICE_SOURCE = "call-data-writing"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


class Service:
    """`outputs` are those of the deployed stack. Makes a queue that hears what the service says."""

    def __init__(self, aws: EmbeddedAws, outputs: Mapping[str, str]) -> None:
        self._aws = aws
        self.outputs = outputs
        self.api_url = outputs["ApiUrl"]
        self._http = urllib3.PoolManager(retries=False)
        self._bus = aws.client("events")
        self._sqs = aws.client("sqs")
        self._tables = aws.client("dynamodb")
        self._queue_url = self._listen()

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send the request as it stands: nothing in the URL is encoded on the way."""
        response = self._http.request(method, url, body=body, headers=dict(headers or {}))
        return Answer(response.status, response.headers, response.data.decode())

    def operate(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Send an IAM-signed request to the operator API."""
        request = AWSRequest(
            method,
            self.api_url + path,
            data=json.dumps(body) if body is not None else "",
            headers={"Content-Type": "application/json"},
        )
        credentials = Credentials(self._aws.access_key_id, self._aws.secret_access_key)
        SigV4Auth(credentials, "execute-api", self._aws.region).add_auth(request)
        headers = dict(request.headers.items())
        return self.request(method, self.api_url + path, body=request.data, headers=headers)

    def put_event(self, detail_type: str, detail: Mapping[str, Any]) -> None:
        entry = {
            "EventBusName": self.outputs["EventBusName"],
            "Source": EVENT_SOURCE,
            "DetailType": detail_type,
            "Detail": json.dumps(detail),
        }
        answer = self._bus.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus refused the event: {answer}")

    def next_event(self, call_uuid: str, *, seconds: float = 20) -> dict[str, Any]:
        """The detail of the next `Call Tagged` of this call; those of other calls are dropped.

        Raises TimeoutError.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self._sqs.receive_message(QueueUrl=self._queue_url, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                self._sqs.delete_message(
                    QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"]
                )
                detail: dict[str, Any] = json.loads(message["Body"])["detail"]
                if detail["call_uuid"] == call_uuid:
                    return detail
        raise TimeoutError(f"no Call Tagged of call {call_uuid} within {seconds:.0f} seconds")

    def wait_until_ended(self, call_uuid: str, *, seconds: float = 20) -> None:
        """An end alone is not announced, so look into the table. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            item = self._tables.get_item(
                TableName=self.outputs["CallDataTableName"],
                Key={"pk": {"S": f"CALL#{call_uuid}"}, "sk": {"S": "CALL"}},
                ConsistentRead=True,
            ).get("Item", {})
            if "ended_at" in item:
                return
            time.sleep(0.1)
        raise TimeoutError(f"call {call_uuid} did not end within {seconds:.0f} seconds")

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
