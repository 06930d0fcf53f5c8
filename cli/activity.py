"""`calltags activity`: how much is posted, and the outcomes."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from cli import names, output, times
from cli.api import Record
from cli.options import CliSession, Json, now, session_of
from cli.tables import Column

_BARS = "▁▂▃▄▅▆▇█"
_MAX_COLUMNS = 72
"""Maximum width of a sparkline. More hours than this share columns."""

MIN_DECIDED = 20
"""Fewer decided postings than this say nothing about the match rate."""

_FIGURES = {
    "posted": "postings",
    "stored": "accepted",
    "applied_at_once": "applied at once",
    "applied_later": "applied later",
    "expired_unused": "expired",
    "refused": "refused",
    "warned": "with warnings",
}


def show_activity(
    context: typer.Context,
    of: Annotated[
        str,
        typer.Argument(
            metavar="KEY|PUBLISHER",
            help="A key's ID (pbk_…), a publisher's ID (pub_…), or a publisher's name.",
        ),
    ],
    hours: Annotated[
        int,
        typer.Option(
            min=1, max=720, metavar="N", help="Number of hours, including the current hour."
        ),
    ] = 24,
    json: Json = False,
) -> None:
    """Show the postings of a key or a publisher by hour, with their outcomes.

    Includes the keys that the key replaces and those that replace it.
    """
    session = session_of(context)
    if of.startswith("pbk_"):
        activity = session.api.get("postback-keys", of, "activity", hours=hours, chain="true")
    else:
        publisher_id = names.publisher_id(session.api, of)
        activity = session.api.get("publishers", publisher_id, "activity", hours=hours)
    if session.wants_json(json):
        output.print_json(activity)
    else:
        _show(session, activity)


def sparkline(numbers: Sequence[int]) -> str:
    """Return a bar per number, or per group of numbers if there are many; a dot for zero."""
    size = max(1, -(-len(numbers) // _MAX_COLUMNS))
    sums = [sum(numbers[i : i + size]) for i in range(0, len(numbers), size)]
    most = max(sums, default=0)
    return "".join(_BARS[(n * len(_BARS) - 1) // most] if n else "·" for n in sums)


def last_posted(activity: Record) -> str:
    last = activity["last_posted_at"]
    return times.to_minute(times.from_wire(last), now()) if last else "never"


def deciding_columns(activities: Sequence[Record]) -> list[Column]:
    """Return the columns of a list that show what needs attention."""
    return [
        Column.required("last posted", map(last_posted, activities)),
        Column.required("matched", map(match_rate, activities)),
    ]


def other_columns(activities: Sequence[Record]) -> list[Column]:
    lines = (Text(sparkline(each["postings"]), style="cyan") for each in activities)
    return [
        Column.optional("refused", map(_refused, activities)),
        Column.optional("postings", (str(each["totals"]["posted"]) for each in activities)),
        Column.optional("last 24 hours", lines),
    ]


def match_rate(activity: Record) -> str:
    """Return the match rate in percent, or a dash if too few postings are decided to say."""
    rate, decided = activity["match_rate"], activity["totals"]["decided"]
    return "–" if rate is None or decided < MIN_DECIDED else f"{rate:.0%}"


def _refused(activity: Record) -> str:
    totals = activity["totals"]
    return f"{totals['refused'] / totals['posted']:.0%}" if totals["posted"] else "–"


def _show(session: CliSession, activity: Record) -> None:
    hours, totals = activity["hours"], activity["totals"]
    first = times.to_text(times.from_wire(hours[0]["hour"]), now())
    line = sparkline([hour["posted"] for hour in hours])
    pairs = [
        ("hourly", Text.assemble((line, "cyan"), f"  since {first}")),
        ("last posted", Text(last_posted(activity))),
        *((name, Text(str(totals[member]))) for member, name in _FIGURES.items()),
        ("match rate", Text(_rate_in_words(activity))),
    ]
    session.screen.show(output.facts(pairs))
    for count in activity["refusals"]:
        session.screen.show(_count_line("refused", "red", count, totals["posted"]))
    for count in activity["warnings"]:
        session.screen.show(_count_line("with a warning", "yellow", count, totals["posted"]))


def _rate_in_words(activity: Record) -> str:
    totals = activity["totals"]
    applied = totals["applied_at_once"] + totals["applied_later"]
    decided = totals["decided"]
    share = f"{match_rate(activity)} ({applied} of {decided} decided"
    waiting = totals["stored"] - decided
    return f"{share}, {waiting} waiting)" if waiting > 0 else f"{share})"


def _count_line(outcome: str, style: str, count: Record, posted: int) -> Text:
    """Return a line such as "37 of 40 with a warning: placeholder not filled in (zip)"."""
    kind = output.clean(count["kind"]).replace("_", " ")
    param = f" ({output.clean(count['param'])})" if count["param"] else ""
    return Text.assemble(f"{count['count']} of {posted} ", (outcome, style), f": {kind}{param}")
