"""The measured operations: their events, and the items that each of them needs in the tables."""

import itertools
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from shared.domain import keys, platform_keys, timestamps
from shared.domain.calls import Call, CallEventType
from shared.domain.keys import PostbackKey
from shared.domain.postings import Posting, posting_id
from shared.stores.apply_results import ApplyResult
from shared.stores.calls import CallStore
from shared.stores.keys import KeyStore
from shared.stores.log import LogStore
from shared.stores.platform_keys import PlatformKeyStore
from tests.bench.processes import Wire
from tests.integration import events
from tests.proof.processes import CALL_DATA, POSTBACK_KEYS, POSTBACK_LOG

_RECORD = Path(__file__).parents[1] / "events" / "changed_call_record.json"
_LONGEST_CALL = timedelta(hours=4)
_TAGS = {"age": "39", "zip": "90210", "prequalified": "true"}

Event = dict[str, Any]


PLATFORM_KEY = platform_keys.credential(b"bench")


class Stage:
    """The tables behind the endpoint, with one postback key; operations add the rest."""

    def __init__(self, wire: Wire) -> None:
        self._numbers = (f"+1556{number:07}" for number in itertools.count())
        self._calls = CallStore(
            wire.client, CALL_DATA, LogStore(wire.client, POSTBACK_LOG), _LONGEST_CALL
        )
        self.key = example_key()
        KeyStore(wire.client, POSTBACK_KEYS).add_key(self.key)
        PlatformKeyStore(wire.client, POSTBACK_KEYS).add(events.example_platform_key(PLATFORM_KEY))
        # The peer looks for the key here.
        wire.client.put_item(
            TableName=POSTBACK_KEYS, Item={"pk": {"S": f"KEY#{self.key.key}"}, "sk": {"S": "KEY"}}
        )

    def caller(self) -> str:
        return next(self._numbers)

    def call_in_progress(self, caller_number: str | None = None) -> Call:
        """Report a call's start and apply its caller's pending postings."""
        report = Call(
            call_uuid=str(uuid.uuid4()),
            caller_number=caller_number or self.caller(),
            started_at=_now(),
        )
        result = self._calls.report(report, at=_now(), event=CallEventType.STARTED)
        assert isinstance(result, ApplyResult)
        return result.call

    def pending_posting(self, caller_number: str) -> None:
        posted_at = _now()
        self._calls.store(
            Posting(
                posting_id=posting_id(round(posted_at.timestamp() * 1000), _request_id()),
                key_id=self.key.key_id,
                publisher_id=self.key.publisher_id,
                posted_at=posted_at,
                stored_until=posted_at + self.key.storage_duration,
                end_call_cutoff=self.key.end_call_cutoff,
                tags=_TAGS,
                caller_number=caller_number,
            )
        )


@dataclass(frozen=True, slots=True)
class Operation:
    """A kind of invocation; `prepare` adds what it needs to the tables and returns its event."""

    name: str
    function: str
    prepare: Callable[[Stage], Event]

    def events(self, stage: Stage, count: int) -> list[Event]:
        return [self.prepare(stage) for _ in range(count)]


def put_item(stage: Stage) -> Event:
    """Return the reference's request: an item like a posting's, in a table without an index."""
    return {
        "TableName": CALL_DATA,
        "Item": {
            "pk": {"S": f"CALLER#{stage.caller()}"},
            "sk": {"S": f"PENDING#{_request_id()}"},
            "posting_id": {"S": _request_id()},
            "publisher_id": {"S": stage.key.publisher_id},
            "tags": {"M": {name: {"S": value} for name, value in _TAGS.items()}},
            "expires_at": {"N": "1803197132"},
        },
    }


def posting(stage: Stage, caller_number: str) -> Event:
    return posting_of(stage.key, caller_number)


def posting_of(key: PostbackKey, caller_number: str) -> Event:
    query = urlencode({"key": key.key, "caller_number": caller_number} | _TAGS)
    event = events.http("GET", "/data_writing", query, at=datetime.now(UTC))
    event["requestContext"]["requestId"] = _request_id()
    # The gateway adds it, and the peer reads it.
    event["queryStringParameters"] = {
        "key": key.key,
        "caller_number": caller_number,
    } | _TAGS
    return event


def _stored(stage: Stage) -> Event:
    return posting(stage, stage.caller())


def _applied(stage: Stage) -> Event:
    return posting(stage, stage.call_in_progress().caller_number or "")


def _refused(stage: Stage) -> Event:
    return posting(stage, "12")


