"""The call data table: calls, each caller's list of them, and the postings that wait for a call.

Why nothing is lost: whoever brings something writes it before reading what the other side wrote,
strongly consistent, so that of a posting and a call at least one sees the other; and a posting goes
on a call in one transaction that also ends its waiting, so it does so once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain import timestamps
from shared.domain.calls import (
    Call,
    CallEventType,
    Merge,
    announced_at,
    anonymous,
    belongs,
    merge,
    status_for,
    updated,
)
from shared.domain.errors import CallFull, CallPastCutoff, Problem
from shared.domain.log_entries import Cause
from shared.domain.postings import Posting
from shared.runtime import retries
from shared.runtime.concurrency import side_by_side
from shared.stores import call_items, dynamodb, tables
from shared.stores.dynamodb import to_item
from shared.stores.log import Decision, LogStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

LATEST_CALLS = 25
"""Among how many of a caller's calls a posting looks for its own: more than anyone has going."""

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
class Attachment:
    """A call after postings were put on it: those applied now, those that found no room, and those
    that somebody else had dealt with."""

    call: Call
    applied: tuple[Posting, ...] = ()
    left_out: tuple[Posting, ...] = ()
    gone: tuple[Posting, ...] = ()


class CallStore:
    def __init__(
        self, client: "DynamoDBClient", table_name: str, log: LogStore, longest_call: timedelta
    ) -> None:
        self._client = client
        self._table_name = table_name
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

    def note_logged(self, call_uuid: str, posting_id: str, key_id: str) -> None:
        """Have the call lead to a posting's row in the log, which is written after this."""
        item = call_items.logged_item(call_uuid, posting_id, key_id)
        self._client.put_item(TableName=self._table_name, Item=item)

    def get(self, call_uuid: str) -> Call | None:
        answer = self._client.get_item(
            TableName=self._table_name, Key=call_items.call_key(call_uuid), ConsistentRead=True
        )
        return call_items.to_call(answer["Item"]) if "Item" in answer else None

    def latest(self, caller_number: str) -> list[Call]:
        """The caller's latest calls, newest first: what was known when each got its place, without
        tags, and mostly without an end."""
        answer = self._client.query(
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=LATEST_CALLS,
            **self._under(call_items.caller_partition(caller_number), tables.CALLER_CALL_PREFIX),
        )
        return [call_items.to_call(item) for item in answer["Items"]]

    def tell(self, told: Call, *, cause: Cause, at: datetime, event: CallEventType) -> Attachment:
        """Record what is told of a call, never backwards, and put on it all that waits for it.

        Takes three round trips where nobody else is at the call and no page is full: it is written;
        what waits is read, while it gets its place in its caller's list; that goes on it, while
        what came since is looked for. Raises as `attach` does.
        """
        known = self._record(told)
        call, caller_number = known.call, known.call.caller_number
        is_found = known.is_listed and not self._outlasts_its_place(call)
        if is_found or not caller_number:
            waiting = self._waiting(call)
            # Whoever posted since the call had its place looks for the call by itself.
            return self.attach(call, waiting, cause=cause, at=at, event=event)
        enter = partial(self._list_for_caller, caller_number, call)
        waiting = self._waiting(call, [enter])
        first = partial(self.attach, call, cause=cause, at=at, event=event)
        found, late = self._looking_again(call, caller_number, waiting, first)
        if not late:
            return found
        return _both(found, self.attach(found.call, late, cause=cause, at=at))

    def waiting_for(self, caller_number: str, at: datetime) -> list[Posting]:
        """The postings that a call of this caller would get which started at this time."""
        call = Call(call_uuid="", caller_number=caller_number, started_at=at)
        waiting = self._pending(call_items.caller_partition(caller_number), call)
        return [posting for posting in waiting if belongs(posting, call, self._longest_call)]

    def attach(
        self,
        call: Call,
        postings: Iterable[Posting],
        *,
        cause: Cause,
        at: datetime,
        event: CallEventType | None = None,
        with_companions: bool = False,
    ) -> Attachment:
        """Put those of the postings on the call which belong to it, each exactly once.

        With `event`, the call's tags are made known to the platform when all are on it; with
        companions, what waits beside a posting goes on with it if others are changing the call too.
        Raises RetriesExhausted when others are faster all the time; what is done by then stays.
        """
        done = Attachment(call)
        remaining = iter(postings)
        batch, following = _take(remaining), _take(remaining)
        while following:
            done = self._attach_batch(done, batch, cause, at)
            batch, following = following, _take(remaining)
        return self._attach_batch(
            done, batch, cause, at, event=event, with_companions=with_companions
        )

    def rewrite(self, after: Call) -> bool:
        """Write a call as forgetting has left it; False if it has changed since it was read."""
        gone = [name for name, value in call_items.facts(after).items() if value is None]
        values = call_items.tagging(after)
        if after.forgotten_at:
            values[tables.FORGOTTEN_AT_ATTRIBUTE] = timestamps.to_text(after.forgotten_at)
        update = self._call_update(after, values)
        names = {f"#{name}": name for name in gone}
        update["ExpressionAttributeNames"] |= names
        update["UpdateExpression"] += f" REMOVE {', '.join(names)}" if names else ""
        try:
            self._client.update_item(**update)
        except ClientError as error:
            if dynamodb.is_conditional_failure(error) or dynamodb.is_transaction_conflict(error):
                return False
            raise
        return True

    def refuse(self, posting: Posting, call: Call, *, at: datetime) -> bool:
        """End the waiting of a posting that came past the cut-off of the call that it names.

        False if somebody else had dealt with it.
        """
        decision = _decision(call, Cause.POSTING, at)
        actions: list[TransactWriteItemTypeDef] = [
            self._end_of_waiting(posting),
            self._log_row(self._log.refused_row(posting, decision, CallPastCutoff(PAST_CUTOFF))),
            *self._leads_to(posting, call),
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

    def _attach_batch(
        self,
        done: Attachment,
        batch: Sequence[Posting],
        cause: Cause,
        at: datetime,
        *,
        event: CallEventType | None = None,
        with_companions: bool = False,
    ) -> Attachment:
        call, gone, companions = done.call, done.gone, list[Posting]()
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
                return replace(done, call=call, gone=gone)
            lost = self._commit(after, merged, _decision(call, cause, at), companions)
            if lost is None:
                return Attachment(
                    after, done.applied + merged.applied, done.left_out + merged.left_out, gone
                )
            gone += tuple(p for p in batch if p in lost)
            batch = [p for p in batch if p not in lost]
            call = self.get(call.call_uuid) or call
            if not batch and event is None:
                return replace(done, call=call, gone=gone)
            if with_companions:
                companions = self._companions(batch[0], call)
        raise AssertionError("attempts() ends by raising")

    def _companions(self, posting: Posting, call: Call) -> list[Posting]:
        """Some of the postings that wait beside this one and belong to the call too.

        Many postings for one call at once would each lose to all others in turn; so whoever comes
        through takes the rest along.
        """
        partition = call_items.waiting_partition(posting)
        beside = islice(self._pending(partition, call, page_size=_COMPANIONS), _COMPANIONS)
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
            {"Update": self._call_update(after, call_items.tagging(after))}
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
            actions += [self._end_of_waiting(posting), self._log_row(row)]
        for posting in decided:
            actions += self._leads_to(posting, after)
        try:
            self._client.transact_write_items(TransactItems=actions)
        except self._client.exceptions.TransactionCanceledException as error:
            failed = _failed_conditions(error)
            # A retried write of a posting can come through after the posting was applied and bring
            # it back among the waiting ones. Its row in the log says that it has had its turn.
            for position, posting in enumerate(decided):
                if 2 * position + 2 in failed:
                    self._forget(posting)
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

    def _call_update(self, after: Call, values: Mapping[str, Any]) -> Any:
        return {
            "TableName": self._table_name,
            "Key": call_items.call_key(after.call_uuid),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
            "ConditionExpression": "#version = :before",
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": to_item(
                {f":{name}": value for name, value in values.items()}
                | {":before": after.version - 1}
            ),
        }

    def _forget(self, posting: Posting) -> None:
        try:
            self._client.delete_item(
                TableName=self._table_name, Key=call_items.pending_key(posting)
            )
        except ClientError as error:
            # Somebody else has come upon it at the same time, and will forget it as we do.
            if not dynamodb.is_transaction_conflict(error):
                raise

    def _end_of_waiting(self, posting: Posting) -> "TransactWriteItemTypeDef":
        return {
            "Delete": {
                "TableName": self._table_name,
                "Key": call_items.pending_key(posting),
                "ConditionExpression": f"attribute_exists({tables.PARTITION_KEY})",
            }
        }

    def _leads_to(self, posting: Posting, call: Call) -> "list[TransactWriteItemTypeDef]":
        """What leads from the call to the log, where nobody knows who called: was forgotten, or may
        be told yet. Two later postings, and nothing on the call shows that this one was there."""
        if call.caller_number:
            return []
        item = call_items.logged_item(call.call_uuid, posting.posting_id, posting.key_id)
        return [{"Put": {"TableName": self._table_name, "Item": item}}]

    def _log_row(self, row: dict[str, Any]) -> "TransactWriteItemTypeDef":
        return {
            "Put": {
                "TableName": self._log.table_name,
                "Item": row,
                "ConditionExpression": f"attribute_not_exists({tables.PARTITION_KEY})",
            }
        }

    def _looking_again(
        self,
        call: Call,
        caller_number: str,
        waiting: Iterable[Posting],
        attach: Callable[[Iterable[Posting]], Attachment],
    ) -> tuple[Attachment, list[Posting]]:
        """Attach what was read before the call was sure to be found; and look for what has come
        since, of which nobody else may know."""
        partition = call_items.caller_partition(caller_number)
        seen: set[str] = set()
        done: list[Any] = side_by_side(
            [partial(attach, _noting(waiting, seen)), partial(self._page, partition, call)]
        )
        attachment, page = done
        late = [
            posting
            for posting in self._pending(partition, call, page=page)
            if posting.posting_id not in seen and belongs(posting, call, self._longest_call)
        ]
        return attachment, late

    def _record(self, call: Call) -> "_Known":
        for _ in retries.attempts(_MOST_ATTEMPTS):
            try:
                before = self._record_once(call)
            except ClientError as error:
                if dynamodb.is_conditional_failure(error):
                    call = anonymous(call)
                elif not dynamodb.is_transaction_conflict(error):
                    raise
            else:
                after = updated(before, call)
                return _Known(after, _has_been_listed(before, after))
        raise AssertionError("attempts() ends by raising")

    def _record_once(self, call: Call) -> Call | None:
        """Returns what was known before. Fails if that was forgotten, and the caller is told of."""
        facts = {name: value for name, value in call_items.facts(call).items() if value is not None}
        sets = ", ".join(f"#{name} = if_not_exists(#{name}, :{name})" for name in facts)
        answer = self._client.update_item(
            TableName=self._table_name,
            Key=call_items.call_key(call.call_uuid),
            UpdateExpression=f"SET {sets} ADD #version :one",
            ExpressionAttributeNames={f"#{name}": name for name in (*facts, "version")},
            ExpressionAttributeValues=to_item(
                {f":{name}": value for name, value in facts.items()} | {":one": 1}
            ),
            ReturnValues="ALL_OLD",
            **(_NOT_FORGOTTEN if call.caller_number or call.dialed_number else {}),
        )
        before = answer.get("Attributes")
        return call_items.to_call(before) if before else None

    def _outlasts_its_place(self, call: Call) -> bool:
        """Whether postings belong to the call that are too late for what its place tells of it: a
        start, and mostly no end."""
        return bool(call.ended_at and call.ended_at > call.started_at + self._longest_call)

    def _waiting(
        self, call: Call, beside: Iterable[Callable[[], object]] = ()
    ) -> Iterator[Posting]:
        """What waits for a call, the first of it read here and now, beside what else is to be done.

        Every posting that was stored before this is in it.
        """
        partitions = [call_items.call_partition(call.call_uuid)]
        if call.caller_number:
            partitions.append(call_items.caller_partition(call.caller_number))
        reads = [partial(self._page, partition, call) for partition in partitions]
        first: list[Any] = side_by_side([*reads, *beside])
        return chain.from_iterable(
            self._pending(partition, call, page=page)
            for partition, page in zip(partitions, first, strict=False)
        )

    def _list_for_caller(self, caller_number: str, call: Call) -> None:
        item = call_items.caller_call_item(caller_number, call)
        if call.ended_at:
            self._client.put_item(TableName=self._table_name, Item=item)
            return
        try:
            # Listed already, it may have ended meanwhile: that must not be undone.
            self._client.put_item(
                TableName=self._table_name,
                Item=item,
                ConditionExpression=f"attribute_not_exists({tables.PARTITION_KEY})",
            )
        except ClientError as error:
            if not dynamodb.is_conditional_failure(error):
                raise

    def _pending(
        self, partition: str, call: Call, page_size: int | None = None, page: Any = None
    ) -> Iterator[Posting]:
        """The postings of a partition that may belong to the call; `page` is their first page, if
        that was read already."""
        page = page or self._page(partition, call, page_size)
        while True:
            yield from map(call_items.to_posting, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            page = self._page(partition, call, page_size, page["LastEvaluatedKey"])

    def _page(
        self, partition: str, call: Call, page_size: int | None = None, after: Any = None
    ) -> Any:
        under = self._under(partition, tables.PENDING_PREFIX)
        # What was no longer stored when the call started belongs to it in no case.
        values = {":started_at": timestamps.to_text(call.started_at)}
        under["ExpressionAttributeValues"] |= to_item(values)
        if page_size:
            under["Limit"] = page_size
        if after:
            under["ExclusiveStartKey"] = after
        return self._client.query(
            ConsistentRead=True, FilterExpression="stored_until >= :started_at", **under
        )

    def _under(self, partition: str, prefix: str) -> dict[str, Any]:
        """A query's arguments for the items of a partition whose sort key starts so."""
        return {
            "TableName": self._table_name,
            "KeyConditionExpression": "#pk = :pk AND begins_with(#sk, :prefix)",
            "ExpressionAttributeNames": {"#pk": tables.PARTITION_KEY, "#sk": tables.SORT_KEY},
            "ExpressionAttributeValues": to_item({":pk": partition, ":prefix": prefix}),
        }


def _both(first: Attachment, second: Attachment) -> Attachment:
    return Attachment(
        second.call,
        first.applied + second.applied,
        first.left_out + second.left_out,
        first.gone + second.gone,
    )


_NOT_FORGOTTEN: Any = {
    "ConditionExpression": f"attribute_not_exists({tables.FORGOTTEN_AT_ATTRIBUTE})"
}


@dataclass(frozen=True, slots=True)
class _Known:
    """All that is known of a call, and whether it has its place in its caller's list."""

    call: Call
    is_listed: bool


def _has_been_listed(before: Call | None, after: Call) -> bool:
    """By an earlier event, which was done with: it had put the call in the list before that."""
    return bool(
        before and before.announced_at is not None and before.caller_number == after.caller_number
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
