"""What became of a posting, as an operator reads it: one step after the other. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_CAUSES = {
    "posting": "at once",
    "another_posting": "when another posting of the caller came",
    "call_started": "when the call was told to have started",
    "call_ended": "when the call was told to have ended",
}
_LAST = "~"
"""Sorts behind every time."""

Step = dict[str, Any]
"""`what` happened `at` a time, with `more` to say; it may lead to the `call` or to a `posting`."""


def steps(row: Mapping[str, Any], call: Mapping[str, Any] | None) -> Sequence[Step]:
    """Of a row of the log, and of the call that it is on, the first thing first."""
    if row["status_code"] != 200:
        return [_step(f"Refused with {row['status_code']}", row["posted_at"])]
    made = [_step("Received and stored", row["posted_at"])]
    if row["applied_to"]:
        made += _on_a_call(row, call)
    elif row["outcome"] == "stored":
        made.append(_step("Waits for a call, until", row["stored_until"]))
    elif row["outcome"] == "expired":
        more = "no call of this caller came in time"
        made.append(_step("Expired unused", row["stored_until"], more))
    elif row["outcome"] == "refused":
        made.append(_step("Given up", row["decided_at"], "see the problems"))
    return sorted(made, key=lambda step: step["at"] or _LAST)


def _on_a_call(row: Mapping[str, Any], call: Mapping[str, Any] | None) -> Iterator[Step]:
    # Whose handling took it up may have begun before the posting came.
    at = max(row["decided_at"] or "", row["posted_at"])
    told = [_CAUSES.get(row["decided_by"] or "", "")]
    if call is None:
        yield _step("Put on a call", at, *told) | {"call": True}
        return
    before, after, kept = _replaced(row, call)
    if before:
        told.append(f"replaced {_values(before)} of earlier postings")
    if kept:
        told.append(f"left {_values(kept)} as it was, since a placeholder replaces none")
    yield _step("Put on a call", at, *told) | {"call": True}
    if call["announced"]:
        yield _step("Told to the platform", at, "as Call Tagged, within seconds")
    else:
        yield _step("Not told to the platform yet", None, "the call's first event is being handled")
    if after:
        first = min(after, key=lambda tag: str(tag["posting_id"]))
        step = _step(f"{_values(len(after))} replaced".capitalize(), first["posted_at"])
        yield step | {"posting": first}
    yield _step("The call started", call["started_at"])
    if call["ended_at"]:
        yield _step("The call ended", call["ended_at"])


def _replaced(
    row: Mapping[str, Any], call: Mapping[str, Any]
) -> tuple[int, list[Mapping[str, Any]], int]:
    """How many values it replaced, the tags that replaced one of its own, and how many earlier
    values a placeholder of it left as they were."""
    before, after, kept, own = 0, [], 0, row["posting_id"]
    for tag in call["tags"]:
        if tag["name"] not in row["tags"]:
            continue
        if tag["posting_id"] == own:
            before += bool(tag["replaced"] and tag["replaced"]["posting_id"] < own)
        elif tag["posting_id"] > own:
            after.append(tag)
        else:
            kept += 1
    return before, after, kept


def _values(count: int) -> str:
    return f"{count} value{'' if count == 1 else 's'}"


def _step(what: str, at: str | None, *more: str) -> Step:
    return {"what": what, "at": at, "more": "; ".join(filter(None, more))}
