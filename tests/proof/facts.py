"""The facts of a schedule, read from the tables, their journal and the responses."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain import log_entries
from shared.domain.log_entries import LogEntry
from shared.stores import tables
from shared.stores.dynamodb import from_item
from tests.proof.database import Change, Item, Key, Tables
from tests.proof.operations import ANONYMOUS_CALL, LATER, Forget, Post, ReportLeg, Tell
from tests.proof.processes import CALL_DATA, POSTBACK_LOG
from tests.proof.schedules import History
from tests.proof.tasks import Task

Values = Mapping[str, Any]
"""An item in plain values, times as text."""


@dataclass(frozen=True, slots=True)
class Application:
    """A posting's tags were applied. `call` is the call just before; None if no call changed."""

    posting_id: str
    call: Values | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting and its response; the status code is 0 without one.

    `is_struck` says that one of its requests met a fault; `is_unlogged`, that the fault kept the
    response or the refusal out of the log; `is_early`, that it was answered before any call was
    reported.
    """

    post: Post
    status_code: int
    status: str | None
    is_struck: bool
    is_unlogged: bool
    is_early: bool

    def __str__(self) -> str:
        return f"posting {self.post.number} ({self.post.kind})"


@dataclass(frozen=True, slots=True)
class Facts:
    """`waiting`, `applied` and `refused` (after being stored) are posting IDs. `touched` are the
    postings of a caller whom an operator forgot or tried to forget, `erased` those that must leave
    nothing. `to_forget` are the forgotten caller's calls that were known before. `answered` are
    the responses to call reports over HTTP."""

    journal: Sequence[Change]
    announced: Sequence[Values]
    posted: Mapping[str, Posted]
    touched: frozenset[str]
    erased: frozenset[str]
    to_forget: frozenset[str]
    tables: Tables
    told: Sequence[Tell]
    legs: Sequence[ReportLeg]
    is_child_known: bool
    has_faults: bool
    answered: Sequence[Values]
    calls: Mapping[str, Values]
    listed: Sequence[Values]
    waiting: frozenset[str]
    refused: frozenset[str]
    applications: Sequence[Application]
    entries: Mapping[str, LogEntry]

    @property
    def applied(self) -> frozenset[str]:
        return frozenset(application.posting_id for application in self.applications)

    def postings_of(self, call_uuid: str) -> list[str]:
        """Return the IDs of the postings on the call, in the order in which their tags count."""
        mine = (a for a in self.applications if a.call and a.call["call_uuid"] == call_uuid)
        return sorted({application.posting_id for application in mine})


def find(history: History, announced: Sequence[Values]) -> Facts:
    call_data, log = history.tables[CALL_DATA], history.tables[POSTBACK_LOG]
    calls = [item for item in _items(call_data, _is_call) if "started_at" in item]
    return Facts(
        journal=history.journal,
        announced=announced,
        posted=dict(_posted(history.tasks)),
        touched=frozenset(_touched(history.tasks)),
        erased=frozenset(_erased(history.tasks, _forgotten(calls))),
        to_forget=frozenset(_to_forget(history.tasks)),
        tables=history.tables,
        told=[t.operation for t in history.tasks if isinstance(t.operation, Tell) and t.is_done],
        legs=[
            t.operation for t in history.tasks if isinstance(t.operation, ReportLeg) and t.is_done
        ],
        is_child_known=any(
            task.operation.kind == "child-started" and not task.is_met for task in history.tasks
        ),
        has_faults=any(task.is_struck for task in history.tasks),
        answered=[
            json.loads(task.outcome["body"])
            for task in history.tasks
            if isinstance(task.operation, Tell)
            and task.operation.by_http
            and task.outcome
            and task.is_done
        ],
        calls={call["call_uuid"]: call for call in calls},
        listed=_items(call_data, lambda key: key[1].startswith(tables.CALLER_CALL_PREFIX)),
        waiting=frozenset(
            item["posting_id"]
            for item in _items(call_data, lambda key: key[1].startswith(tables.PENDING_PREFIX))
        ),
        refused=frozenset(
            row["posting_id"]
            for row in _items(log, lambda key: key[1].endswith(log_entries.DECIDED_SUFFIX))
            if not log_entries.is_applied(row)
        ),
        applications=list(_applications(history.journal)),
        entries=_entries(log),
    )


def _touched(tasks: Sequence[Task]) -> Iterator[str]:
    for forget in tasks:
        if isinstance(forget.operation, Forget):
            yield from (post.posting_id for _, post in _about_the_caller(tasks, forget.operation))


def _forgotten(calls: Sequence[Values]) -> set[str]:
    return {call["call_uuid"] for call in calls if "forgotten_at" in call}


def _to_forget(tasks: Sequence[Task]) -> Iterator[str]:
    """Yield the caller's calls that were reported before the caller was completely forgotten."""
    for forget in tasks:
        if isinstance(forget.operation, Forget) and forget.is_done:
            yield from _forgotten_by(forget.operation, forget, tasks)


