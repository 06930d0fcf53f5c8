"""Reports the call of a flow's event, and returns the call's tags for the flow to route by.

A failure is an exception, for which the flow's block has an error branch. The report is not lost:
the call events' queue gets it, and the call_events function retries it until it is handled.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from functions.connect_flow import attributes
from shared.domain import e164, reported_calls, timestamps
from shared.domain.call_reports import Ignored
from shared.domain.calls import Call, CallEventType
from shared.domain.errors import InvalidInput, Problem
from shared.phone_systems import amazon_connect
from shared.runtime import aws, metrics, observability, time_limits
from shared.runtime.settings import ConnectFlowSettings
from shared.stores import dynamodb
from shared.stores.apply_results import ApplyResult
from shared.stores.calls import CallStore
from shared.stores.log import LogStore

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

CONTACT_DATA = Problem(
    "Details.ContactData", "is missing; invoke this function from a flow of Amazon Connect"
)

_KEPT = (
    "Channel",
    "ContactId",
    "CustomerEndpoint",
    "InitialContactId",
    "InitiationMethod",
    "SystemEndpoint",
)
"""The members of a contact that are put on the queue: all that a report is read from. The others
may be anything that the flow knows about the customer."""

settings = ConnectFlowSettings.load(os.environ)
logger = observability.make_logger("connect_flow")
counts = observability.Metrics("connect_flow")
_client = dynamodb.make_client(time_limits.ROUTING_CLIENT)
calls = CallStore(
    _client,
    settings.call_data_table,
    LogStore(_client, settings.postback_log_table),
    settings.longest_call,
)


REPORTED_BY = "bus"
"""As for the events of Amazon Connect: no platform key is involved."""


class ReportFailed(Exception):
    """Makes the flow take the block's error branch."""


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, str]:
    """Raises ReportFailed or InvalidInput: both mean that the flow gets no tags."""
    logger.clear_state()
    now = datetime.now(UTC)
    try:
        with time_limits.limit(time_limits.ROUTING_SECONDS):
            return _report(event, now)
    except InvalidInput as refusal:
        problems = [f"{each.param}: {each.message}" for each in refusal.problems]
        logger.warning("call report malformed", outcome="malformed", problems=problems)
        counts.emit({metrics.CALL_EVENTS: [1]}, outcome=metrics.EventOutcome.MALFORMED)
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, the report must not be lost
        logger.error("call report failed", outcome="failed", **observability.describe(error))
        counts.emit({metrics.CALL_EVENTS: [1]}, outcome=metrics.EventOutcome.FAILED)
        _report_later(event, now)
        raise ReportFailed("the call is reported later; route it without tags") from None


def _report(event: Mapping[str, Any], now: datetime) -> dict[str, str]:
    report = amazon_connect.read(event) if _has_contact(event) else None
    if report is None:
        raise InvalidInput(CONTACT_DATA)
    if isinstance(report, Ignored):
        logger.info("call report ignored", outcome="ignored", reason=report.reason)
        return {}
    reported = reported_calls.read(
        report,
        default_region=settings.default_region,
        arrived_at=now,
        reported_by=REPORTED_BY,
    )
    logger.append_keys(
        call_uuid=observability.shown_id(reported.call.call_uuid),
        caller_number=e164.mask(reported.call.caller_number or ""),
    )
    result = calls.report(reported.call, at=now, event=CallEventType.STARTED, leg=reported.leg)
    if isinstance(result, ApplyResult):
        _log_handled(result, now)
        return _attributes(result.call)
    logger.info("call report ignored", outcome="ignored", reason=result.reason)
    # An agent's or a transferred contact: its flow routes by the call's tags too.
    call = result.call or calls.get(result.parent_call_uuid)
    return _attributes(call) if call else {}


def _has_contact(event: Mapping[str, Any]) -> bool:
    details = event.get("Details")
    return isinstance(details, Mapping) and isinstance(details.get("ContactData"), Mapping)


def _log_handled(result: ApplyResult, now: datetime) -> None:
    logger.info(
        "call report handled",
        outcome=CallEventType.STARTED.value,
        applied=[posting.posting_id for posting in result.applied],
        left_out=[posting.posting_id for posting in result.refused],
        version=result.call.version,
    )
    values = observability.report_values(result.applied, result.refused, now)
    counts.emit(values, outcome=metrics.EventOutcome.HANDLED)


def _attributes(call: Call) -> dict[str, str]:
    found = attributes.from_tags({name: tag.value for name, tag in call.tags.items()})
    if found.hidden or found.omitted:
        logger.warning(
            "tags not returned to the flow",
            hidden=observability.tag_names(found.hidden),
            omitted=observability.tag_names(found.omitted),
        )
    return dict(found.values)


def _report_later(event: Mapping[str, Any], now: datetime) -> None:
    """Put the report on the call events' queue, as an event of Amazon Connect."""
    contact, parameters = (event["Details"].get(n) for n in ("ContactData", "Parameters"))
    kept = {name: contact[name] for name in _KEPT if name in contact}
    campaign = parameters.get("campaign_id") if isinstance(parameters, Mapping) else None
    message = {
        "source": "aws.connect",
        "detail-type": "Amazon Connect Contact Event",
        "time": timestamps.to_text(now),
        "detail": {"Details": {"ContactData": kept, "Parameters": {"campaign_id": campaign}}},
    }
    try:
        with time_limits.limit(time_limits.POSTING_SECONDS):
            queue().send_message(
                QueueUrl=settings.call_events_queue_url, MessageBody=json.dumps(message)
            )
    except Exception as error:  # noqa: BLE001  # the flow must take its error branch now
        logger.error("call report lost", outcome="failed", **observability.describe(error))


@cache
def queue() -> "SQSClient":
    """Return the queue's client, made for the first report that fails."""
    return aws.make_client("sqs")
