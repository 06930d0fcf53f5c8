"""`calltags activity`: how much is posted, and the outcomes."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from cli import output, times
from cli.api import Record
from cli.options import CliSession, Json, now, session_of
from cli.output import counted

_BARS = "▁▂▃▄▅▆▇█"
_MAX_COLUMNS = 72
"""Maximum width of a sparkline. More hours than this share columns."""

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
    key_or_publisher_id: Annotated[
        str, typer.Argument(metavar="ID", help="A key ID (pbk_…) or a publisher ID (pub_…).")
    ],
    hours: Annotated[
        int, typer.Option(min=1, max=720, help="Number of hours, including the current hour.")
    ] = 24,
    json: Json = False,
) -> None:
    """Show the postings of a key or a publisher by hour, with their outcomes.

    Includes the keys that the key replaces and those that replace it.
    """
    session = session_of(context)
    id_ = key_or_publisher_id
    if id_.startswith("pub_"):
        activity = session.api.get("publishers", id_, "activity", hours=hours)
    else:
        activity = session.api.get("postback-keys", id_, "activity", hours=hours, chain="true")
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
    return times.to_text(times.from_wire(last), now()) if last else "never"


def match_rate(activity: Record) -> str:
    rate = activity["match_rate"]
    return "" if rate is None else f"{rate:.0%}"


def recent(activity: Record) -> Text:
    """Return a table cell: the last day's sparkline, number of postings, and match rate."""
    posted, rate = activity["totals"]["posted"], match_rate(activity)
    summary = counted(posted, "posting") + (f", {rate} matched" if rate else "")
    return Text.assemble((sparkline(activity["postings"]), "cyan"), "\n", (summary, "dim"))


def _show(session: CliSession, activity: Record) -> None:
    hours, totals = activity["hours"], activity["totals"]
    first = times.to_text(times.from_wire(hours[0]["hour"]), now())
    line = sparkline([hour["posted"] for hour in hours])
    pairs = [
        ("hourly", Text.assemble((line, "cyan"), f"  since {first}")),
        ("last posted", Text(last_posted(activity))),
        *((name, Text(str(totals[member]))) for member, name in _FIGURES.items()),
        ("match rate", Text(match_rate(activity) or "no outcomes yet")),
    ]
    session.screen.show(output.facts(pairs))
    for count in activity["refusals"]:
        session.screen.show(_count_line("refused", "red", count, totals["posted"]))
    for count in activity["warnings"]:
        session.screen.show(_count_line("with a warning", "yellow", count, totals["posted"]))


def _count_line(outcome: str, style: str, count: Record, posted: int) -> Text:
    """Return a line such as "37 of 40 with a warning: placeholder not filled in (zip)"."""
    kind = output.clean(count["kind"]).replace("_", " ")
    param = f" ({output.clean(count['param'])})" if count["param"] else ""
    return Text.assemble(f"{count['count']} of {posted} ", (outcome, style), f": {kind}{param}")
