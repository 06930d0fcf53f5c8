"""Forgetting a caller: all that is known of a number is erased, wherever it is.

What was posted before, or told, may still be on its way, so that is waited for in between. What is
erased goes in an order in which it is found again, whenever this is stopped: a posting's rows
before the posting, the caller's list of calls at the very end.
"""

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from shared.domain import forgetting
from shared.domain.calls import Call
from shared.domain.log_entries import DECIDED_SUFFIX, RESPONSE_SUFFIX
from shared.domain.postings import posted_at
from shared.runtime import retries
from shared.runtime.concurrency import side_by_side
from shared.stores import call_items, dynamodb, tables
from shared.stores.calls import CallStore
from shared.stores.dynamodb import Item, from_item, to_item
from shared.stores.log import row_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SETTLING_SECONDS = 10.0
"""As deployed. A posting is at it for 9.5 seconds at most, a call event for 8
(`shared/runtime/time_limits.py`); the log's index follows its table within a second, mostly."""

MOST_ITEMS = 3000
MOST_CALLS = 1000
"""Of one request."""

MARKING_SECONDS = 2.5
"""To look at a call takes three times as long as to find that it is marked."""
LONGEST_SECONDS = 24.0
"""Of one request, the wait for what is on its way included. The function has 29."""

_A_BATCH = 25
_POSTINGS_AT_ONCE = 8
"""With three rows each they are one batch."""
_CALLS_AT_ONCE = 5
_MOST_ATTEMPTS = 15


