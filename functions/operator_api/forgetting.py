"""Forgets a caller: erases all that is known about a number, in both tables.

Postings and events that came before the request may still be in progress, so they are waited for.
Everything is erased in an order in which a later request finds the rest, wherever this one stops: a
posting's log rows before the posting, and the caller's list of calls last.
"""

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import islice

from shared.domain import forgetting
from shared.domain.calls import Call
from shared.runtime import time_limits
from shared.runtime.concurrency import side_by_side
from shared.stores import call_items, dynamodb, tables
from shared.stores.call_records import CallRecords
from shared.stores.erasure import ErasureStore

SETTLING_SECONDS = 10.0
"""The wait, as deployed. A posting takes at most 9.5 seconds and a call event 8
(`shared/runtime/time_limits.py`); the log's index mostly follows its table within a second."""

MAX_ITEMS = 3000
MAX_CALLS = 1000
"""Maximum items erased and calls forgotten per request."""

MARKING_SECONDS = 2.5
"""Maximum time to mark calls. Forgetting a call takes three times as long as marking it."""
MAX_SECONDS = 24.0
"""Maximum time per request, the wait included. The function's timeout is 29 seconds."""

_POSTINGS_AT_ONCE = 8
"""With three log rows each they are one batch."""
_CALLS_AT_ONCE = 5


@dataclass(slots=True)
class Erased:
    """The items that one request has erased.

    `pending` are the IDs of pending postings, `calls` of calls, `logged` of postings whose log rows
    were deleted. `is_complete` is true if nothing is left.
    """

    pending: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    logged: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    """Calls of other callers. They are in this caller's list only because an agent's leg, with this
    number, was reported before their own caller's."""
    is_complete: bool = False
    deadline: float = math.inf
    """In the time of time.monotonic."""

    @property
    def is_at_limit(self) -> bool:
        """Whether this request must stop, and another one erase the rest."""
        return self.items >= MAX_ITEMS or time.monotonic() > self.deadline

    @property
    def items(self) -> int:
        return len(self.pending) + len(self.calls) + len(self.logged)


@dataclass(frozen=True, slots=True)
class _Pass:
    """The result of going through one call, or through everything about a caller.

    `has_found` says whether anything was left to erase, `forgotten` are the calls without a caller,
    and `max_calls` is how many calls there was time for.
    """

    has_found: bool
    forgotten: frozenset[str] = frozenset()
    max_calls: int = 1


