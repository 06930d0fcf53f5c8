"""Announces changes of calls on the bus, from the call data table's stream."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain import platform_events
from shared.domain.calls import Call, needs_announcing, needs_end_announced
from shared.domain.errors import OutOfTime, RetriesExhausted
from shared.runtime import aws, metrics, observability, retries, time_limits
from shared.runtime.settings import CallFeedSettings
from shared.stores.call_items import is_call, to_call

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

_MAX_ENTRIES = 10
_MAX_BYTES = 250_000
"""Maximum per request. EventBridge takes 10 entries and 256 KB."""

_MAX_ATTEMPTS = 5

settings = CallFeedSettings.load(os.environ)
logger = observability.make_logger("call_feed")
counts = observability.Metrics("call_feed")
bus = aws.make_client("events")


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event about a call, and the stream record that it comes from."""

    sequence_number: str
    call: Call
    detail: str
    detail_type: str

    def to_entry(self) -> "PutEventsRequestEntryTypeDef":
        return {
            "EventBusName": settings.event_bus,
            "Source": platform_events.SOURCE,
            "DetailType": self.detail_type,
            "Detail": self.detail,
        }


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Announce changes in the stream's order. Lambda retries from the first record that failed."""
    with time_limits.limit(time_limits.ANNOUNCEMENTS_SECONDS):
        for batch in _batches(_announcements(event["Records"])):
            refused = _put(batch)
            if refused:
                return {"batchItemFailures": [{"itemIdentifier": refused[0].sequence_number}]}
    return {"batchItemFailures": []}


def _announcements(records: Iterable[Mapping[str, Any]]) -> Iterator[Announcement]:
    for record in records:
        change = record["dynamodb"]
        old = change.get("OldImage", {})
        # Legs may have been remembered under the call's ID before the call was known.
        before, after = to_call(old) if is_call(old) else None, to_call(change["NewImage"])
        at = datetime.fromtimestamp(change["ApproximateCreationDateTime"], UTC)
        for detail_type, detail in _events(before, after, at):
            yield Announcement(change["SequenceNumber"], after, detail, detail_type)


def _events(before: Call | None, after: Call, at: datetime) -> Iterator[tuple[str, str]]:
    """Yield the events about one change of a call: their types and details."""
    is_tagged = needs_announcing(before, after)
    has_ended = settings.announces_ends and needs_end_announced(before, after)
    if is_tagged or has_ended:
        detail = platform_events.event_detail(after, at, settings.longest_call)
        yield from [(platform_events.DETAIL_TYPE, detail)] if is_tagged else []
        yield from [(platform_events.ENDED_DETAIL_TYPE, detail)] if has_ended else []
    if after.forgotten_at and not (before and before.forgotten_at):
        yield platform_events.FORGOTTEN_DETAIL_TYPE, platform_events.forgotten_detail(after)


def _batches(announcements: Iterable[Announcement]) -> Iterator[list[Announcement]]:
    batch: list[Announcement] = []
    size = 0
    for announcement in announcements:
        added = len(announcement.detail.encode())
        if batch and (len(batch) == _MAX_ENTRIES or size + added > _MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(announcement)
        size += added
    if batch:
        yield batch


def _put(batch: Sequence[Announcement]) -> Sequence[Announcement]:
    """Put the announcements on the bus. Returns those that it refused every time, in order."""
    try:
        for _ in retries.attempts(_MAX_ATTEMPTS):
            response = bus.put_events(Entries=[a.to_entry() for a in batch])
            results = list(zip(batch, response["Entries"], strict=True))
            _log([a for a, result in results if "ErrorCode" not in result])
            batch = [a for a, result in results if "ErrorCode" in result]
            if not batch:
                break
    except (RetriesExhausted, OutOfTime, BotoCoreError, ClientError) as error:
        logger.error(
            "calls not announced",
            outcome="failed",
            call_uuids=[observability.shown_id(a.call.call_uuid) for a in batch],
            **observability.describe(error),
        )
        _count(metrics.AnnouncementOutcome.FAILED, batch)
    return batch


def _log(announced: Sequence[Announcement]) -> None:
    for announcement in announced:
        call = announcement.call
        logger.info(
            "call announced",
            outcome="announced",
            call_uuid=observability.shown_id(call.call_uuid),
            version=call.version,
            tag_names=observability.tag_names(call.tags),
        )
    if announced:
        _count(metrics.AnnouncementOutcome.ANNOUNCED, announced)


def _count(outcome: metrics.AnnouncementOutcome, announcements: Sequence[Announcement]) -> None:
    counts.emit({metrics.CALLS_ANNOUNCED: [len(announcements)]}, outcome=outcome)
