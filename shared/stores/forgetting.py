"""Forgetting a caller: all that is known of a number is erased, wherever it is.

What was posted before, or told, may still be on its way, so that is waited for in between. What is
erased goes in an order in which it is found again, whenever this is stopped: a posting's rows
before the posting, the caller's list of calls at the very end.
"""

import math
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain import forgetting
from shared.domain.calls import Call
from shared.domain.log_entries import ANSWERED_SUFFIX, DECIDED_SUFFIX
from shared.domain.postings import Posting, posted_at
from shared.runtime import retries
from shared.stores import call_items, dynamodb, tables
from shared.stores.calls import CallStore
from shared.stores.dynamodb import Item, from_item, to_item
from shared.stores.log import row_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SETTLING_SECONDS = 10.0
"""A posting is at it for 9.5 seconds at most, a call event for 8 (`shared/runtime/time_limits.py`);
the log's index follows its table within a second, mostly."""

MOST_ITEMS = 3000
"""Of one request."""
LONGEST_SECONDS = 24.0

_A_BATCH = 25
_MOST_ATTEMPTS = 15


@dataclass(slots=True)
class Erased:
    """How much was erased; `is_complete` if there was nothing left. `calls` are ids."""

    waiting: int = 0
    calls: list[str] = field(default_factory=list)
    log_rows: int = 0
    is_complete: bool = False
    ends_at: float = math.inf
    """By the clock of time.monotonic."""

    @property
    def is_enough(self) -> bool:
        """For one request: the caller is to ask again for the rest."""
        return self.items >= MOST_ITEMS or time.monotonic() > self.ends_at

    @property
    def items(self) -> int:
        return self.waiting + len(self.calls) + self.log_rows


