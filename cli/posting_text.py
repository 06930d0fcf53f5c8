"""Describes a posting and its outcome in words and colors. Pure."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from cli import times
from cli.output import clean

Row = Mapping[str, Any]
"""One posting, as the operator API returns it."""


OUTCOMES = {
    "waiting": "stored",
    "applied": "applied",
    "expired": "expired",
    "refused": "refused",
}
"""Outcomes as people read them, and as the operator API spells them."""

_NAMES = {value: name for name, value in OUTCOMES.items()}
_COLORS = {"stored": "cyan", "applied": "green", "expired": "yellow", "refused": "red"}

_BY = {
    "call_started": " when the call started",
    "call_ended": " when the call ended",
    "another_posting": " together with another posting",
}


def outcome(row: Row) -> Text:
    value = str(row["outcome"])
    return Text(_NAMES.get(value, value), style=_COLORS.get(value, ""))


def description(row: Row, now: datetime, *, whole: bool = False) -> Text:
    """Say what happened to a posting. With `whole`, the call ID is not shortened."""
    describe = {
        "applied": _applied,
        "stored": _waiting,
        "expired": _expired,
        "refused": _refused,
    }.get(row["outcome"], _unknown)
    text = describe(row, now, whole)
    if row["status_code"] != 200 and row["outcome"] != "refused":
        text += f"; but the response was {row['status_code']}"
    if warnings_ := warnings(row):
        text += f"; warning: {warnings_}"
    return Text(clean(text))


def target(row: Row, *, whole: bool = False) -> Text:
    """Return the caller number or call ID that the posting named."""
    if row["caller_number"]:
        return Text(clean(row["caller_number"]))
    if row["call_uuid"]:
        return Text(f"call {short_uuid(row['call_uuid'], whole=whole)}")
    return Text("none", style="dim")


def tags(row: Row, *, max_length: int = 24, max_tags: int = 4, whole: bool = False) -> Text:
    """Return the first tags, shortened to `max_length` characters, or with `whole` all tags."""
    pairs = list(row["tags"].items())
    shown = pairs if whole else pairs[:max_tags]
    text = Text()
    for name, value in shown:
        text.append(", " if text else "")
        text.append(_cut(name, max_length, whole=whole), "bold")
        text.append(f"={_cut(value, max_length, whole=whole)}")
    if len(shown) < len(pairs):
        text.append(f" and {len(pairs) - len(shown)} more", "dim")
    return text


def short_uuid(uuid: str, *, whole: bool = False) -> str:
    return clean(uuid) if whole else _cut(uuid, 9)


def problems(row: Row) -> str:
    return "; ".join(_problem_words(row["problems"]))


def warnings(row: Row) -> str:
    return "; ".join(_problem_words(row.get("warnings", ())))


def tags_json(row: Row) -> str:
    return json.dumps(row["tags"], ensure_ascii=False)


def _applied(row: Row, now: datetime, whole: bool) -> str:
    call = short_uuid(row["applied_to"] or "?", whole=whole)
    if row["decided_by"] == "posting":
        return f"applied to call {call} at once"
    at = _at(row, now)
    when = f" at {at}" if at else ""
    return f"applied to call {call}{when}{_BY.get(row['decided_by'] or '', '')}"


def _waiting(row: Row, now: datetime, _: bool) -> str:
    return f"waiting for a call until {_until(row, now)}"


def _expired(row: Row, now: datetime, _: bool) -> str:
    return f"expired at {_until(row, now)} without a call"


def _refused(row: Row, now: datetime, _: bool) -> str:
    later = row["decided_by"] not in (None, "posting")
    when = f" at {_at(row, now)}{_BY.get(row['decided_by'], '')}" if later else ""
    return f"refused{when}: {problems(row) or row['status_code']}"


def _unknown(row: Row, _: datetime, __: bool) -> str:
    return str(row["status"] or "")


def _at(row: Row, now: datetime) -> str:
    if not row["decided_at"]:
        return ""
    posted_at = times.from_wire(row["posted_at"])
    return times.to_text(times.from_wire(row["decided_at"]), now, near=posted_at)


def _until(row: Row, now: datetime) -> str:
    if not row["stored_until"]:
        return "?"
    posted_at = times.from_wire(row["posted_at"])
    return times.to_text(times.from_wire(row["stored_until"]), now, near=posted_at)


def _problem_words(problems_: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for problem in problems_:
        param = f"{problem['param']} " if problem["param"] else ""
        yield f"{param}{problem['message']}"


def _cut(text: str, max_length: int, *, whole: bool = False) -> str:
    text = clean(text)
    return text if whole or len(text) <= max_length else f"{text[: max_length - 1]}…"
