"""Handles the platform's call events: records the call, and applies its pending postings."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from functions.call_events import phone_system_events, schemas
from shared.domain import continuation, e164, reported_times
from shared.domain.call_reports import Ignored
from shared.domain.calls import CallEventType
from shared.domain.continuation import Continuation
from shared.domain.errors import InvalidInput, Problem
from shared.runtime import aws, metrics, observability, time_limits
from shared.runtime.settings import CallEventsSettings
from shared.stores import dynamodb
from shared.stores.apply_results import ApplyResult
from shared.stores.calls import CallStore
from shared.stores.log import LogStore

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from shared.domain.legs import IgnoredReport

_MAX_ERROR_CHARACTERS = 1000

settings = CallEventsSettings.load(os.environ)
logger = observability.make_logger("call_events")
counts = observability.Metrics("call_events")
_client = dynamodb.make_client()
calls = CallStore(
    _client,
    settings.call_data_table,
    LogStore(_client, settings.postback_log_table),
    settings.longest_call,
)
# If all events of a batch fail, they are still reported, and retried, one by one.
_processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)


def lambda_handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    with time_limits.limit(time_limits.CALL_EVENTS_SECONDS):
        return process_partial_response(
            event=event, record_handler=_handle, processor=_processor, context=context
        )


def _handle(record: SQSRecord) -> None:
    try:
        with time_limits.limit(time_limits.CALL_EVENT_SECONDS):
            _process_or_set_aside(record)
    except Exception as error:
        logger.error(
            "call event failed",
            outcome="failed",
            message_id=record.message_id,
            **observability.describe(error),
        )
        counts.emit({metrics.CALL_EVENTS: [1]}, outcome=metrics.EventOutcome.FAILED)
        raise


def _process_or_set_aside(record: SQSRecord) -> None:
    try:
        _process(record)
    except InvalidInput as refusal:
        _set_aside(record, refusal)


def _process(record: SQSRecord) -> None:
    now = datetime.now(UTC)
    warnings: list[Problem] = []
    if resumed := continuation.read(record.body):
        _resume(resumed, now)
        return
    if foreign := phone_system_events.parse(record.body):
        sent_at = phone_system_events.time(foreign)
        event_type, result = _report_foreign(foreign, sent_at, now)
    else:
        event = schemas.parse(record.body)
        warnings = schemas.settle_times(event, now)
        sent_at, event_type = event.time, event.type
        result = _report(event, warnings, now)
    lag = observability.milliseconds(datetime.now(UTC) - sent_at) if sent_at else None
    if isinstance(result, ApplyResult):
        if result.ends_early:
            warnings.append(Problem("ended_at", reported_times.ENDS_BEFORE_KNOWN_START))
        _log_handled(event_type, result, lag, warnings)
        values = observability.report_values(result.applied, result.refused, now)
    else:
        _log_ignored(result.reason, result.call_uuid)
        values = {metrics.CALL_EVENTS: [1]}
    if lag is not None:
        values[metrics.EVENT_LAG] = [lag]
    counts.emit(values, outcome=metrics.EventOutcome.HANDLED)


def _resume(resumed: Continuation, now: datetime) -> None:
    """Apply the postings for which a report over HTTP had no time."""
    result = calls.resume(resumed.call_uuid, at=now, event=resumed.event)
    if result:
        _log_handled(resumed.event, result, None, [])
        values = observability.report_values(result.applied, result.refused, now)
        # The report itself was counted when it came.
        del values[metrics.CALL_EVENTS]
        if values:
            counts.emit(values, outcome=metrics.EventOutcome.HANDLED)


def _report(
    event: schemas.CallEvent, warnings: list[Problem], now: datetime
) -> "ApplyResult | IgnoredReport":
    detail = event.detail
    if detail.parent_call_uuid and detail.parent_call_uuid != detail.call_uuid:
        return calls.report_leg(detail.call_uuid, detail.parent_call_uuid, at=now)
    reported = schemas.to_call(detail, settings.default_region)
    if any(warning.param == "started_at" for warning in warnings):
        reported = replace(reported, is_start_assumed=True)
    return calls.report(
        reported, at=now, event=event.type, arrived_at=schemas.arrived_at(event.time, now)
    )


def _report_foreign(
    event: Mapping[str, Any], sent_at: datetime | None, now: datetime
) -> "tuple[CallEventType, ApplyResult | IgnoredReport | Ignored]":
    """Report the call that a phone system's event is about, if it is about one."""
    region = settings.default_region
    reported = phone_system_events.read(event, default_region=region, now=now)
    if isinstance(reported, Ignored):
        return CallEventType.STARTED, reported
    kind = CallEventType.ENDED if reported.call.ended_at else CallEventType.STARTED
    arrived_at = schemas.arrived_at(sent_at, now)
    return kind, calls.report(
        reported.call, at=now, event=kind, leg=reported.leg, arrived_at=arrived_at
    )


def _log_handled(
    event_type: CallEventType, result: ApplyResult, lag: int | None, warnings: list[Problem]
) -> None:
    call = result.call
    shown = [f"detail.{warning.param}: {warning.message}" for warning in warnings]
    warned: dict[str, Any] = {"warnings": shown} if shown else {}
    log = logger.warning if warnings else logger.info
    log(
        "call report handled",
        outcome=event_type.value,
        call_uuid=observability.shown_id(call.call_uuid),
        caller_number=e164.mask(call.caller_number or ""),
        applied=[posting.posting_id for posting in result.applied],
        left_out=[posting.posting_id for posting in result.refused],
        version=call.version,
        event_lag_ms=lag,
        has_other_caller=result.has_other_caller,
        **warned,
    )


def _log_ignored(reason: str, call_uuid: object) -> None:
    logger.info(
        "call event ignored",
        outcome="ignored",
        call_uuid=observability.shown_id(call_uuid if isinstance(call_uuid, str) else None),
        reason=observability.shown_id(reason),
    )


@cache
def dead_letters() -> "SQSClient":
    """Return the queue's client, made for the first malformed event: most processes have none."""
    return aws.make_client("sqs")


def _printable(text: str) -> str:
    """Replace control characters, which SQS rejects, and which a message may quote."""
    return "".join(c if c.isprintable() else "?" for c in text)[:_MAX_ERROR_CHARACTERS]


def _set_aside(record: SQSRecord, refusal: InvalidInput) -> None:
    """Put a malformed event in the dead-letter queue at once: no retry can help."""
    dead_letters().send_message(
        QueueUrl=settings.dead_letter_queue_url,
        MessageBody=record.body,
        MessageAttributes={
            "error": {"DataType": "String", "StringValue": _printable(str(refusal))}
        },
    )
    logger.warning(
        "call event malformed",
        outcome="malformed",
        message_id=record.message_id,
        problems=[f"{p.param}: {p.message}" for p in refusal.problems],
    )
    counts.emit({metrics.CALL_EVENTS: [1]}, outcome=metrics.EventOutcome.MALFORMED)
