"""`calltags publishers`: adds, changes and lists publishers."""

from typing import Annotated

import typer
from rich.text import Text

from cli import activity, names, output, tables, times
from cli.options import Json, KeyNote, NewName, PublisherIdOrName, Yaml, now, session_of
from cli.tables import Column

_NOTE_WRAPS_AT = 20

app = typer.Typer(help="Manage publishers.", no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the publisher.")],
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
    publisher: PublisherIdOrName,
    name: NewName = None,
    note: KeyNote = None,
    json: Json = False,
) -> None:
    """Rename a publisher, or change its note."""
    session = session_of(context)
    changes = _given(name=name, note=note)
    if not changes:
        raise typer.BadParameter("nothing to change. Add --name or --note")
    publisher_id = names.publisher_id(session.api, publisher)
    changed = session.api.patch("publishers", publisher_id, body=changes)
    if session.wants_json(json):
        output.print_json(changed)
        return
    named = (changed["publisher_id"], "bold"), " ", output.clean(changed["name"])
    session.screen.show(Text.assemble(("✓ ", "green"), "Changed ", *named))


@app.command("list")
def list_(context: typer.Context, json: Json = False, yaml: Yaml = False) -> None:
    """List all publishers."""
    session = session_of(context)
    publishers = list(session.api.all("publishers", "publishers"))
    if format_ := session.list_format(json=json, yaml=yaml):
        output.print_records(publishers, format_)
        return
    if not publishers:
        session.screen.note("No publishers yet. Add one: calltags publishers add NAME")
        return
    activities = [each["activity"] for each in publishers]
    created = (times.to_text(times.from_wire(each["created_at"]), now()) for each in publishers)
    tables.show(
        session.screen,
        [
            Column.of_ids("publisher", (each["publisher_id"] for each in publishers)),
            Column.of_names("name", (each["name"] for each in publishers)),
            *activity.deciding_columns(activities),
            *activity.other_columns(activities),
            Column.optional("created", created),
            Column.optional("note", (each["note"] for each in publishers), wraps_at=_NOTE_WRAPS_AT),
        ],
    )


def _given(**members: str | None) -> dict[str, str]:
    return {member: value for member, value in members.items() if value is not None}
