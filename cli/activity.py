"""`calltags activity`: how much is posted, and what becomes of it."""

from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.text import Text

from cli import moments, output
from cli.api import Record
from cli.options import Json, Session, now, session_of

_BARS = "▁▂▃▄▅▆▇█"
_WIDEST = 72
"""Columns of a sparkline: more hours share one."""

_FIGURES = {
    "posted": "posted",
    "stored": "accepted",
    "applied_at_once": "applied at once",
    "applied_later": "applied later",
    "expired_unused": "expired unused",
    "refused": "refused",
    "warned": "with warnings",
}


def show_activity(
    context: typer.Context,
    whose: Annotated[
        str, typer.Argument(metavar="ID", help="A key's id, pbk_…, or a publisher's, pub_…")
    ],
    hours: Annotated[
        int, typer.Option(min=1, max=720, help="How many, the current one among them.")
    ] = 24,
    json: Json = False,
) -> None:
    """Show how much a key or a publisher posts, and what becomes of it.

    A rotated key is shown with those before and after it.
    """
    session = session_of(context)
    if whose.startswith("pub_"):
        activity = session.api.get("publishers", whose, "activity", hours=hours)
    else:
        activity = session.api.get("postback-keys", whose, "activity", hours=hours, chain="true")
    if session.wants_json(json):
        output.print_json(activity)
    else:
        _show(session, activity)


def sparkline(numbers: Sequence[int]) -> str:
    """A bar for each number, or for some in a row if they are many; a dot for none."""
    each = max(1, -(-len(numbers) // _WIDEST))
    sums = [sum(numbers[i : i + each]) for i in range(0, len(numbers), each)]
    most = max(sums, default=0)
    return "".join(_BARS[(n * len(_BARS) - 1) // most] if n else "·" for n in sums)


def last_posted(activity: Record) -> str:
    moment = activity["last_posted_at"]
    return moments.to_text(moments.from_wire(moment), now()) if moment else "never"


def match_rate(activity: Record) -> str:
    rate = activity["match_rate"]
    return "" if rate is None else f"{rate:.0%}"


def recent(activity: Record) -> Text:
    """A list's cell: the last day's sparkline, its postings and how many of them matched."""
    posted, rate = activity["totals"]["posted"], match_rate(activity)
    told = f"{posted} posted" + (f", {rate} matched" if rate else "")
    return Text.assemble((sparkline(activity["postings"]), "cyan"), "\n", (told, "dim"))


def _show(session: Session, activity: Record) -> None:
    hours, totals = activity["hours"], activity["totals"]
    first = moments.to_text(moments.from_wire(hours[0]["hour"]), now())
    line = sparkline([hour["posted"] for hour in hours])
    pairs = [
        ("postings", Text.assemble((line, "cyan"), f"  since {first}")),
        ("last posted", Text(last_posted(activity))),
        *((name, Text(str(totals[member]))) for member, name in _FIGURES.items()),
        ("match rate", Text(match_rate(activity) or "nothing decided yet")),
    ]
    session.screen.show(output.facts(pairs))
    told = [
        *_told("refused", "red", activity["refusals"], totals["posted"]),
        *_told("warned", "yellow", activity["warnings"], totals["posted"]),
    ]
    for each in told:
        session.screen.show(each)


def _told(verb: str, style: str, counts: Iterable[Record], posted: int) -> Iterable[Text]:
    """37 of 40 warned: placeholder not filled in (zip)."""
    for each in counts:
        kind = output.clean(each["kind"]).replace("_", " ")
        param = f" ({output.clean(each['param'])})" if each["param"] else ""
        yield Text.assemble(f"{each['count']} of {posted} ", (verb, style), f": {kind}{param}")
