"""`calltags call`: one call, its tags, and who put them there."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from cli import durations, moments, output
from cli.api import OperatorApi, Record
from cli.options import Json, now, session_of


def show_call(
    context: typer.Context,
    call_uuid: Annotated[str, typer.Argument(metavar="CALL_UUID")],
    json: Json = False,
) -> None:
    """Show a call, its tags, and which posting put each there."""
    session = session_of(context)
    call = find(session.api, call_uuid)
    if session.wants_json(json):
        output.print_json(call)
        return
    session.screen.show(_about(call))
    if not call["tags"]:
        session.screen.note("\nIt has no tags.")
        return
    session.screen.show("")
    table = output.table("tag", "value", "posted", "key, publisher", "replaced")
    for tag in call["tags"]:
        table.add_row(*_cells(tag, now()))
    session.screen.show(table)


def find(api: OperatorApi, call_uuid: str) -> Record:
    """What the service knows of the call. Raises Failure."""
    # An id with a slash has no place in a path.
    return (
        api.get("calls", call_uuid=call_uuid) if "/" in call_uuid else api.get("calls", call_uuid)
    )


def _about(call: Record) -> Table:
    pairs = [
        ("call", Text(call["call_uuid"], style="bold")),
        ("status", _status(call)),
        ("caller", Text(output.clean(call["caller_number"] or "anonymous"))),
        ("campaign", Text(output.clean(call["campaign_id"] or "–"))),
        ("dialed", Text(output.clean(call["dialed_number"] or "–"))),
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
    lasted = moments.from_wire(call["ended_at"]) - moments.from_wire(call["started_at"])
    return f"{_time(call['ended_at'])}, after {durations.to_text(lasted)}"


def _cells(tag: Record, now_: datetime) -> list[Text]:
    source = Text.assemble(tag["key_id"], (f"\n{tag['publisher_id']}", "dim"))
    return [
        Text(output.clean(tag["name"]), style="bold"),
        Text(output.clean(tag["value"])),
        Text(moments.to_text(moments.from_wire(tag["posted_at"]), now_)),
        source,
        _replaced(tag["replaced"], now_),
    ]


def _replaced(replaced: Record | None, now_: datetime) -> Text:
    if replaced is None:
        return Text()
    posted = moments.to_text(moments.from_wire(replaced["posted_at"]), now_)
    told = f"{output.clean(replaced['value'])!r}", (f"\n{posted} by {replaced['key_id']}", "dim")
    return Text.assemble(*told)


def _time(text: str) -> str:
    return moments.to_text(moments.from_wire(text), now())