@dataclass(slots=True)
class Erased:
    """What one request has erased: ids of postings that waited, of calls, and of postings whose
    rows in the log were. `is_complete` if there was nothing left."""

    waiting: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    logged: set[str] = field(default_factory=set)
    is_complete: bool = False
    ends_at: float = math.inf
    """By the clock of time.monotonic."""

    @property
    def is_enough(self) -> bool:
        """For one request: the caller is to ask again for the rest."""
        return self.items >= MOST_ITEMS or time.monotonic() > self.ends_at

    @property
    def items(self) -> int:
        return len(self.waiting) + len(self.calls) + len(self.logged)


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at a call, or at all of a caller, has come to: whether anything was found to be
    erased, which calls have no caller any more, and at how many it is possible to look."""

    has_found: bool
    forgotten: frozenset[str] = frozenset()
    most_calls: int = 1


class Forgetting:
    def __init__(
        self,
        client: "DynamoDBClient",
        call_data_table: str,
        log_table: str,
        calls: CallStore,
        *,
        settling_seconds: float = SETTLING_SECONDS,
    ) -> None:
        self._client = client
        self._call_data_table = call_data_table
        self._log_table = log_table
        self._calls = calls
        self._settle = settle
        self._settling_seconds = settling_seconds
        self.most_calls = MOST_CALLS

    def forget(self, caller_number: str, at: datetime) -> Erased:
        """Erase what was posted up to `at`, and the number from every call that started by then.

        It may be asked for again, and stopped anywhere: what is left is then found. A caller with
        more calls than one request takes has them forgotten from the oldest on.
        """
        erased = Erased(ends_at=time.monotonic() + LONGEST_SECONDS)
        # The calls are marked before the wait: no later event takes one for its caller's. Nothing
        # else is touched: a posting that is still at it may have more rows to write, and once it
        # waits no more, nothing leads from the call that it names to them.
        marked = self._mark(caller_number, at, erased)
        self._settle(self._settling_seconds)
        while not erased.is_enough:
            look = self._look(caller_number, at, marked.most_calls, erased)
            # Of a look that the time has cut short nobody knows what it would have found.
            if not (look.has_found or erased.is_enough):
                erased.is_complete = self._leave_list(caller_number, look, marked)
                break
        return erased

    def _mark(self, caller_number: str, at: datetime, erased: Erased) -> _Look:
        """Take the number from the oldest calls: from as many as there is time for later, too."""

        def mark(call_uuid: str) -> _Look:
            for _ in retries.attempts(_MOST_ATTEMPTS):
                call = self._calls.get(call_uuid)
                if not (call and forgetting.is_forgotten_with(call, caller_number, at)):
                    return _seen(call_uuid, call)
                after = forgetting.mark(call, at)
                if self._calls.rewrite(after):
                    erased.calls.add(call_uuid)
                    return _seen(call_uuid, after)
            raise AssertionError("attempts() ends by raising")

        until = time.monotonic() + MARKING_SECONDS
        return self._at_each_call(self._calls_of(caller_number)[: self.most_calls], mark, until)

    def _look(self, caller_number: str, at: datetime, most_calls: int, erased: Erased) -> _Look:
        """What waits first, then the calls: in between it can only go from there to here."""
        partition = call_items.caller_partition(caller_number)
        waited = self._erase_beside(partition, tables.PENDING_PREFIX, at, erased)
        own = self._calls_of(caller_number)
        forget = partial(self._forget_call, caller_number=caller_number, at=at, erased=erased)
        look = self._at_each_call(own[:most_calls], forget, erased.ends_at)
        had_rows = self._erase_rows(caller_number, at, frozenset(own), erased)
        return replace(look, has_found=waited or look.has_found or had_rows)

    def _at_each_call(
        self, call_uuids: Sequence[str], act: Callable[[str], _Look], until: float
    ) -> _Look:
        """Some at once, for as long as there is time."""
        looks: list[_Look] = []
        for start in range(0, len(call_uuids), _CALLS_AT_ONCE):
            if time.monotonic() > until:
                break
            some = call_uuids[start : start + _CALLS_AT_ONCE]
            looks += side_by_side([partial(act, call_uuid) for call_uuid in some])
        return _Look(
            has_found=any(look.has_found for look in looks),
            forgotten=frozenset[str]().union(*(look.forgotten for look in looks)),
            most_calls=self.most_calls if len(looks) == len(call_uuids) else len(looks),
        )

    def _forget_call(
        self, call_uuid: str, *, caller_number: str, at: datetime, erased: Erased
    ) -> _Look:
        partition = call_items.call_partition(call_uuid)
        had_waiting = self._erase_beside(partition, tables.PENDING_PREFIX, at, erased)
        had_logged = self._erase_beside(partition, tables.LOGGED_PREFIX, at, erased)
        has_found = had_waiting or had_logged
        for _ in retries.attempts(_MOST_ATTEMPTS):
            call = self._calls.get(call_uuid)
            postings = forgetting.postings_until(call, at) if call else {}
            # One that is new has to go without what was posted before all the same.
            is_its = bool(call and forgetting.is_forgotten_with(call, caller_number, at))
            if call is None or not (is_its or postings):
                return replace(_seen(call_uuid, call), has_found=has_found)
            self._delete_rows(postings, erased)
            after = (
                forgetting.forget(call, at) if is_its else forgetting.without_tags_until(call, at)
            )
            if self._calls.rewrite(after):
                erased.calls.update([call_uuid] if is_its else [])
                return replace(_seen(call_uuid, after), has_found=True)
        raise AssertionError("attempts() ends by raising")

    def _leave_list(self, caller_number: str, look: _Look, marked: _Look) -> bool:
        """Take the forgotten calls out of the caller's list, which was needed to find them; whether
        that is all: of those that were marked too late an event may still bring back their place,
        and there may be more calls than were looked at."""
        places = list(self._places(caller_number))
        leaving = look.forgotten & marked.forgotten
        self._delete(self._call_data_table, [key for uuid, key in places if uuid in leaving])
        return look.forgotten <= marked.forgotten and len(places) <= marked.most_calls

    def _erase_beside(self, partition: str, prefix: str, at: datetime, erased: Erased) -> bool:
        """Postings that wait there, or rows to which nothing else leads; whether there were any."""
        items = (
            item
            for item in self._query(partition, prefix)
            if posted_at(from_item(item)["posting_id"]) <= at
        )
        has_found = False
        while not erased.is_enough and (some := [*islice(items, _POSTINGS_AT_ONCE)]):
            has_found = True
            found = [from_item(item) for item in some]
            self._delete_rows({each["posting_id"]: each["key_id"] for each in found}, erased)
            self._delete(self._call_data_table, [_key_of(item) for item in some])
            if prefix == tables.PENDING_PREFIX:
                erased.waiting.update(each["posting_id"] for each in found)
        return has_found

    def _erase_rows(
        self, caller_number: str, at: datetime, own: Collection[str], erased: Erased
    ) -> bool:
        """All of the log's rows about the caller, as its index knows them; refused ones too. What
        they tell of may be on a call that is none of the caller's `own`."""
        rows = (row for row in self._rows(caller_number) if posted_at(row["posting_id"]) <= at)
        has_found = False
        while not erased.is_enough and (some := [*islice(rows, _POSTINGS_AT_ONCE)]):
            has_found = True
            for row in some:
                call_uuid = row.get("call_uuid")
                if call_uuid and call_uuid not in own:
                    self._strip(call_uuid, row["posting_id"])
            self._delete_rows({row["posting_id"]: row["key_id"] for row in some}, erased)
        return has_found

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

    def _delete_rows(self, postings: Mapping[str, str], erased: Erased) -> None:
        """Delete all rows of these postings, by the ids of their keys."""
        keys = [
            to_item(row_key(key_id, posting_id, suffix))
            for posting_id, key_id in postings.items()
            for suffix in ("", DECIDED_SUFFIX, RESPONSE_SUFFIX)
        ]
        self._delete(self._log_table, keys)
        erased.logged.update(postings)

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

    def _calls_of(self, caller_number: str) -> list[str]:
        """Their ids, the oldest first."""
        return [uuid for uuid, _ in self._places(caller_number)]

    def _places(self, caller_number: str) -> Iterator[tuple[str, Item]]:
        """The ids of a caller's calls, and the keys of their places in the caller's list."""
        partition = call_items.caller_partition(caller_number)
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


def _seen(call_uuid: str, call: Call | None) -> _Look:
    is_forgotten = call is None or call.forgotten_at is not None
    return _Look(False, frozenset([call_uuid] if is_forgotten else []))


def _key_of(item: Item) -> Item:
    return {name: item[name] for name in (tables.PARTITION_KEY, tables.SORT_KEY)}


def settle(seconds: float) -> None:
    """Wait until what was on its way has arrived."""
    time.sleep(seconds)
