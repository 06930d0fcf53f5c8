"""Announces changes of calls on the bus, from the call data table's stream."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from shared.domain import platform_events
from shared.domain.announcing import needs_announcing, needs_end_announced
from shared.domain.calls import Call
from shared.domain.errors import OutOfTime, RetriesExhausted
from shared.runtime import aws, metrics, observability, time_limits
from shared.runtime.settings import CallFeedSettings
from shared.stores.call_items import is_call, to_call

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

_MAX_ENTRIES = 10
_MAX_BYTES = 250_000
"""Maximum per request of several events. EventBridge takes 10 entries and 1 MB, but not everywhere:
in some places it takes 256 KB. So a larger event has a request of its own."""

_MAX_ATTEMPTS = 5
_TRANSIENT = ("ThrottlingException", "InternalFailure", "InternalException", "ServiceUnavailable")
"""Error codes that a retry can help against."""

settings = CallFeedSettings.load(os.environ)
logger = observability.make_logger("call_feed")
counts = observability.Metrics("call_feed")
bus = aws.make_client("events")


@dataclass(frozen=True, slots=True)
class Announcement:
    """One event about a call, and the stream record that it comes from.

    `without_tags` is the detail to send instead if the bus refuses a large one; others have none.
    """

    sequence_number: str
    call: Call
    detail: str
    detail_type: str
    without_tags: str | None = None

    def shortened(self) -> "Announcement":
        return replace(self, detail=self.without_tags or self.detail, without_tags=None)

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
            announcement = Announcement(change["SequenceNumber"], after, detail, detail_type)
            if _size(announcement) > _MAX_BYTES:
                short = platform_events.detail_without_tags(after, at, settings.longest_call)
                announcement = replace(announcement, without_tags=short)
            yield announcement


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
        added = _size(announcement)
        if batch and (len(batch) == _MAX_ENTRIES or size + added > _MAX_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(announcement)
        size += added
    if batch:
        yield batch


def _size(announcement: Announcement) -> int:
    return len(announcement.detail.encode())


def _put(batch: Sequence[Announcement]) -> Sequence[Announcement]:
    """Put the announcements on the bus. Returns those that it refused every time, in order.

    A large one that it refuses is sent without its tags.
    """
    try:
        for _ in time_limits.attempts(_MAX_ATTEMPTS):
            batch = [_for_retry(*refused) for refused in _send(batch)]
            if not batch:
                break
    except (RetriesExhausted, OutOfTime, BotoCoreError, ClientError) as error:
        if isinstance(error, RetriesExhausted) and batch[0].without_tags:
            # Nothing but its size sets it apart. It must not delay the announcements behind it.
            return _put([batch[0].shortened()])
        logger.error(
            "calls not announced",
            outcome="failed",
            call_uuids=[observability.shown_id(a.call.call_uuid) for a in batch],
            **observability.describe(error),
        )
        _count(metrics.AnnouncementOutcome.FAILED, batch)
    return batch


def _send(batch: Sequence[Announcement]) -> list[tuple[Announcement, str]]:
    """Send one request. Returns the announcements that the bus refused, and the error codes.

    A large announcement has a request of its own, so an error of that request is about it.
    """
    try:
        response = bus.put_events(Entries=[a.to_entry() for a in batch])
    except ClientError as error:
        if batch[0].without_tags is None:
            raise
        return [(batch[0], error.response["Error"]["Code"])]
    results = list(zip(batch, response["Entries"], strict=True))
    _log([a for a, result in results if "ErrorCode" not in result])
    return [(a, result["ErrorCode"]) for a, result in results if "ErrorCode" in result]


def _for_retry(refused: Announcement, code: str) -> Announcement:
    if refused.without_tags is None or code in _TRANSIENT:
        return refused
    logger.warning(
        "tags omitted from announcement",
        call_uuid=observability.shown_id(refused.call.call_uuid),
        error_code=code,
        bytes=_size(refused),
    )
    return refused.shortened()


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
