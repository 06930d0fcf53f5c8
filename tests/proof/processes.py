"""Copies of the functions' own code, each like a process of its own.

Only the client's method that all requests pass through is replaced: HTTP would be more than half of
a proof's work. This also removes the time limit of requests, which a clock that stands still never
reaches.
"""

import importlib.util
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any
from unittest import mock
from uuid import uuid4

from botocore.exceptions import ClientError

from functions.operator_api.forgetting import Forgetting
from shared.domain.calls import Call, CallEventType
from shared.domain.errors import RetriesExhausted
from shared.domain.legs import Leg, Parties
from shared.stores import dynamodb
from shared.stores.apply_results import AppliedInPart, ApplyResult
from shared.stores.call_records import CallRecords
from shared.stores.calls import CallStore
from shared.stores.erasure import ErasureStore
from shared.stores.log import LogStore
from tests.proof.database import Body, Reply
from tests.proof.operations import CALL, LATER, ReportLeg

TABLES = CALL_DATA, POSTBACK_KEYS, POSTBACK_LOG = "call-data", "postback-keys", "postback-log"
ACTIVITY = "activity"
BUS = "bus"

FORGETTING = "forgetting"
LEGS = "legs"

LONGEST_CALL = timedelta(hours=4)

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "CALL_DATA_TABLE": CALL_DATA,
    "POSTBACK_KEYS_TABLE": POSTBACK_KEYS,
    "POSTBACK_LOG_TABLE": POSTBACK_LOG,
    "ACTIVITY_TABLE": ACTIVITY,
    "HISTORY_TABLE": "history",
    "POSTING_URL": "https://api.example.com/data_writing",
    "LONGEST_CALL_HOURS": "4",
    "KEY_CACHE_SECONDS": "30",
    "SETTLING_SECONDS": "10",
    "DEFAULT_REGION": "US",
    "CALL_EVENTS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/call-events",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/dead-letters",
    "EVENT_BUS": BUS,
    "ANNOUNCE_ENDS": "false",
    "CONSOLE_ROLE": "CallDataWriting-Console",
}

_numbers = count()

Answer = Callable[[str, Body], Reply]


@contextmanager
def environment() -> Iterator[None]:
    """Set the environment variables that the functions read when they are imported."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith("AWS_")}
    with mock.patch.dict(os.environ, kept | ENVIRONMENT, clear=True):
        yield


class Process:
    """A copy of a function whose requests go to `answer`."""

    def __init__(self, package: str, answer: Answer, client: str = "_client") -> None:
        self.package = package
        with environment():
            self.handler = _load(package)
        aws: Any = getattr(self.handler, client)

        def call(operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
            model = aws.meta.service_model.operation_model(operation)
            tokens = {member: str(uuid4()) for member in model.idempotent_members}
            answered = answer(operation, tokens | json.loads(json.dumps(parameters)))
            members = dict(answered.members)
            if not answered.is_good:
                raise aws.exceptions.from_code(members["Error"]["Code"])(members, operation)
            return members

        aws._make_api_call = call

    def run(self, event: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.handler.lambda_handler(event, None)
        return answer


def _forgetting() -> Any:
    """What the operator API has done for it, with a client of its own: the rest of that API is
    none of the proof's business."""
    client = dynamodb.make_client()
    erasure = ErasureStore(client, CALL_DATA, POSTBACK_LOG)
    forgetting = Forgetting(CallRecords(client, CALL_DATA), erasure)

    def lambda_handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
        forgetting.max_calls = event["most_calls"]
        try:
            erased = forgetting.forget(event["caller_number"], event["at"])
        except (ClientError, RetriesExhausted):
            return {"statusCode": 500, "body": "{}"}
        return {"statusCode": 200 if erased.is_complete else 503, "body": "{}"}

    return SimpleNamespace(_client=client, forgetting=forgetting, lambda_handler=lambda_handler)


def _legs() -> Any:
    """Report legs to the store, as the platform API and the call events do: the reading of phone
    systems' webhooks is tested elsewhere."""
    client = dynamodb.make_client()
    calls = CallStore(client, CALL_DATA, LogStore(client, POSTBACK_LOG), LONGEST_CALL)

    def lambda_handler(event: Mapping[str, Any], _: object) -> dict[str, Any]:
        try:
            result = _report(module.calls, event["report"])
        except (ClientError, RetriesExhausted, AppliedInPart):
            return {"statusCode": 500, "body": "{}"}
        return {"statusCode": 200 if isinstance(result, ApplyResult) else 202, "body": "{}"}

    module = SimpleNamespace(_client=client, calls=calls, lambda_handler=lambda_handler)
    return module


def _report(calls: CallStore, report: ReportLeg) -> object:
    if report.parent:
        return calls.report_leg(report.leg_id, report.parent, at=LATER)
    event = CallEventType.ENDED if report.ended_at else CallEventType.STARTED
    call = Call(
        call_uuid=report.leg_id if report.is_bare else CALL,
        caller_number=report.calling if report.is_bare else None,
        started_at=report.started_at,
        ended_at=report.ended_at,
        reported_by=frozenset((report.reporter,)),
        is_start_assumed=report.is_untimed,
    )
    leg = Leg(
        leg_id=report.leg_id,
        direction=report.direction,
        inbound=Parties(report.calling, report.called),
        outbound=Parties(report.called, report.calling),
        is_takeover=report.is_takeover,
    )
    return calls.report(call, at=LATER, event=event, leg=None if report.is_bare else leg)


def _load(package: str) -> Any:
    """Load another copy of the handler's module, with a state of its own."""
    if package == LEGS:
        return _legs()
    if package == FORGETTING:
        return _forgetting()
    found = importlib.util.find_spec(f"functions.{package}.handler")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(package)
    name = f"functions.{package}.handler_{next(_numbers)}"
    spec = importlib.util.spec_from_file_location(name, found.origin)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(found.origin)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
