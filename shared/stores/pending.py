"""The pending postings in the call data table: read, applied and refused.

One transaction decides a posting: it changes the call, deletes the pending item and adds the
decision to the log, under the conditions that the item exists and the decision does not.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.domain import timestamps
from shared.domain.calls import Call, belongs, status_for
from shared.domain.errors import CallFull, CallPastCutoff, Problem, ShareFull
from shared.domain.log_entries import Cause
from shared.domain.merging import MAX_SHARE_BYTES, Merge, tag_bytes
from shared.domain.postings import Posting
from shared.runtime import time_limits
from shared.stores import call_items, dynamodb, tables
from shared.stores.call_records import CallRecords
from shared.stores.dynamodb import to_item
from shared.stores.log import Decision, LogStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

CALL_FULL = Problem(
    None,
    "the call's tags have reached the size limit, so none of these were applied; send fewer or "
    "shorter tags",
)
SHARE_FULL = Problem(
    None,
    f"your tags for this call would take more than {MAX_SHARE_BYTES:,} bytes, the limit for one "
    "publisher, so none of these were applied; send fewer, or shorter ones",
)
PAST_CUTOFF = Problem(
    "call_uuid",
    "the call ended too long ago for this key; post sooner, or ask the person who gave you the "
    "posting link to increase the end call cutoff",
)

_MAX_ACTIONS = 99
"""Maximum actions of a transaction, beside the one that writes the call."""

_MAX_BYTES = 3_400_000
"""Maximum bytes of a transaction: DynamoDB's 4 MB, less a call of 400 KB, and a margin."""

_BYTES_BESIDE_TAGS = 2_000
"""More bytes than a posting's items take in a transaction beside its tags."""

_COMPANIONS_READ = 100
"""Pending postings among which companions are looked for. They need not all be found."""


def batches(postings: Iterable[Posting]) -> Iterator[list[Posting]]:
    """Yield the postings, in their order, in batches that one transaction each can decide.

    A posting that names its call may need a third action, the pointer to its log rows.
    """
    batch: list[Posting] = []
    actions = size = 0
    for posting in postings:
        own_actions = 3 if posting.call_uuid else 2
        own_size = _BYTES_BESIDE_TAGS + sum(map(tag_bytes, posting.tags, posting.tags.values()))
        actions, size = actions + own_actions, size + own_size
        if batch and (actions > _MAX_ACTIONS or size > _MAX_BYTES):
            yield batch
            batch, actions, size = [], own_actions, own_size
        batch.append(posting)
    if batch:
        yield batch