def call_started(caller_number: str) -> Event:
    return _call_event("Call Started", caller_number=caller_number, started_at=_now())


def _started(stage: Stage) -> Event:
    return call_started(stage.caller())


def _started_with_one_pending(stage: Stage) -> Event:
    caller_number = stage.caller()
    stage.pending_posting(caller_number)
    return call_started(caller_number)


def _ended(stage: Stage) -> Event:
    call = stage.call_in_progress()
    return _call_event(
        "Call Ended",
        call_uuid=call.call_uuid,
        caller_number=call.caller_number,
        started_at=call.started_at,
        ended_at=_now(),
    )


def _announced(_: Stage) -> Event:
    return {"Records": [json.loads(_RECORD.read_text())]}


def _read_key(stage: Stage) -> Event:
    path = f"/postback-keys/{stage.key.key_id}"
    event = events.http("GET", path)
    event["requestContext"]["requestId"] = _request_id()
    return event


def _by_http(call_uuid: str, **members: Any) -> Event:
    path = f"/platform/calls/{call_uuid}"
    event = events.platform("PUT", path, PLATFORM_KEY, members, at=_now())
    event["requestContext"]["requestId"] = _request_id()
    return event


def started_by_http(caller_number: str) -> Event:
    return _by_http(str(uuid.uuid4()), caller_number=caller_number)


def _started_by_http(stage: Stage) -> Event:
    return _by_http(str(uuid.uuid4()), caller_number=stage.caller())


def _started_by_http_with_one_pending(stage: Stage) -> Event:
    caller_number = stage.caller()
    stage.pending_posting(caller_number)
    return _by_http(str(uuid.uuid4()), caller_number=caller_number)


def _ended_by_http(stage: Stage) -> Event:
    return _by_http(stage.call_in_progress().call_uuid, ended_at=_now())


STORED = Operation("posting, stored", "data_writing", _stored)
APPLIED = Operation("posting, applied to a call in progress", "data_writing", _applied)
REFUSED = Operation("posting, refused for its number", "data_writing", _refused)
STARTED = Operation("call started, nothing pending", "call_events", _started)
STARTED_WITH_ONE = Operation(
    "call started, one posting pending", "call_events", _started_with_one_pending
)
ENDED = Operation("call ended", "call_events", _ended)
STARTED_BY_HTTP = Operation(
    "call started over HTTP, nothing pending", "platform_api", _started_by_http
)
STARTED_BY_HTTP_WITH_ONE = Operation(
    "call started over HTTP, one posting pending",
    "platform_api",
    _started_by_http_with_one_pending,
)
ENDED_BY_HTTP = Operation("call ended over HTTP", "platform_api", _ended_by_http)
ANNOUNCED = Operation("one change announced", "call_feed", _announced)
READ_KEY = Operation("operator reads a key", "operator_api", _read_key)

ALL = (
    STORED,
    APPLIED,
    REFUSED,
    STARTED,
    STARTED_WITH_ONE,
    ENDED,
    STARTED_BY_HTTP,
    STARTED_BY_HTTP_WITH_ONE,
    ENDED_BY_HTTP,
    ANNOUNCED,
    READ_KEY,
)
PEERS = (STORED, APPLIED)
"""The operations that the peer supports."""


def module(function: str) -> str:
    return f"functions.{function}.handler"


def functions() -> Iterator[str]:
    """Yield each measured function once, in the order of the operations."""
    yield from dict.fromkeys(operation.function for operation in ALL)


def _call_event(detail_type: str, **detail: Any) -> Event:
    members: Mapping[str, Any] = {"call_uuid": str(uuid.uuid4())} | detail
    return events.sqs(events.call_event(detail_type, **members))


def example_key() -> PostbackKey:
    credential = "3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f"
    return PostbackKey(
        key=credential,
        key_id=keys.key_id(credential),
        publisher_id="pub_gezdgnbvgy3t",
        name="Landing page",
        storage_duration=keys.DEFAULT_STORAGE_DURATION,
        end_call_cutoff=keys.DEFAULT_END_CALL_CUTOFF,
        default_region=keys.DEFAULT_REGION,
        paused=False,
        created_at=events.NOON,
    )


def _request_id() -> str:
    """Return a request ID in the gateway's form: 15 characters of base 64 and `=`."""
    return f"{uuid.uuid4().hex[:15]}="


def _now() -> datetime:
    return timestamps.to_milliseconds(datetime.fromtimestamp(time.time(), UTC))
