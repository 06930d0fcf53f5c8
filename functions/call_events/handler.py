"""The platform's call events: record the call, then put on it the postings that wait for it."""

import os
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

from functions.call_events import schemas
from shared.domain import caller_numbers
from shared.domain.calls import CallEventType
from shared.domain.errors import InvalidInput
from shared.domain.log_entries import Cause
from shared.runtime import aws, metrics, observability, time_limits
from shared.runtime.settings import CallEventsSettings
from shared.stores import dynamodb
from shared.stores.calls import ApplyResult, CallStore
from shared.stores.log import LogStore

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

CAUSES = {
    CallEventType.STARTED: Cause.CALL_STARTED,
    CallEventType.ENDED: Cause.CALL_ENDED,
}

_MOST_ERROR_CHARACTERS = 1000

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
# A batch of which every event failed is reported like any other, not raised: each is retried alone.
_processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)


def lambda_handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    with time_limits.limit(time_limits.CALL_EVENTS_SECONDS):
        return process_partial_response(
            event=event, record_handler=_handle, processor=_processor, context=context
        )


def _handle(record: SQSRecord) -> None:
    try:
        with time_limits.limit(time_limits.CALL_EVENT_SECONDS):
            _take_or_set_aside(record)
    except Exception as error:
        logger.error(
            "call event failed",
            outcome="failed",
            message_id=record.message_id,
            **observability.describe(error),
        )
        counts.emit({metrics.CALL_EVENTS: [1]}, outcome=metrics.EventOutcome.FAILED)
        raise


def _take_or_set_aside(record: SQSRecord) -> None:
    try:
        _take(record)
    except InvalidInput as refusal:
        _set_aside(record, refusal)


def _take(record: SQSRecord) -> None:
    now = datetime.now(UTC)
    event = schemas.parse(record.body, now)
    told = schemas.to_call(event.detail, settings.default_region)
    result = calls.report(told, cause=CAUSES[event.type], at=now, event=event.type)
    call = result.call
    lag = observability.milliseconds(datetime.now(UTC) - event.time) if event.time else None
    logger.info(
        "call event handled",
        outcome=event.type.value,
        call_uuid=observability.shown_id(call.call_uuid),
        caller_number=caller_numbers.mask(call.caller_number or ""),
        applied=[posting.posting_id for posting in result.applied],
        left_out=[posting.posting_id for posting in result.refused],
        version=call.version,
        event_lag_ms=lag,
    )
    _count(result, now, lag)


def _count(result: ApplyResult, at: datetime, lag: int | None) -> None:
    applied, left_out = result.applied, result.refused
    values = {
        metrics.CALL_EVENTS: [1],
        metrics.TAGS_APPLIED: [sum(len(p.tags) for p in applied)] if applied else [],
        metrics.PENDING_AGE: [observability.milliseconds(at - p.posted_at) for p in applied],
        metrics.POSTINGS_LEFT_OUT: [len(left_out)] if left_out else [],
        metrics.EVENT_LAG: [] if lag is None else [lag],
    }
    counts.emit(values, outcome=metrics.EventOutcome.HANDLED)


@cache
def dead_letters() -> "SQSClient":
    """Made for the first event that cannot be read: most processes never meet one."""
    return aws.make_client("sqs")


def _printable(text: str) -> str:
    """SQS refuses control characters, which a message may quote from what was sent."""
    return "".join(c if c.isprintable() else "?" for c in text)[:_MOST_ERROR_CHARACTERS]


def _set_aside(record: SQSRecord, refusal: InvalidInput) -> None:
    """Put an event that will never be readable where operators look, with the reason, at once."""
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