class PendingPostings:
    def __init__(
        self,
        client: "DynamoDBClient",
        table_name: str,
        records: CallRecords,
        log: LogStore,
        longest_call: timedelta,
    ) -> None:
        self._client = client
        self._table_name = table_name
        self._records = records
        self._log = log
        self._longest_call = longest_call

    def read(
        self, partition: str, call: Call, *, page_size: int | None = None, first_page: Any = None
    ) -> Iterator[Posting]:
        """Yield the postings of a partition that may belong to the call, the oldest first.

        `first_page` is what `read_page` returned, if it was called already.
        """
        request = self._request(partition, call)
        if page_size:
            request["Limit"] = page_size
        items = dynamodb.query(self._client, first_page=first_page, **request)
        return map(call_items.to_posting, items)

    def read_page(self, partition: str, call: Call) -> Any:
        """Return the first page of the same postings, as DynamoDB sends it."""
        return self._client.query(**self._request(partition, call))

    def companions(self, posting: Posting, call: Call) -> list[Posting]:
        """Return some of the postings that are pending beside this one and belong to the call too.

        Of many postings for one call at the same time, each would lose to all others in turn. So
        the one that succeeds applies others with it.
        """
        partition = call_items.pending_partition(posting)
        beside = self.read(partition, call, page_size=_COMPANIONS_READ)
        belonging = (
            p
            for p in islice(beside, _COMPANIONS_READ)
            if p != posting and belongs(p, call, self._longest_call)
        )
        return next(batches(chain([posting], belonging)))[1:]

    def decide(
        self, after: Call, merged: Merge, decision: Decision, companions: Sequence[Posting]
    ) -> tuple[Posting, ...] | None:
        """Write the call, and apply or refuse the postings merged into it: all or nothing.

        Returns None if that succeeded, else the postings that were no longer pending, if any.
        """
        decided = merged.decided
        update = self._records.update_request(after, call_items.tagging(after))
        actions: list[TransactWriteItemTypeDef] = [{"Update": update}]
        for posting in decided:
            own = decision
            if posting in companions:
                own = replace(decision, cause=Cause.ANOTHER_POSTING)
            if posting in merged.left_out:
                row = self._log.refused_row(posting, own, CallFull(CALL_FULL))
            elif posting in merged.over_share:
                row = self._log.refused_row(posting, own, ShareFull(SHARE_FULL))
            else:
                status = status_for(posting, after, self._longest_call)
                row = self._log.applied_row(posting, own, status)
            actions += [self._deletion(posting), self._log.first_decision(row)]
        for posting in decided:
            actions += self._records.log_pointer(after, posting)
        try:
            self._client.transact_write_items(TransactItems=actions)
        except self._client.exceptions.TransactionCanceledException as error:
            return self._lost(decided, dynamodb.failed_conditions(error))
        except ClientError as error:
            # If it is carried out after all, the next attempt finds the postings decided.
            if not dynamodb.is_transaction_conflict(error):
                raise
            return ()
        return None

    def refuse(self, posting: Posting, call: Call, decision: Decision) -> bool:
        """Refuse a posting that came after the cutoff of the call that it names.

        Returns False if another writer had applied or refused it before.
        """
        row = self._log.refused_row(posting, decision, CallPastCutoff(PAST_CUTOFF))
        actions = [
            self._deletion(posting),
            self._log.first_decision(row),
            *self._records.log_pointer(call, posting),
        ]
        return self._write_if_pending(actions)

    def _write_if_pending(self, actions: "Sequence[TransactWriteItemTypeDef]") -> bool:
        for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=actions)
            except self._client.exceptions.TransactionCanceledException as error:
                if dynamodb.failed_conditions(error):
                    return False
            except ClientError as error:
                if not dynamodb.is_transaction_conflict(error):
                    raise
            else:
                break
        return True

    def move(self, posting: Posting, moved: Posting) -> bool:
        """Let a pending posting wait in another place.

        Returns False if it was no longer pending.
        """
        item = call_items.pending_item(moved)
        put: TransactWriteItemTypeDef = {"Put": {"TableName": self._table_name, "Item": item}}
        return self._write_if_pending([self._deletion(posting), put])

    def _lost(self, decided: Sequence[Posting], failed: set[int]) -> tuple[Posting, ...]:
        """Return the postings whose deletion, or whose row in the log, failed its condition."""
        lost = []
        for position, posting in enumerate(decided):
            deletion, row = 2 * position + 1, 2 * position + 2
            if row in failed:
                # It was decided before. A retried write can make it pending again after that.
                self._delete(posting)
            if {deletion, row} & failed:
                lost.append(posting)
        return tuple(lost)

    def _deletion(self, posting: Posting) -> "TransactWriteItemTypeDef":
        return {
            "Delete": {
                "TableName": self._table_name,
                "Key": call_items.pending_key(posting),
                "ConditionExpression": f"attribute_exists({tables.PARTITION_KEY})",
            }
        }

    def _delete(self, posting: Posting) -> None:
        try:
            self._client.delete_item(
                TableName=self._table_name, Key=call_items.pending_key(posting)
            )
        except ClientError as error:
            # Another writer has found the posting at the same time, and deletes it too.
            if not dynamodb.is_transaction_conflict(error):
                raise

    def _request(self, partition: str, call: Call) -> dict[str, Any]:
        request = dynamodb.sort_key_begins_with(partition, tables.PENDING_PREFIX)
        # A posting that had expired when the call started never belongs to the call.
        request["ExpressionAttributeValues"] |= to_item(
            {":started_at": timestamps.to_text(call.started_at)}
        )
        return request | {
            "TableName": self._table_name,
            "ConsistentRead": True,
            "FilterExpression": "stored_until >= :started_at",
        }
