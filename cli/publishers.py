"""`calltags publishers`: adds, changes and lists publishers."""

from typing import Annotated

import typer
from rich.text import Text

from cli import activity, output, times
from cli.options import Json, KeyNote, now, session_of

app = typer.Typer(help="Manage publishers.", no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the publisher.")],
    note: KeyNote = None,
    json: Json = False,
) -> None:
    """Add a publisher."""
    session = session_of(context)
    publisher = session.api.post("publishers", body={"name": name} | _given(note=note))
    if session.wants_json(json):
        output.print_json(publisher)
        return
    added = (publisher["publisher_id"], "bold"), " ", output.clean(publisher["name"])
    session.screen.show(Text.assemble(("✓ ", "green"), "Added ", *added))


@app.command("set")
def set_(
    context: typer.Context,
    publisher_id: Annotated[
        str, typer.Argument(metavar="PUBLISHER_ID", help="ID of the publisher (pub_…).")
    ],
    name: Annotated[str | None, typer.Option(help="Name of the publisher.")] = None,
    note: KeyNote = None,
    json: Json = False,
) -> None:
    """Rename a publisher, or change its note."""
    session = session_of(context)
    changes = _given(name=name, note=note)
    if not changes:
        raise typer.BadParameter("nothing to change. Add --name or --note")
    publisher = session.api.patch("publishers", publisher_id, body=changes)
    if session.wants_json(json):
        output.print_json(publisher)
        return
    changed = (publisher["publisher_id"], "bold"), " ", output.clean(publisher["name"])
    session.screen.show(Text.assemble(("✓ ", "green"), "Changed ", *changed))


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List all publishers."""
    session = session_of(context)
    publishers = list(session.api.all("publishers", "publishers"))
    if session.wants_json(json):
        output.print_json(publishers)
        return
    if not publishers:
        session.screen.note("No publishers yet. Add one: calltags publishers add NAME")
        return
    table = output.table("publisher", "name", "created", "last day", "last posted", "note")
    for publisher in publishers:
        created = times.to_text(times.from_wire(publisher["created_at"]), now())
        name, note = (Text(output.clean_lines(publisher[member])) for member in ("name", "note"))
        recent = publisher["activity"]
        posted = activity.recent(recent), activity.last_posted(recent)
        table.add_row(publisher["publisher_id"], name, created, *posted, note)
    session.screen.show(table)


def _given(**members: str | None) -> dict[str, str]:
    return {member: value for member, value in members.items() if value is not None}
