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
    """The tests' own: made once, since making one takes longer than most tests."""
    make_client: Any = boto3.client
    return make_client(service)


@dataclass(frozen=True, slots=True)
class Response:
    """What a function answered over HTTP."""

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
    """A call event was reported as one to deliver again."""


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
        """What an operator reads there."""
        event = events.http("GET", path) | {"queryStringParameters": query}
        return self.request(event, function="operator_api")

    def post(
        self, key: PostbackKey | None, /, *, at: datetime = NOON, **parameters: str
    ) -> Response:
        """A posting by GET; its parameters go in the query string."""
        sent = ({"key": key.key} if key else {}) | parameters
        return self.request(events.http("GET", "/data_writing", urlencode(sent), at=at))

    def post_json(self, key: PostbackKey, /, *, at: datetime = NOON, **parameters: Any) -> Response:
        path, body = f"/data_writing/{key.key}", json.dumps(parameters)
        return self.request(
            events.http("POST", path, at=at, body=body, content_type="application/json")
        )

    def handle(self, *bodies: str) -> list[str]:
        """Deliver a batch of call events; returns the ids of those that are to come again."""
        answer = self.call_events.lambda_handler(events.sqs(*bodies), None)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def deliver(self, body: str) -> None:
        """Deliver one call event. Raises EventFailed if it is to come again."""
        if self.handle(body):
            raise EventFailed(body)

    def start_call(
        self, caller_number: str | None, *, at: datetime = NOON, call_uuid: str | None = None
    ) -> str:
        """Returns the call's uuid."""
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
        """Feed what has changed since the last time; returns the events and their details."""
        with _put_on(self.call_feed.bus) as put:
            answer = self.call_feed.lambda_handler({"Records": self.stream.read()}, None)
        assert answer == {"batchItemFailures": []}
        return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in put]

    def announce(self) -> list[dict[str, Any]]:
        """The same, where there is nothing but calls' tags to tell; returns the details."""
        details = [detail for _, detail in self.announce_all()]
        assert [flaw for detail in details for flaw in described.flaws(detail, CALL_TAGGED)] == []
        return details

    def count(self) -> None:
        """Have what was logged since the last time counted."""
        self.activity.lambda_handler({"Records": self.log_stream.read()}, None)

    def watch(self) -> list[tuple[str, dict[str, Any]]]:
        """Have the keys looked at; returns what was told of them: the events and their details."""
        with _put_on(self.key_watch.bus) as put:
            self.key_watch.lambda_handler({}, None)
        told = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in put]
        for detail_type, detail in told:
            schema = described.event(detail_type.lower().replace(" ", "-"))
            assert list(described.flaws(detail, schema)) == []
        return told

    def call(self, call_uuid: str) -> Call:
        item = self.dynamodb.get_item(
            TableName=self.environment["CALL_DATA_TABLE"], Key=call_key(call_uuid)
        )
        return to_call(item["Item"])

    def change_call(self, call_uuid: str) -> None:
        """What any other writer of a call does to it: move its version on."""
        self.dynamodb.update_item(
            TableName=self.environment["CALL_DATA_TABLE"],
            Key=call_key(call_uuid),
            UpdateExpression="ADD version :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    def tags(self, call_uuid: str) -> dict[str, str]:
        return {name: tag.value for name, tag in self.call(call_uuid).tags.items()}

    def pending(self) -> list[dict[str, Any]]:
        """All postings that wait for a call, as the items that they are."""
        items = self.dynamodb.scan(TableName=self.environment["CALL_DATA_TABLE"])["Items"]
        return [dict(item) for item in items if item["sk"]["S"].startswith("PENDING#")]

    def rows(self, key: PostbackKey) -> dict[str, dict[str, Any]]:
        """The log's rows of a key by the end of their sort keys: "" for a posting's first row.
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
        """What the functions have logged."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@contextmanager
def _put_on(bus: Any) -> Iterator[list[dict[str, Any]]]:
    """The entries of what is put on the bus meanwhile."""
    put: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        put.extend(json.loads(params["body"])["Entries"])

    bus.meta.events.register_first("before-call.eventbridge.PutEvents", note)
    try:
        yield put
    finally:
        bus.meta.events.unregister("before-call.eventbridge.PutEvents", note)


class Stream:
    """A table's stream, through the filter of the function that is fed from it."""

    def __init__(self, table_name: str, wanted: Any) -> None:
        self._table_name = table_name
        self._wanted = wanted
        self._position: str | None = None

    def read(self) -> list[dict[str, Any]]:
        """The records since the last time, as Lambda would hand them over."""
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
    """Of an update that creates its item moto tells twice, first of an item with a key alone."""
    change = record["dynamodb"]
    return bool(change["NewImage"] == change["Keys"])


def _as_in_lambda(record: Any) -> dict[str, Any]:
    change: dict[str, Any] = record["dynamodb"]
    if change.get("OldImage") == change["Keys"]:
        record["eventName"] = "INSERT"
        del change["OldImage"]
    created_at = change["ApproximateCreationDateTime"]
    return {**record, "dynamodb": change | {"ApproximateCreationDateTime": created_at.timestamp()}}