def _forgotten_by(operation: Forget, forget: Task, tasks: Sequence[Task]) -> Iterator[str]:
    for task in tasks:
        told = task.operation
        if not (isinstance(told, Tell) and told.caller_number and task.is_done):
            continue
        starts_before = told.started_at is None or told.started_at <= operation.at
        if _is_before(task, forget, tasks) and starts_before:
            yield told.call_uuid


def _erased(tasks: Sequence[Task], forgotten: Collection[str]) -> Iterator[str]:
    """Yield the postings that began before the caller was completely forgotten.

    A posting that names a call counts only if that call was forgotten: before the call is known,
    its caller is unknown. After the call was forgotten its caller is unknown again, so later
    postings for it belong to no caller.
    """
    for place, forget in enumerate(tasks):
        if isinstance(forget.operation, Forget) and forget.is_done:
            for task, post in _about_the_caller(tasks, forget.operation):
                if post.call_uuid and (
                    post.call_uuid not in forgotten or _has_no_caller(post.call_uuid, task, tasks)
                ):
                    continue
                if (
                    task.began < forget.ended
                    if _have_met(task, forget)
                    else tasks.index(task) < place
                ):
                    yield post.posting_id


def _has_no_caller(call_uuid: str, post: Task, tasks: Sequence[Task]) -> bool:
    """Return whether the call's caller was forgotten before the posting came."""
    return any(
        call_uuid in _forgotten_by(earlier.operation, earlier, tasks)
        for earlier in tasks
        if isinstance(earlier.operation, Forget)
        and earlier.is_done
        and _is_before(earlier, post, tasks)
    )


def _is_before(one: Task, other: Task, tasks: Sequence[Task]) -> bool:
    if _have_met(one, other):
        return one.ended <= other.began
    return tasks.index(one) < tasks.index(other)


def _have_met(one: Task, other: Task) -> bool:
    """Return whether they ran side by side; otherwise they ran in the order of the tasks."""
    return one.is_met and other.is_met


def _about_the_caller(tasks: Sequence[Task], forget: Forget) -> Iterator[tuple[Task, Post]]:
    for task in tasks:
        post = task.operation
        if isinstance(post, Post) and post.at <= forget.at and post.call_uuid != ANONYMOUS_CALL:
            yield task, post


def _is_call(key: Key) -> bool:
    return key[1] == tables.CALL_SORT_KEY


def _items(items: Mapping[Key, Item], wanted: Any) -> list[dict[str, Any]]:
    return [from_item(item) for key, item in items.items() if wanted(key)]


def _posted(tasks: Sequence[Task]) -> Iterator[tuple[str, Posted]]:
    has_begun = False
    for task in tasks:
        post = task.operation
        if isinstance(post, Tell | ReportLeg):
            has_begun = True
        if not isinstance(post, Post):
            continue
        answer = task.outcome or {"statusCode": 0, "body": "{}"}
        yield (
            post.posting_id,
            Posted(
                post,
                answer["statusCode"],
                json.loads(answer["body"]).get("status") if task.outcome else None,
                task.is_struck,
                task.is_unlogged,
                is_early=not (task.is_met or has_begun),
            ),
        )


def _applications(journal: Sequence[Change]) -> Iterator[Application]:
    """Yield each row that says so, with the call as the same transaction found it."""
    calls = {change.request: change.before for change in journal if _is_call(change.key)}
    for change in journal:
        row = from_item(change.after or {})
        if change.key[1].endswith(log_entries.DECIDED_SUFFIX) and log_entries.is_applied(row):
            call = calls.get(change.request)
            yield Application(row["posting_id"], from_item(call) if call else None)


def _entries(log: Mapping[Key, Item]) -> dict[str, LogEntry]:
    """Return the log entries that operators read, by posting ID."""
    rows: dict[str, dict[str, Values]] = {}
    for (_, sort_key), item in log.items():
        row = from_item(item)
        suffix = sort_key.removeprefix(row["posting_id"])
        rows.setdefault(row["posting_id"], {})[suffix] = row
    return {posting_id: log_entries.entry(each, LATER) for posting_id, each in rows.items()}
