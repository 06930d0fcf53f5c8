"""`calltags call`: shows a call, its tags and their sources; reports a call's start and end."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from cli import durations, output, round_trip, times
from cli.api import Record
from cli.options import Json, now, session_of


class _ShowByDefault(TyperGroup):
    """Treat `calltags call CALL_UUID` as `calltags call show CALL_UUID`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ShowByDefault,
    help="Show a call and the source of its tags, or report a call's start or end.",
    no_args_is_help=True,
)
app.command("start")(round_trip.start)
app.command("end")(round_trip.end)
app.command("report")(round_trip.report)


@app.command("show")
def show_call(
    context: typer.Context,
    call_uuid: Annotated[str, typer.Argument(metavar="CALL_UUID")],
    json: Json = False,
) -> None:
    """Show a call, its tags, and the key and publisher of each tag."""
    session = session_of(context)
    call = session.api.call(call_uuid)
    if session.wants_json(json):
        output.print_json(call)
        return
    session.screen.show(_facts(call))
    if not call["tags"]:
        session.screen.note("\nThe call has no tags.")
        return
    session.screen.show("")
    table = output.table("tag", "value", "posted", "key, publisher", "replaced")
    for tag in call["tags"]:
        table.add_row(*_cells(tag, now()))
    session.screen.show(table)


def _facts(call: Record) -> Table:
    pairs = [
        ("call", Text(call["call_uuid"], style="bold")),
        ("status", _status(call)),
        ("caller", Text(output.clean(call["caller_number"] or "anonymous"))),
        ("campaign", Text(output.clean(call["campaign_id"] or "–"))),
        ("dialed", Text(output.clean(call["dialed_number"] or "–"))),
        ("direction", Text(call.get("direction", "inbound"))),
        ("reported by", Text(", ".join(call.get("reported_by", ())) or "–")),
        ("started", Text(_time(call["started_at"]))),
        ("ended", Text(_end(call))),
        ("version", Text(str(call["version"]))),
    ]
    return output.facts(pairs)


def _status(call: Record) -> Text:
    style = "green" if call["status"] == "in_progress" else "cyan"
    return Text(str(call["status"]).replace("_", " "), style=style)


def _end(call: Record) -> str:
    if not call["ended_at"]:
        return "–"
    lasted = times.from_wire(call["ended_at"]) - times.from_wire(call["started_at"])
    return f"{_time(call['ended_at'])}, after {durations.to_text(lasted)}"


def _cells(tag: Record, now_: datetime) -> list[Text]:
    source = Text.assemble(tag["key_id"], (f"\n{tag['publisher_id']}", "dim"))
    return [
        Text(output.clean(tag["name"]), style="bold"),
        Text(output.clean(tag["value"])),
        Text(times.to_text(times.from_wire(tag["posted_at"]), now_)),
        source,
        _replaced(tag["replaced"], now_),
    ]


def _replaced(replaced: Record | None, now_: datetime) -> Text:
    if replaced is None:
        return Text()
    posted = times.to_text(times.from_wire(replaced["posted_at"]), now_)
    value = output.clean(replaced["value"])
    return Text.assemble(f"{value!r}", (f"\n{posted} by {replaced['key_id']}", "dim"))


def _time(text: str) -> str:
    return times.to_text(times.from_wire(text), now())
