"""`calltags publishers`: who posts."""

from typing import Annotated

import typer
from rich.text import Text

from cli import moments, output
from cli.options import Json, now, session_of

app = typer.Typer(help="Manage publishers.", no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The publisher's name.")],
    json: Json = False,
) -> None:
    """Add a publisher."""
    session = session_of(context)
    publisher = session.api.post("publishers", body={"name": name})
    if session.wants_json(json):
        output.print_json(publisher)
        return
    made = (publisher["publisher_id"], "bold"), " ", output.clean(publisher["name"])
    session.screen.show(Text.assemble(("✓ ", "green"), "added ", *made))


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
    table = output.table("publisher", "name", "created")
    for publisher in publishers:
        created = moments.to_text(moments.from_wire(publisher["created_at"]), now())
        table.add_row(publisher["publisher_id"], Text(output.clean(publisher["name"])), created)
    session.screen.show(table)
