"""Stores postings, records calls, and applies the postings' tags to the calls.

Why nothing is lost: each side writes before it reads, and all reads are strongly consistent. A
posting is stored before its call is looked up, and a call is recorded before its pending postings
are read, so at least one of them sees the other. One transaction applies a posting and ends its
being pending, so it is applied once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from shared.domain.calls import Call, CallEventType, announced_at, belongs
from shared.domain.errors import OutOfTime, RetriesExhausted
from shared.domain.log_entries import Cause
from shared.domain.merging import merge
from shared.domain.postings import Posting
from shared.runtime import time_limits
from shared.runtime.concurrency import side_by_side
from shared.stores import call_items, call_records, dynamodb, tables
from shared.stores.apply_results import AppliedInPart, ApplyResult
from shared.stores.call_records import CallRecords, RecordedCall
from shared.stores.log import Decision, LogStore
from shared.stores.pending import PendingPostings, batches

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from shared.domain.legs import IgnoredReport, Leg

LATEST_CALLS = 25
"""Calls of a caller among which a posting looks for its own: more than one caller has at a time."""

_CAUSES = {
    CallEventType.STARTED: Cause.CALL_STARTED,
    CallEventType.ENDED: Cause.CALL_ENDED,
}


class CallStore:
    def __init__(
        self, client: "DynamoDBClient", table_name: str, log: LogStore, longest_call: timedelta
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._records = CallRecords(client, table_name)
        self._pending = PendingPostings(client, table_name, self._records, log, longest_call)
        self._log = log
        self._longest_call = longest_call

    def get(self, call_uuid: str) -> Call | None:
        return self._records.get(call_uuid)

    def find(self, call_uuid: str) -> Call | str | None:
        """Return the call of this ID or of this leg, or a leg's unknown call's ID."""
        return self._records.find(call_uuid)

    def move(self, posting: Posting, call_uuid: str) -> Posting:
        """Let a posting that names a leg wait for the leg's call. Returns it as it waits then."""
        moved = replace(posting, call_uuid=call_uuid)
        return moved if self._pending.move(posting, moved) else posting

    def latest(self, caller_number: str) -> list[Call]:
        """Return the caller's latest calls, newest first.

        They are as they were when they were added to the caller's list: without tags, and mostly
        without an end.
        """
        partition = call_items.caller_partition(caller_number)
        response = self._client.query(
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=LATEST_CALLS,
            TableName=self._table_name,
            **dynamodb.sort_key_begins_with(partition, tables.CALLER_CALL_PREFIX),
        )
        return [call_items.to_call(item) for item in response["Items"]]

    def point_to_log(self, call_uuid: str, posting_id: str, key_id: str) -> None:
        """Write a pointer from a call to a posting's row in the log, before the row is written."""
        self._records.point_to_log(call_uuid, posting_id, key_id)

    def store(self, posting: Posting) -> None:
        """Make the posting durable, with its row in the log, in one request.

        Raises RetriesExhausted, or what botocore raises; the posting may be stored all the same.
        """
        writes = {
            self._table_name: [{"PutRequest": {"Item": call_items.pending_item(posting)}}],
            self._log.table_name: [{"PutRequest": {"Item": self._log.stored_row(posting)}}],
        }
        dynamodb.write_batch(self._client, writes)

    def report(
        self,
        reported: Call,
        *,
        at: datetime,
        event: CallEventType,
        leg: "Leg | None" = None,
        arrived_at: datetime | None = None,
    ) -> "ApplyResult | IgnoredReport":
        """Record what a platform reported about a call, and apply its pending postings.

        `leg` is given where several legs share the call's ID, and has the numbers that count then;
        a report about another leg is ignored. `arrived_at` is given if that was earlier.

        What was recorded before stays, except for a start that was assumed. Unless other writers
        change the call at the same time, or there is more than one page of postings, it takes three
        round trips: write the call; read pending postings, and add the call to its caller's list;
        apply them, and read those that came since. A leg, or times that do not fit those that are
        known, may take one more. Raises as `apply` does.
        """
        known = self._records.record(reported, leg, at=arrived_at or at)
        if not isinstance(known, RecordedCall):
            return known
        result = self._apply_pending(known, at=at, event=event)
        self._records.remove_stale_entries(known, result.call)
        return replace(result, has_other_caller=known.has_other_caller, ends_early=known.ends_early)

    def resume(self, call_uuid: str, *, at: datetime, event: CallEventType) -> ApplyResult | None:
        """Apply the rest of a call's pending postings, after a report that raised AppliedInPart.

        Returns None if the call is unknown. Raises as `apply` does."""
        if call := self.get(call_uuid):
            return self._apply_pending(RecordedCall(call, is_listed=False), at=at, event=event)
        return None

    def report_leg(
        self, call_uuid: str, parent: str, *, at: datetime, moved_leg: str | None = None
    ) -> "IgnoredReport":
        """Record that a call ID is a leg of another call. A leg is never a call.

        If the ID is known as a call, nothing changes. The parent need not be known, except with
        `moved_leg`: the main leg of that call, whose later reports have this call ID.
        """
        return self._records.record_leg(call_uuid, parent, at=at, moved_leg=moved_leg)

    def _apply_pending(
        self, known: "RecordedCall", *, at: datetime, event: CallEventType
    ) -> ApplyResult:
        """Apply the postings that are pending for a call that was just recorded."""
        cause = _CAUSES[event]
        call, caller_number = known.call, known.call.caller_number
        is_found = known.is_listed and not call_records.outlasts_its_list_entry(
            call, self._longest_call
        )
        if is_found or not caller_number:
            # A posting stored since the call was listed finds the call without our help.
            return self.apply(call, self._read_pending(call), cause=cause, at=at, event=event)
        listed = call_records.as_listed(call, self._longest_call)
        add_to_list = partial(self._records.add_to_list, caller_number, listed)
        pending = self._read_pending(call, [add_to_list])
        apply_first = partial(self.apply, call, cause=cause, at=at, event=event)
        first, late = self._apply_and_reread(call, caller_number, pending, apply_first)
        if not late:
            return first
        try:
            return first.followed_by(self.apply(first.call, late, cause=cause, at=at))
        except AppliedInPart as error:
            raise AppliedInPart(first.followed_by(error.result)) from error
        except (OutOfTime, RetriesExhausted) as error:
            raise AppliedInPart(first) from error

    def pending_for(self, caller_number: str, at: datetime) -> list[Posting]:
        """Return the postings that a call of this caller would get if it started at this time."""
        call = Call(call_uuid="", caller_number=caller_number, started_at=at)
        pending = self._pending.read(call_items.caller_partition(caller_number), call)
        return [posting for posting in pending if belongs(posting, call, self._longest_call)]

    def apply(
        self,
        call: Call,
        postings: Iterable[Posting],
        *,
        cause: Cause,
        at: datetime,
        event: CallEventType | None = None,
        with_companions: bool = False,
    ) -> ApplyResult:
        """Apply those of the postings that belong to the call, each exactly once.

        With `event`, the call's tags are announced once all are applied. With companions, postings
        that are pending beside a posting are applied with it if other writers change the call at
        the same time. Raises RetriesExhausted if other writers are always faster, OutOfTime when
        the time limit has passed, or AppliedInPart if it has after a part of many.
        """
        result = ApplyResult(call)
        remaining = batches(postings)
        try:
            batch = next(remaining, [])
            for following in remaining:
                result = self._apply_batch(result, batch, cause, at)
                batch = following
            return self._apply_batch(
                result, batch, cause, at, event=event, with_companions=with_companions
            )
        except (OutOfTime, RetriesExhausted) as error:
            if result.applied or result.refused:
                raise AppliedInPart(result) from error
            raise

    def refuse(self, posting: Posting, call: Call, *, at: datetime) -> bool:
        """Refuse a pending posting that came after the cutoff of the call that it names.

        Returns False if another writer had applied or refused it before.
        """
        return self._pending.refuse(posting, call, Decision.about(call, Cause.POSTING, at))

    def _apply_batch(
        self,
        before: ApplyResult,
        batch: Sequence[Posting],
        cause: Cause,
        at: datetime,
        *,
        event: CallEventType | None = None,
        with_companions: bool = False,
    ) -> ApplyResult:
        call, already_decided = before.call, before.already_decided
        companions: list[Posting] = []
        for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
            own = [p for p in (*batch, *companions) if belongs(p, call, self._longest_call)]
            merged = merge(call.tags, own)
            after = replace(
                call,
                tags=merged.tags,
                announced_at=announced_at(call, event),
                version=call.version + 1,
            )
            if not merged.decided and after.announced_at == call.announced_at:
                return replace(before, call=call, already_decided=already_decided)
            lost = self._pending.decide(after, merged, Decision.about(call, cause, at), companions)
            if lost is None:
                return ApplyResult(
                    after,
                    before.applied + merged.applied,
                    before.refused + merged.refused,
                    before.over_share + merged.over_share,
                    already_decided,
                )
            already_decided += tuple(p for p in batch if p in lost)
            batch = [p for p in batch if p not in lost]
            call = self.get(call.call_uuid) or call
            if call_records.has_moved(before.call, call):
                # Another report has changed the call's caller or start. It announces the call, once
                # the postings that are pending for that are applied.
                event = None
            if not batch and event is None:
                return replace(before, call=call, already_decided=already_decided)
            if with_companions:
                companions = self._pending.companions(batch[0], call)
        raise AssertionError("attempts() ends by raising")

    def _apply_and_reread(
        self,
        call: Call,
        caller_number: str,
        pending: Iterable[Posting],
        apply: Callable[[Iterable[Posting]], ApplyResult],
    ) -> tuple[ApplyResult, list[Posting]]:
        """Apply what was read before the call was surely listed, and read what came since: postings
        that may not have found the call."""
        partition = call_items.caller_partition(caller_number)
        read: set[str] = set()
        read_again = partial(self._pending.read_page, partition, call)
        done: list[Any] = side_by_side([partial(apply, _noting(pending, read)), read_again])
        result, page = done
        late = [
            posting
            for posting in self._pending.read(partition, call, first_page=page)
            if posting.posting_id not in read and belongs(posting, call, self._longest_call)
        ]
        return result, late

    def _read_pending(
        self, call: Call, beside: Iterable[Callable[[], object]] = ()
    ) -> Iterator[Posting]:
        """Return all postings pending for a call that were stored before this.

        Their first pages are read at once, while `beside` is done.
        """
        partitions = [call_items.call_partition(call.call_uuid)]
        if call.caller_number:
            partitions.append(call_items.caller_partition(call.caller_number))
        reads = [partial(self._pending.read_page, partition, call) for partition in partitions]
        first: list[Any] = side_by_side([*reads, *beside])
        return chain.from_iterable(
            self._pending.read(partition, call, first_page=page)
            for partition, page in zip(partitions, first, strict=False)
        )


def _noting(postings: Iterable[Posting], read: set[str]) -> Iterator[Posting]:
    for posting in postings:
        read.add(posting.posting_id)
        yield posting
