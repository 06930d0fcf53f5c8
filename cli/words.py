"""What became of a posting, in words and colours. Pure."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from rich.text import Text

from cli import moments
from cli.output import clean

Row = Mapping[str, Any]
"""One posting as the log's API tells of it."""


class Outcome(StrEnum):
    STORED = "stored"
    APPLIED = "applied"
    EXPIRED = "expired"
    REFUSED = "refused"


COLOURS = {
    Outcome.STORED: "cyan",
    Outcome.APPLIED: "green",
    Outcome.EXPIRED: "yellow",
    Outcome.REFUSED: "red",
}

_BY = {
    "call_started": " by the call’s start",
    "call_ended": " by the call’s end",
    "posting": " by the posting itself",
    "another_posting": " with another posting",
}


def outcome(row: Row) -> Text:
    return Text(row["outcome"], style=COLOURS.get(row["outcome"], ""))


def fate(row: Row, now: datetime, *, whole: bool = False) -> Text:
    """What became of it; `whole` with all of the call's uuid."""
    words = {
        Outcome.APPLIED: _applied,
        Outcome.STORED: _stored,
        Outcome.EXPIRED: _expired,
        Outcome.REFUSED: _refused,
    }.get(row["outcome"], _unknown)
    told = words(row, now, whole)
    if row["status_code"] != 200 and row["outcome"] != Outcome.REFUSED:
        told += f"; but answered {row['status_code']}"
    if warned := warnings(row):
        told += f"; warned: {warned}"
    return Text(clean(told))


def target(row: Row, *, whole: bool = False) -> Text:
    """Whose call, or which, the posting asked for."""
    if row["caller_number"]:
        return Text(clean(row["caller_number"]))
    if row["call_uuid"]:
        return Text(f"call {short_uuid(row['call_uuid'], whole=whole)}")
    return Text("none given", style="dim")


def tags(row: Row, *, longest: int = 24, most: int = 4, whole: bool = False) -> Text:
    """Names and values, of many the first, each cut to `longest`; or the `whole` of them."""
    pairs = list(row["tags"].items())
    shown = pairs if whole else pairs[:most]
    text = Text()
    for name, value in shown:
        text.append(", " if text else "")
        text.append(_cut(name, longest, whole=whole), "bold")
        text.append(f"={_cut(value, longest, whole=whole)}")
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
    at = _at(row, now)
    when = " at once" if row["decided_by"] == "posting" else f" at {at}" if at else ""
    by = "" if row["decided_by"] == "posting" else _BY.get(row["decided_by"] or "", "")
    return f"applied to call {short_uuid(row['applied_to'] or '?', whole=whole)}{when}{by}"


def _stored(row: Row, now: datetime, _: bool) -> str:
    return f"stored until {_until(row, now)}, waits for a call"


def _expired(row: Row, now: datetime, _: bool) -> str:
    return f"expired {_until(row, now)}, no call came"


def _refused(row: Row, now: datetime, _: bool) -> str:
    later = row["decided_by"] not in (None, "posting")
    when = f" at {_at(row, now)}{_BY.get(row['decided_by'], '')}" if later else ""
    return f"refused{when}: {problems(row) or row['status_code']}"


def _unknown(row: Row, _: datetime, __: bool) -> str:
    return str(row["status"] or "")


def _at(row: Row, now: datetime) -> str:
    if not row["decided_at"]:
        return ""
    posted_at = moments.from_wire(row["posted_at"])
    return moments.to_text(moments.from_wire(row["decided_at"]), now, near=posted_at)


def _until(row: Row, now: datetime) -> str:
    if not row["stored_until"]:
        return "?"
    posted_at = moments.from_wire(row["posted_at"])
    return moments.to_text(moments.from_wire(row["stored_until"]), now, near=posted_at)


def _problem_words(problems_: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for problem in problems_:
        param = f"{problem['param']} " if problem["param"] else ""
        yield f"{param}{problem['message']}"


def _cut(text: str, longest: int, *, whole: bool = False) -> str:
    text = clean(text)
    return text if whole or len(text) <= longest else f"{text[: longest - 1]}…"
