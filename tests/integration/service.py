"""The deployed functions, called in this process, and what they have written."""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from types import ModuleType
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import boto3

from shared.domain import keys
from shared.domain.calls import Call
from shared.domain.keys import PostbackKey
from shared.stores.call_items import call_key, to_call
from shared.stores.dynamodb import from_item
from shared.stores.keys import KeyStore
from tests import described
from tests.integration import events
from tests.integration.events import NOON

CALL_TAGGED = described.event("call-tagged")


@cache
def client(service: str) -> Any:
    """Return the tests' own client, created once: that takes longer than most tests."""
    make_client: Any = boto3.client
    return make_client(service)


@dataclass(frozen=True, slots=True)
class Response:
    """A function's HTTP response."""

    status_code: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def status(self) -> str:
        assert self.status_code == 200, self.text
        status: str = self.json["status"]
        return status


class EventFailed(Exception):
    """The function asked for the call event to be delivered again."""


class Service:
    def __init__(
        self,
        environment: Mapping[str, str],
        functions: Mapping[str, ModuleType],
        *,
        stream: "Stream",
        log_stream: "Stream",
    ) -> None:
        self.environment = environment
        self.data_writing = functions["data_writing"]
        self.call_events = functions["call_events"]
        self.call_feed = functions["call_feed"]
        self.activity = functions["activity"]
        self.key_watch = functions["key_watch"]
        self.operator_api = functions["operator_api"]
        self.platform_api = functions["platform_api"]
        self.connect_flow = functions["connect_flow"]
        self.dynamodb = client("dynamodb")
        self.stream = stream
        self.log_stream = log_stream
        self.log = io.StringIO()
        for function in functions.values():
            function.logger.registered_handler.setStream(self.log)

    def add_key(self, **changes: Any) -> PostbackKey:
        credential = str(uuid4())
        values: dict[str, Any] = {
            "key": credential,
            "key_id": keys.key_id(credential),
            "publisher_id": "pub_a",
            "name": "main",
            "storage_duration": keys.DEFAULT_STORAGE_DURATION,
            "end_call_cutoff": keys.DEFAULT_END_CALL_CUTOFF,
            "default_region": keys.DEFAULT_REGION,
            "paused": False,
            "created_at": NOON,
        }
        key = PostbackKey(**values | changes)
        KeyStore(self.dynamodb, self.environment["POSTBACK_KEYS_TABLE"]).add_key(key)
        return key

    def request(self, event: dict[str, Any], *, function: str = "data_writing") -> Response:
        handler: ModuleType = getattr(self, function)
        answer = handler.lambda_handler(event, None)
        headers = answer.get("headers", {}) | {
            name: ", ".join(values) for name, values in answer.get("multiValueHeaders", {}).items()
        }
        return Response(answer["statusCode"], headers, answer.get("body", ""))

    def read(self, path: str, **query: str) -> Response:
        """Send an operator's GET."""
        event = events.http("GET", path) | {"queryStringParameters": query}
        return self.request(event, function="operator_api")

    def as_person(self, method: str, path: str, **options: Any) -> Response:
        """Send a request of the console on behalf of a person, by default a viewer."""
        role = self.environment["CONSOLE_ROLE"]
        event = events.by_console(role, method, path, **options)
        return self.request(event, function="operator_api")

    def post(
        self, key: PostbackKey | None, /, *, at: datetime = NOON, **parameters: str
    ) -> Response:
        """Send a posting by GET, with its parameters in the query string."""
        sent = ({"key": key.key} if key else {}) | parameters
        return self.request(events.http("GET", "/data_writing", urlencode(sent), at=at))

    def post_json(self, key: PostbackKey, /, *, at: datetime = NOON, **parameters: Any) -> Response:
        path, body = f"/data_writing/{key.key}", json.dumps(parameters)
        return self.request(
            events.http("POST", path, at=at, body=body, content_type="application/json")
        )

    def handle(self, *bodies: str) -> list[str]:
        """Deliver a batch of call events; returns the IDs of those to deliver again."""
        answer = self.call_events.lambda_handler(events.sqs(*bodies), None)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def deliver(self, body: str) -> None:
        """Deliver one call event. Raises EventFailed if it must be delivered again."""
        if self.handle(body):
            raise EventFailed(body)

    def queued(self, setting: str) -> list[str]:
        """Take the messages of a queue, by the setting that has its address."""
        received = client("sqs").receive_message(
            QueueUrl=self.environment[setting], MaxNumberOfMessages=10
        )
        return [message["Body"] for message in received.get("Messages", [])]

    def start_call(
        self, caller_number: str | None, *, at: datetime = NOON, call_uuid: str | None = None
    ) -> str:
        """Report a call's start. Returns the call ID."""
        call_uuid = call_uuid or str(uuid4())
        detail = {"call_uuid": call_uuid, "caller_number": caller_number, "started_at": at}
        self.deliver(events.call_event("Call Started", **detail))
        return call_uuid

    def end_call(
        self,
        call_uuid: str,
        caller_number: str | None,
        *,
        at: datetime,
        started_at: datetime = NOON,
    ) -> None:
        detail = {"call_uuid": call_uuid, "caller_number": caller_number, "started_at": started_at}
        self.deliver(events.call_event("Call Ended", ended_at=at, **detail))

    def announce_all(self) -> list[tuple[str, dict[str, Any]]]:
        """Announce the changes since the last time; returns the events' types and details."""
        with _put_on(self.call_feed.bus) as put:
            answer = self.call_feed.lambda_handler({"Records": self.stream.read()}, None)
        assert answer == {"batchItemFailures": []}
        return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in put]

    def announce(self) -> list[dict[str, Any]]:
        """Announce changes that are all of calls' tags; returns the details."""
        details = [detail for _, detail in self.announce_all()]
        assert [flaw for detail in details for flaw in described.flaws(detail, CALL_TAGGED)] == []
        return details

    def count(self) -> None:
        """Count the postings logged since the last time."""
        self.activity.lambda_handler({"Records": self.log_stream.read()}, None)

    def watch(self) -> list[tuple[str, dict[str, Any]]]:
        """Check the watched keys. Returns the events sent: their types and details."""
        with _put_on(self.key_watch.bus) as put:
            self.key_watch.lambda_handler({}, None)
        sent = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in put]
        for detail_type, detail in sent:
            schema = described.event(detail_type.lower().replace(" ", "-"))
            assert list(described.flaws(detail, schema)) == []
        return sent

    def call(self, call_uuid: str) -> Call:
        item = self.dynamodb.get_item(
            TableName=self.environment["CALL_DATA_TABLE"], Key=call_key(call_uuid)
        )
        return to_call(item["Item"])

    def change_call(self, call_uuid: str) -> None:
        """Increment the call's version, as any other writer does."""
        self.dynamodb.update_item(
            TableName=self.environment["CALL_DATA_TABLE"],
            Key=call_key(call_uuid),
            UpdateExpression="ADD version :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    def tags(self, call_uuid: str) -> dict[str, str]:
        return {name: tag.value for name, tag in self.call(call_uuid).tags.items()}

    def pending(self) -> list[dict[str, Any]]:
        """Return the items of all pending postings."""
        items = self.dynamodb.scan(TableName=self.environment["CALL_DATA_TABLE"])["Items"]
        return [dict(item) for item in items if item["sk"]["S"].startswith("PENDING#")]

    def rows(self, key: PostbackKey) -> dict[str, dict[str, Any]]:
        """Return a key's log rows by the suffix of their sort keys, "" for a posting's first row.
        A decision's row is called by what was decided: "#applied" or "#refused".

        For keys with one posting; `all_rows` has those of others.
        """
        rows = {row["sk"].removeprefix(row["posting_id"]): row for row in self.all_rows(key)}
        return {
            f"#{row['outcome']}" if suffix == "#decided" else suffix: row
            for suffix, row in rows.items()
        }

    def all_rows(self, key: PostbackKey) -> list[dict[str, Any]]:
        items = self.dynamodb.scan(TableName=self.environment["POSTBACK_LOG_TABLE"])["Items"]
        rows = [from_item(item) for item in items]
        return sorted((r for r in rows if r["key_id"] == key.key_id), key=lambda row: row["sk"])

    def lines(self) -> list[dict[str, Any]]:
        """Return the functions' log lines."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@contextmanager
def _put_on(bus: Any) -> Iterator[list[dict[str, Any]]]:
    """Collect the entries that are put on the bus in the meantime."""
    put: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        put.extend(json.loads(params["body"])["Entries"])

    bus.meta.events.register_first("before-call.eventbridge.PutEvents", note)
    try:
        yield put
    finally:
        bus.meta.events.unregister("before-call.eventbridge.PutEvents", note)


class Stream:
    """A table's stream, with the filter of the function that reads it."""

    def __init__(self, table_name: str, wanted: Any) -> None:
        self._table_name = table_name
        self._wanted = wanted
        self._position: str | None = None

    def read(self) -> list[dict[str, Any]]:
        """Return the records since the last time, as Lambda delivers them."""
        streams = client("dynamodbstreams")
        answer = streams.get_records(ShardIterator=self._position or self._beginning(streams))
        self._position = answer["NextShardIterator"]
        records: list[Any] = [record for record in answer["Records"] if self._wanted(record)]
        return [_as_in_lambda(record) for record in records if not _is_motos_own(record)]

    def _beginning(self, streams: Any) -> str:
        (stream,) = streams.list_streams(TableName=self._table_name)["Streams"]
        description = streams.describe_stream(StreamArn=stream["StreamArn"])
        (shard,) = description["StreamDescription"]["Shards"]
        iterator: str = streams.get_shard_iterator(
            StreamArn=stream["StreamArn"],
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        return iterator


def _is_motos_own(record: Any) -> bool:
    """Whether it is moto's extra record: it reports a creation twice, first with the key only."""
    change = record["dynamodb"]
    return bool(change["NewImage"] == change["Keys"])


def _as_in_lambda(record: Any) -> dict[str, Any]:
    change: dict[str, Any] = record["dynamodb"]
    if change.get("OldImage") == change["Keys"]:
        record["eventName"] = "INSERT"
        del change["OldImage"]
    created_at = change["ApproximateCreationDateTime"]
    return {**record, "dynamodb": change | {"ApproximateCreationDateTime": created_at.timestamp()}}