class Forgetting:
    def __init__(
        self, client: "DynamoDBClient", call_data_table: str, log_table: str, calls: CallStore
    ) -> None:
        self._client = client
        self._call_data_table = call_data_table
        self._log_table = log_table
        self._calls = calls
        self._settle = settle

    def forget(self, caller_number: str, at: datetime) -> Erased:
        """Erase what was posted up to `at`, and the number from every call that started by then.

        It may be asked for again, and stopped anywhere: what is left is then found.
        """
        erased = Erased(ends_at=time.monotonic() + LONGEST_SECONDS)
        # The calls are marked before the wait: no later event takes one for its caller's. Nothing
        # else is touched: a posting that is still at it may have more rows to write, and once it
        # waits no more, nothing leads from the call that it names to them.
        self._mark(caller_number, at, erased)
        marked = frozenset(self._forgotten_calls(caller_number))
        self._settle(SETTLING_SECONDS)
        while not erased.is_enough:
            before = erased.items
            self._pass(caller_number, at, erased)
            if erased.items == before:
                erased.is_complete = self._leave_list(caller_number, marked)
                return erased
        return erased

    def known(self, caller_number: str) -> tuple[list[Posting], list[Call]]:
        """The postings that wait for the caller, and the caller's calls, newest first."""
        partition = call_items.caller_partition(caller_number)
        waiting = list(self._waiting(partition))
        calls = [self._calls.get(uuid) for uuid, _ in self._places(partition)]
        return waiting, [call for call in reversed(calls) if call]

    def _mark(self, caller_number: str, at: datetime, erased: Erased) -> None:
        for call_uuid, _ in self._places(call_items.caller_partition(caller_number)):
            for _ in retries.attempts(_MOST_ATTEMPTS):
                call = self._calls.get(call_uuid)
                if not (call and forgetting.is_its(call, caller_number, at)):
                    break
                if self._calls.rewrite(forgetting.marked(call, at)):
                    erased.calls.append(call_uuid)
                    break
            if erased.is_enough:
                return

    def _pass(self, caller_number: str, at: datetime, erased: Erased) -> None:
        """What waits first, then the calls: in between it can only go from there to here."""
        partition = call_items.caller_partition(caller_number)
        self._erase_waiting(self._waiting(partition), at, erased)
        for call_uuid, _ in self._places(partition):
            self._forget_call(call_uuid, caller_number, at, erased)
            if erased.is_enough:
                return
        self._erase_rows(caller_number, at, erased)

    def _erase_waiting(self, waiting: Iterable[Posting], at: datetime, erased: Erased) -> None:
        for posting in waiting:
            if posting.posted_at > at:
                continue
            erased.log_rows += self._delete_rows({posting.posting_id: posting.key_id})
            self._delete(self._call_data_table, [call_items.pending_key(posting)])
            erased.waiting += 1
            if erased.is_enough:
                return

    def _erase_logged(self, partition: str, at: datetime, erased: Erased) -> None:
        """The rows to which nothing leads but the call that their postings named."""
        for item in self._query(partition, tables.LOGGED_PREFIX):
            logged = from_item(item)
            if posted_at(logged["posting_id"]) > at:
                continue
            erased.log_rows += self._delete_rows({logged["posting_id"]: logged["key_id"]})
            self._delete(self._call_data_table, [_key_of(item)])
            if erased.is_enough:
                return

    def _forget_call(
        self, call_uuid: str, caller_number: str, at: datetime, erased: Erased
    ) -> None:
        partition = call_items.call_partition(call_uuid)
        self._erase_waiting(self._waiting(partition), at, erased)
        self._erase_logged(partition, at, erased)
        for _ in retries.attempts(_MOST_ATTEMPTS):
            call = self._calls.get(call_uuid)
            if call is None:
                return
            postings = forgetting.postings_of(call, at)
            # One that is new has to go without what was posted before all the same.
            is_its = forgetting.is_its(call, caller_number, at)
            if not (is_its or postings):
                return
            erased.log_rows += self._delete_rows(postings)
            after = forgetting.forgotten(call, at) if is_its else forgetting.stripped(call, at)
            if self._calls.rewrite(after):
                erased.calls += [call_uuid] if is_its else []
                return

    def _leave_list(self, caller_number: str, marked: frozenset[str]) -> bool:
        """Take the forgotten calls out of the caller's list, which was needed to find them; whether
        all of them were marked long enough ago: an event may still bring back another's place."""
        places = dict(self._places(call_items.caller_partition(caller_number)))
        found = [uuid for uuid in self._forgotten_calls(caller_number) if uuid in places]
        self._delete(self._call_data_table, [places[uuid] for uuid in found if uuid in marked])
        return marked.issuperset(found)

    def _forgotten_calls(self, caller_number: str) -> Iterator[str]:
        """Of the caller's list those that were forgotten, or are known no more."""
        for call_uuid, _ in self._places(call_items.caller_partition(caller_number)):
            call = self._calls.get(call_uuid)
            if call is None or call.forgotten_at:
                yield call_uuid

    def _erase_rows(self, caller_number: str, at: datetime, erased: Erased) -> None:
        """All of the log's rows about the caller, as its index knows them; refused ones too."""
        for row in self._rows(caller_number):
            posting_id, call_uuid = row["posting_id"], row.get("call_uuid")
            if posted_at(posting_id) > at:
                continue
            if call_uuid:
                self._strip(call_uuid, posting_id)
            erased.log_rows += self._delete_rows({posting_id: row["key_id"]})
            if erased.is_enough:
                return

    def _strip(self, call_uuid: str, posting_id: str) -> None:
        """Take a posting that named the caller off a call that is another's, or nobody's."""
        key = call_items.call_partition(call_uuid), tables.PENDING_PREFIX + posting_id
        waiting = to_item(dict(zip((tables.PARTITION_KEY, tables.SORT_KEY), key, strict=True)))
        self._delete(self._call_data_table, [waiting])
        for _ in retries.attempts(_MOST_ATTEMPTS):
            call = self._calls.get(call_uuid)
            if call is None or posting_id not in call.posting_ids:
                return
            if self._calls.rewrite(forgetting.without_postings(call, [posting_id])):
                return

    def _delete_rows(self, postings: Mapping[str, str]) -> int:
        """Delete all rows of these postings, by the ids of their keys; how many postings' there
        were."""
        keys = [
            to_item(row_key(key_id, posting_id, suffix))
            for posting_id, key_id in postings.items()
            for suffix in ("", DECIDED_SUFFIX, ANSWERED_SUFFIX)
        ]
        self._delete(self._log_table, keys)
        return len(postings)

    def _delete(self, table: str, keys: list[Item]) -> None:
        for start in range(0, len(keys), _A_BATCH):
            requests: Any = {
                table: [{"DeleteRequest": {"Key": key}} for key in keys[start : start + _A_BATCH]]
            }
            for _ in retries.attempts(_MOST_ATTEMPTS):
                answer = self._client.batch_write_item(RequestItems=requests)
                requests = answer["UnprocessedItems"]
                if not requests:
                    break

    def _waiting(self, partition: str) -> Iterator[Posting]:
        for item in self._query(partition, tables.PENDING_PREFIX):
            yield call_items.to_posting(item)

    def _places(self, partition: str) -> Iterator[tuple[str, Item]]:
        """The ids of a caller's calls, and the keys of their places in the caller's list."""
        for item in self._query(partition, tables.CALLER_CALL_PREFIX):
            yield from_item(item)["call_uuid"], _key_of(item)

    def _query(self, partition: str, prefix: str) -> Iterator[Any]:
        return self._pages(
            TableName=self._call_data_table,
            ConsistentRead=True,
            **dynamodb.under(partition, prefix),
        )

    def _rows(self, caller_number: str) -> Iterator[dict[str, Any]]:
        items = self._pages(
            TableName=self._log_table,
            IndexName=tables.LOG_BY_CALLER_INDEX,
            KeyConditionExpression="#caller = :caller",
            ExpressionAttributeNames={"#caller": tables.CALLER_NUMBER_ATTRIBUTE},
            ExpressionAttributeValues=to_item({":caller": caller_number}),
        )
        return map(from_item, items)

    def _pages(self, **request: Any) -> Iterator[Any]:
        while True:
            page = self._client.query(**request)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _key_of(item: Item) -> Item:
    return {name: item[name] for name in (tables.PARTITION_KEY, tables.SORT_KEY)}


def settle(seconds: float) -> None:
    """Wait until what was on its way has arrived."""
    time.sleep(seconds)
