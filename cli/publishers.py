"""`calltags publishers`: who posts."""

from typing import Annotated

import typer
from rich.text import Text

from cli import activity, moments, output
from cli.options import Json, KeyNote, now, session_of

app = typer.Typer(help="Manage publishers.", no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The publisher's name.")],
    note: KeyNote = None,
    json: Json = False,
) -> None:
    """Add a publisher."""
    session = session_of(context)
    publisher = session.api.post("publishers", body={"name": name} | _given(note=note))
    if session.wants_json(json):
        output.print_json(publisher)
        return
    made = (publisher["publisher_id"], "bold"), " ", output.clean(publisher["name"])
    session.screen.show(Text.assemble(("✓ ", "green"), "added ", *made))


@app.command("set")
def set_(
    context: typer.Context,
    publisher_id: Annotated[
        str, typer.Argument(metavar="PUBLISHER_ID", help="The publisher's id, pub_…")
    ],
    name: Annotated[str | None, typer.Option(help="The publisher's name.")] = None,
    note: KeyNote = None,
    json: Json = False,
) -> None:
    """Rename a publisher, or change its note."""
    session = session_of(context)
    changes = _given(name=name, note=note)
    if not changes:
        raise typer.BadParameter("nothing to change: give --name or --note")
    publisher = session.api.patch("publishers", publisher_id, body=changes)
    if session.wants_json(json):
        output.print_json(publisher)
        return
    changed = (publisher["publisher_id"], "bold"), " ", output.clean(publisher["name"])
    session.screen.show(Text.assemble(("✓ ", "green"), "changed ", *changed))


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List all publishers."""
    session = session_of(context)
    publishers = list(session.api.all("publishers", "publishers"))
    if session.wants_json(json):
        output.print_json(publishers)
        return
    if not publishers:
        session.screen.note("There are none yet: calltags publishers add NAME")
        return
    table = output.table("publisher", "name", "created", "last day", "last posted", "note")
    for publisher in publishers:
        created = moments.to_text(moments.from_wire(publisher["created_at"]), now())
        name, note = (Text(output.clean_lines(publisher[member])) for member in ("name", "note"))
        recent = publisher["activity"]
        told = activity.recent(recent), activity.last_posted(recent)
        table.add_row(publisher["publisher_id"], name, created, *told, note)
    session.screen.show(table)


def _given(**members: str | None) -> dict[str, str]:
    return {member: value for member, value in members.items() if value is not None}