class Forgetting:
    def __init__(
        self,
        calls: CallRecords,
        erasure: ErasureStore,
        *,
        settling_seconds: float = SETTLING_SECONDS,
    ) -> None:
        self._calls = calls
        self._erasure = erasure
        self._settle = settle
        self._settling_seconds = settling_seconds
        self.max_calls = MAX_CALLS

    def forget(self, caller_number: str, at: datetime) -> Erased:
        """Erase what was posted up to `at`, and the number from every call that started by then.

        It may be stopped at any point and repeated: the next request finds the rest. If a caller
        has more calls than one request takes, the oldest are forgotten first.
        """
        erased = Erased(deadline=time.monotonic() + MAX_SECONDS)
        # Calls are marked before the wait, so that no later event gives one its caller back.
        # Nothing else is erased yet: a posting in progress may still write rows, and once it is
        # pending no longer, nothing points from the call that it names to them.
        marked = self._mark(caller_number, at, erased)
        self._settle(self._settling_seconds)
        while not erased.is_at_limit:
            pass_ = self._pass(caller_number, at, marked.max_calls, erased)
            # A pass that stopped at the limit may have missed something.
            if not (pass_.has_found or erased.is_at_limit):
                erased.is_complete = self._remove_from_list(caller_number, pass_, marked)
                break
        return erased

    def _mark(self, caller_number: str, at: datetime, erased: Erased) -> _Pass:
        """Remove the number from the oldest calls: from as many as there will be time to forget."""

        def mark(call_uuid: str) -> _Pass:
            for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
                call = self._calls.get(call_uuid)
                if forgetting.is_of_another(call, caller_number):
                    erased.others.add(call_uuid)
                    return _Pass(False, frozenset([call_uuid]))
                if not (call and forgetting.is_forgotten_with(call, caller_number, at)):
                    return _found_nothing(call_uuid, call)
                after = forgetting.mark(call, at)
                if self._calls.rewrite(after):
                    erased.calls.add(call_uuid)
                    return _found_nothing(call_uuid, after)
            raise AssertionError("attempts() ends by raising")

        deadline = time.monotonic() + MARKING_SECONDS
        return self._for_each_call(self._calls_of(caller_number)[: self.max_calls], mark, deadline)

    def _pass(self, caller_number: str, at: datetime, max_calls: int, erased: Erased) -> _Pass:
        """Erase pending postings first, then calls: a posting can only move in that direction."""
        partition = call_items.caller_partition(caller_number)
        had_pending = self._erase_postings(partition, tables.PENDING_PREFIX, at, erased)
        own = self._calls_of(caller_number)
        forget = partial(self._forget_call, caller_number=caller_number, at=at, erased=erased)
        calls = self._for_each_call(own[:max_calls], forget, erased.deadline)
        had_rows = self._erase_log_rows(caller_number, at, {*own} - erased.others, erased)
        return replace(calls, has_found=had_pending or calls.has_found or had_rows)

    def _for_each_call(
        self, call_uuids: Sequence[str], act: Callable[[str], _Pass], deadline: float
    ) -> _Pass:
        """Act on the calls, a few at the same time, until the deadline."""
        passes: list[_Pass] = []
        for start in range(0, len(call_uuids), _CALLS_AT_ONCE):
            if time.monotonic() > deadline:
                break
            batch = call_uuids[start : start + _CALLS_AT_ONCE]
            passes += side_by_side([partial(act, call_uuid) for call_uuid in batch])
        return _Pass(
            has_found=any(each.has_found for each in passes),
            forgotten=frozenset[str]().union(*(each.forgotten for each in passes)),
            max_calls=self.max_calls if len(passes) == len(call_uuids) else len(passes),
        )

    def _forget_call(
        self, call_uuid: str, *, caller_number: str, at: datetime, erased: Erased
    ) -> _Pass:
        if call_uuid in erased.others:
            return _Pass(False, frozenset([call_uuid]))
        partition = call_items.call_partition(call_uuid)
        had_pending = self._erase_postings(partition, tables.PENDING_PREFIX, at, erased)
        had_pointers = self._erase_postings(partition, tables.LOGGED_PREFIX, at, erased)
        has_found = had_pending or had_pointers
        for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
            call = self._calls.get(call_uuid)
            if forgetting.is_of_another(call, caller_number):
                erased.others.add(call_uuid)
                return _Pass(has_found, frozenset([call_uuid]))
            postings = forgetting.postings_until(call, at) if call else {}
            # A call that began later stays, but loses what was posted before.
            is_its = bool(call and forgetting.is_forgotten_with(call, caller_number, at))
            if call is None or not (is_its or postings):
                return replace(_found_nothing(call_uuid, call), has_found=has_found)
            self._delete_log_rows(postings, erased)
            erase = forgetting.forget if is_its else forgetting.without_tags_until
            after = erase(call, at)
            if self._calls.rewrite(after):
                erased.calls.update([call_uuid] if is_its else [])
                return replace(_found_nothing(call_uuid, after), has_found=True)
        raise AssertionError("attempts() ends by raising")

    def _remove_from_list(self, caller_number: str, pass_: _Pass, marked: _Pass) -> bool:
        """Remove the forgotten calls from the caller's list, which was needed to find them.

        Returns whether that is all. An event may still add a call again that was marked too late,
        and there may be more calls than this request went through.
        """
        entries = list(self._erasure.list_entries(caller_number))
        removed = pass_.forgotten & marked.forgotten
        self._erasure.delete_items(entry.key for entry in entries if entry.call_uuid in removed)
        return pass_.forgotten <= marked.forgotten and len(entries) <= marked.max_calls

    def _erase_postings(self, partition: str, prefix: str, at: datetime, erased: Erased) -> bool:
        """Erase a partition's pending postings or log pointers; return whether there were any."""
        items = self._erasure.posting_items(partition, prefix, at)
        has_found = False
        while not erased.is_at_limit and (batch := [*islice(items, _POSTINGS_AT_ONCE)]):
            has_found = True
            self._delete_log_rows({item.posting_id: item.key_id for item in batch}, erased)
            self._erasure.delete_items(item.key for item in batch)
            if prefix == tables.PENDING_PREFIX:
                erased.pending.update(item.posting_id for item in batch)
        return has_found

    def _erase_log_rows(
        self, caller_number: str, at: datetime, own: Collection[str], erased: Erased
    ) -> bool:
        """Erase all log rows about the caller; return whether there were any.

        Tags of such postings on calls that are not among the caller's `own` are erased too.
        """
        rows = self._erasure.log_rows(caller_number, at)
        has_found = False
        while not erased.is_at_limit and (batch := [*islice(rows, _POSTINGS_AT_ONCE)]):
            has_found = True
            for row in batch:
                if row.call_uuid and row.call_uuid not in own:
                    self._remove_from_call(row.call_uuid, row.posting_id)
            self._delete_log_rows({row.posting_id: row.key_id for row in batch}, erased)
        return has_found

    def _remove_from_call(self, call_uuid: str, posting_id: str) -> None:
        """Remove a posting from a call that has another caller, or none."""
        self._erasure.delete_pending(call_uuid, posting_id)
        for _ in time_limits.attempts(dynamodb.MAX_ATTEMPTS):
            call = self._calls.get(call_uuid)
            if call is None or posting_id not in call.posting_ids:
                return
            if self._calls.rewrite(forgetting.without_postings(call, [posting_id])):
                return

    def _delete_log_rows(self, postings: Mapping[str, str], erased: Erased) -> None:
        self._erasure.delete_log_rows(postings)
        erased.logged.update(postings)

    def _calls_of(self, caller_number: str) -> list[str]:
        """Return the IDs of the caller's calls, the oldest first."""
        return [entry.call_uuid for entry in self._erasure.list_entries(caller_number)]


def _found_nothing(call_uuid: str, call: Call | None) -> _Pass:
    is_forgotten = call is None or call.forgotten_at is not None
    return _Pass(False, frozenset([call_uuid] if is_forgotten else []))


def settle(seconds: float) -> None:
    """Wait until postings and events in progress are done."""
    time.sleep(seconds)
