"""A posting's timeline: what happened to it, step by step. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_CAUSES = {
    "posting": "when it arrived",
    "another_posting": "when another posting of the caller arrived",
    "call_started": "when the platform reported the start of the call",
    "call_ended": "when the platform reported the end of the call",
}
_LAST = "~"
"""Sorts after every time."""

Step = dict[str, Any]
"""`what` happened, `at` which time, with `more` details; may link to the `call` or a `posting`."""


def steps(row: Mapping[str, Any], call: Mapping[str, Any] | None) -> Sequence[Step]:
    """Return the steps of a row of the log, oldest first. `call` has its tags, if it is known."""
    if row["status_code"] != 200:
        return [_step(f"Refused with {row['status_code']}", row["posted_at"])]
    found = [_step("Received and stored", row["posted_at"])]
    if row["applied_to"]:
        found += _steps_with_call(row, call)
    elif row["outcome"] == "stored":
        found.append(_step("Waiting for a call until", row["stored_until"]))
    elif row["outcome"] == "expired":
        found.append(_step("Expired", row["stored_until"], "the caller did not call in time"))
    elif row["outcome"] == "refused":
        found.append(_step("Refused", row["decided_at"], "see Problems"))
    return sorted(found, key=lambda step: step["at"] or _LAST)


def _steps_with_call(row: Mapping[str, Any], call: Mapping[str, Any] | None) -> Iterator[Step]:
    # The function that applied the posting may have started before the posting arrived.
    at = max(row["decided_at"] or "", row["posted_at"])
    details = [_CAUSES.get(row["decided_by"] or "", "")]
    if call is None:
        yield _step("Applied to call", at, *details) | {"call": True}
        return
    before, after, kept = _replaced(row, call)
    if before:
        details.append(f"replaced {_values(before)} from earlier postings")
    if kept:
        details.append(f"kept {_values(kept)}, because a placeholder does not replace a value")
    yield _step("Applied to call", at, *details) | {"call": True}
    if call["announced"]:
        yield _step("Sent to the platform", at, "as Call Tagged, within seconds")
    else:
        yield _step("Not sent to the platform yet", None, "the call's first event is in progress")
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
    """Return how many earlier values the posting replaced, the later tags that replaced its own
    values, and how many earlier values its placeholders left unchanged."""
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


def _step(what: str, at: str | None, *details: str) -> Step:
    return {"what": what, "at": at, "more": "; ".join(filter(None, details))}
