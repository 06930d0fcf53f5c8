"""The call data table: calls, each caller's list of them, and the postings that wait for a call.

Why nothing is lost: whoever brings something writes it before reading what the other side wrote,
strongly consistent, so that of a posting and a call at least one sees the other; and a posting goes
on a call in one transaction that also ends its waiting, so it does so once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain.calls import (
    Call,
    CallEventType,
    Merge,
    announced_at,
    belongs,
    merge,
    status_for,
)
from shared.domain.errors import CallFull, CallPastCutoff, Problem
from shared.domain.log_entries import Cause
from shared.domain.postings import Posting
from shared.runtime import retries
from shared.runtime.concurrency import side_by_side
from shared.stores import call_items, dynamodb, tables
from shared.stores.call_records import CallRecords
from shared.stores.log import Decision, LogStore
from shared.stores.pending import PendingPostings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

POSTINGS_A_TRANSACTION = 25
"""Three actions each and one for the call stay under 100; at 75 KB each they stay under 4 MB."""

_COMPANIONS = 100
"""Among how many waiting postings one looks for companions: they need not all be found."""

_MOST_ATTEMPTS = 15

CALL_FULL = Problem(
    None, "the call has no room for these tags, and none were applied; send fewer, or shorter ones"
)
PAST_CUTOFF = Problem(
    "call_uuid",
    "this call ended longer ago than the key's end call cut-off time; post sooner, or ask whoever "
    "gave you the posting link to raise that time",
)


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """A call after postings were put on it: those applied now, those that found no room, and those
    that somebody else had dealt with."""

    call: Call
    applied: tuple[Posting, ...] = ()
    refused: tuple[Posting, ...] = ()
    already_decided: tuple[Posting, ...] = ()


class CallStore(CallRecords):
    """The calls, and what is put on them."""

    def __init__(
        self, client: "DynamoDBClient", table_name: str, log: LogStore, longest_call: timedelta
    ) -> None:
        super().__init__(client, table_name)
        self._postings = PendingPostings(client, table_name)
        self._log = log
        self._longest_call = longest_call

    def store(self, posting: Posting) -> None:
        """Make the posting durable, with its row in the log, in one request.

        Raises RetriesExhausted, or what botocore raises; the posting may be stored all the same.
        """
        requests: Any = {
            self._table_name: [{"PutRequest": {"Item": call_items.pending_item(posting)}}],
            self._log.table_name: [{"PutRequest": {"Item": self._log.stored_row(posting)}}],
        }
        for _ in retries.attempts(_MOST_ATTEMPTS):
            requests = self._client.batch_write_item(RequestItems=requests)["UnprocessedItems"]
            if not requests:
                return

    def point_to_log(self, call_uuid: str, posting_id: str, key_id: str) -> None:
        """Have the call lead to a posting's row in the log, which is written after this."""
        item = call_items.log_pointer_item(call_uuid, posting_id, key_id)
        self._client.put_item(TableName=self._table_name, Item=item)

    def report(
        self, told: Call, *, cause: Cause, at: datetime, event: CallEventType
    ) -> ApplyResult:
        """Record what is told of a call, never backwards, and put on it all that waits for it.

        Takes three round trips where nobody else is at the call and no page is full: it is written;
        what waits is read, while it gets its place in its caller's list; that goes on it, while
        what came since is looked for. Raises as `apply` does.
        """
        known = self.record(told)
        call, caller_number = known.call, known.call.caller_number
        is_found = known.is_listed and not self._outlasts_its_place(call)
        if is_found or not caller_number:
            waiting = self._pending(call)
            # Whoever posted since the call had its place looks for the call by itself.
            return self.apply(call, waiting, cause=cause, at=at, event=event)
        enter = partial(self.enter_list, caller_number, call)
        waiting = self._pending(call, [enter])
        first = partial(self.apply, call, cause=cause, at=at, event=event)
        found, late = self._apply_and_reread(call, caller_number, waiting, first)
        if not late:
            return found
        return _both(found, self.apply(found.call, late, cause=cause, at=at))

    def pending_for(self, caller_number: str, at: datetime) -> list[Posting]:
        """The postings that a call of this caller would get which started at this time."""
        call = Call(call_uuid="", caller_number=caller_number, started_at=at)
        waiting = self._postings.read(call_items.caller_partition(caller_number), call)
        return [posting for posting in waiting if belongs(posting, call, self._longest_call)]

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
        """Put those of the postings on the call which belong to it, each exactly once.

        With `event`, the call's tags are made known to the platform when all are on it; with
        companions, what waits beside a posting goes on with it if others are changing the call too.
        Raises RetriesExhausted when others are faster all the time; what is done by then stays.
        """
        done = ApplyResult(call)
        remaining = iter(postings)
        batch, following = _take(remaining), _take(remaining)
        while following:
            done = self._apply_batch(done, batch, cause, at)
            batch, following = following, _take(remaining)
        return self._apply_batch(
            done, batch, cause, at, event=event, with_companions=with_companions
        )

    def refuse(self, posting: Posting, call: Call, *, at: datetime) -> bool:
        """End the waiting of a posting that came past the cut-off of the call that it names.

        False if somebody else had dealt with it.
        """
        decision = _decision(call, Cause.POSTING, at)
        actions: list[TransactWriteItemTypeDef] = [
            self._postings.deletion(posting),
            self._log_row(self._log.refused_row(posting, decision, CallPastCutoff(PAST_CUTOFF))),
            *self._log_pointer(posting, call),
        ]
        for _ in retries.attempts(_MOST_ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=actions)
            except self._client.exceptions.TransactionCanceledException as error:
                if _failed_conditions(error):
                    return False
            except ClientError as error:
                if not dynamodb.is_transaction_conflict(error):
                    raise
            else:
                break
        return True

    def _apply_batch(
        self,
        done: ApplyResult,
        batch: Sequence[Posting],
        cause: Cause,
        at: datetime,
        *,
        event: CallEventType | None = None,
        with_companions: bool = False,
    ) -> ApplyResult:
        call, gone, companions = done.call, done.already_decided, list[Posting]()
        for _ in retries.attempts(_MOST_ATTEMPTS):
            takes = [p for p in (*batch, *companions) if belongs(p, call, self._longest_call)]
            merged = merge(call.tags, takes)
            after = replace(
                call,
                tags=merged.tags,
                announced_at=announced_at(call, event),
                version=call.version + 1,
            )
            decided = merged.applied + merged.left_out
            if not decided and after.announced_at == call.announced_at:
                return replace(done, call=call, already_decided=gone)
            lost = self._commit(after, merged, _decision(call, cause, at), companions)
            if lost is None:
                return ApplyResult(
                    after, done.applied + merged.applied, done.refused + merged.left_out, gone
                )
            gone += tuple(p for p in batch if p in lost)
            batch = [p for p in batch if p not in lost]
            call = self.get(call.call_uuid) or call
            if not batch and event is None:
                return replace(done, call=call, already_decided=gone)
            if with_companions:
                companions = self._companions(batch[0], call)
        raise AssertionError("attempts() ends by raising")

    def _companions(self, posting: Posting, call: Call) -> list[Posting]:
        """Some of the postings that wait beside this one and belong to the call too.

        Many postings for one call at once would each lose to all others in turn; so whoever comes
        through takes the rest along.
        """
        partition = call_items.pending_partition(posting)
        beside = islice(self._postings.read(partition, call, page_size=_COMPANIONS), _COMPANIONS)
        belonging = (p for p in beside if p != posting and belongs(p, call, self._longest_call))
        return list(islice(belonging, POSTINGS_A_TRANSACTION - 1))

    def _commit(
        self, after: Call, merged: Merge, decision: Decision, companions: Sequence[Posting]
    ) -> tuple[Posting, ...] | None:
        """Write the call and end the waiting of its postings, all or nothing.

        None when that is done, else the postings that no longer waited, if any.
        """
        decided = merged.applied + merged.left_out
        actions: list[TransactWriteItemTypeDef] = [
            {"Update": self.update(after, call_items.tagging(after))}
        ]
        for posting in decided:
            own = decision
            if posting in companions:
                own = replace(decision, cause=Cause.ANOTHER_POSTING)
            if posting in merged.left_out:
                row = self._log.refused_row(posting, own, CallFull(CALL_FULL))
            else:
                status = status_for(posting, after, self._longest_call)
                row = self._log.applied_row(posting, own, status)
            actions += [self._postings.deletion(posting), self._log_row(row)]
        for posting in decided:
            actions += self._log_pointer(posting, after)
        try:
            self._client.transact_write_items(TransactItems=actions)
        except self._client.exceptions.TransactionCanceledException as error:
            failed = _failed_conditions(error)
            # A retried write of a posting can come through after the posting was applied and bring
            # it back among the waiting ones. Its row in the log says that it has had its turn.
            for position, posting in enumerate(decided):
                if 2 * position + 2 in failed:
                    self._postings.delete(posting)
            return tuple(
                posting
                for position, posting in enumerate(decided)
                if {2 * position + 1, 2 * position + 2} & failed
            )
        except ClientError as error:
            # Should it come through yet, its postings will be found to be dealt with.
            if not dynamodb.is_transaction_conflict(error):
                raise
            return ()
        return None

    def _log_pointer(self, posting: Posting, call: Call) -> "list[TransactWriteItemTypeDef]":
        """What leads from the call to the log, where nobody knows who called: was forgotten, or may
        be told yet. Two later postings, and nothing on the call shows that this one was there."""
        if call.caller_number:
            return []
        item = call_items.log_pointer_item(call.call_uuid, posting.posting_id, posting.key_id)
        return [{"Put": {"TableName": self._table_name, "Item": item}}]

    def _log_row(self, row: dict[str, Any]) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self._log.table_name,
                "Item": row,
                "ConditionExpression": f"attribute_not_exists({tables.PARTITION_KEY})",
            }
        }

    def _apply_and_reread(
        self,
        call: Call,
        caller_number: str,
        waiting: Iterable[Posting],
        apply: Callable[[Iterable[Posting]], ApplyResult],
    ) -> tuple[ApplyResult, list[Posting]]:
        """Attach what was read before the call was sure to be found; and look for what has come
        since, of which nobody else may know."""
        partition = call_items.caller_partition(caller_number)
        seen: set[str] = set()
        done: list[Any] = side_by_side(
            [
                partial(apply, _noting(waiting, seen)),
                partial(self._postings.read_page, partition, call),
            ]
        )
        result, page = done
        late = [
            posting
            for posting in self._postings.read(partition, call, page=page)
            if posting.posting_id not in seen and belongs(posting, call, self._longest_call)
        ]
        return result, late

    def _outlasts_its_place(self, call: Call) -> bool:
        """Whether postings belong to the call that are too late for what its place tells of it: a
        start, and mostly no end."""
        return bool(call.ended_at and call.ended_at > call.started_at + self._longest_call)

    def _pending(
        self, call: Call, beside: Iterable[Callable[[], object]] = ()
    ) -> Iterator[Posting]:
        """What waits for a call, the first of it read here and now, beside what else is to be done.

        Every posting that was stored before this is in it.
        """
        partitions = [call_items.call_partition(call.call_uuid)]
        if call.caller_number:
            partitions.append(call_items.caller_partition(call.caller_number))
        reads = [partial(self._postings.read_page, partition, call) for partition in partitions]
        first: list[Any] = side_by_side([*reads, *beside])
        return chain.from_iterable(
            self._postings.read(partition, call, page=page)
            for partition, page in zip(partitions, first, strict=False)
        )


def _both(first: ApplyResult, second: ApplyResult) -> ApplyResult:
    return ApplyResult(
        second.call,
        first.applied + second.applied,
        first.refused + second.refused,
        first.already_decided + second.already_decided,
    )


def _noting(postings: Iterable[Posting], seen: set[str]) -> Iterator[Posting]:
    for posting in postings:
        seen.add(posting.posting_id)
        yield posting


def _take(postings: Iterator[Posting]) -> list[Posting]:
    return list(islice(postings, POSTINGS_A_TRANSACTION))


def _decision(call: Call, cause: Cause, at: datetime) -> Decision:
    return Decision(
        call_uuid=call.call_uuid, caller_number=call.caller_number, cause=cause, decided_at=at
    )


def _failed_conditions(error: ClientError) -> set[int]:
    """The positions of a transaction's actions whose condition did not hold.

    Raises the error again if an action can never succeed, unlike one that met another writer.
    """
    reasons: Any = error.response.get("CancellationReasons", [])
    if any(reason["Code"] == "ValidationError" for reason in reasons):
        raise error
    return {i for i, reason in enumerate(reasons) if reason["Code"] == "ConditionalCheckFailed"}
