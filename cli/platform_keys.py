"""`calltags platform-keys`: what campaign platforms tell of calls with, over HTTP."""

from typing import Annotated

import typer
from rich.text import Text

from cli import moments, output
from cli.api import Record
from cli.options import Json, Session, now, session_of

app = typer.Typer(
    help="Manage the keys with which campaign platforms tell of calls over HTTP.",
    no_args_is_help=True,
)

PlatformKeyId = Annotated[
    str, typer.Argument(metavar="PLATFORM_KEY_ID", help="The platform key's id, plk_…")
]


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What it is for: Switch in Dallas.")],
    json: Json = False,
) -> None:
    """Make a key. It is shown this once, and kept nowhere."""
    session = session_of(context)
    made = session.api.post("platform-keys", body={"name": name})
    if session.wants_json(json):
        output.print_json(made)
        return
    _show_state(session, made)
    session.screen.show_whole(Text(made["key"], style="bold"))
    session.screen.note("Copy it now: it is not shown again. Send it as Authorization: Bearer …")


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List all platform keys, without the keys themselves."""
    session = session_of(context)
    keys = list(session.api.all("platform_keys", "platform-keys"))
    if session.wants_json(json):
        output.print_json(keys)
        return
    if not keys:
        session.screen.note("There are none yet: calltags platform-keys add NAME")
        return
    table = output.table("key", "name", "created", "")
    for key in keys:
        created = moments.to_text(moments.from_wire(key["created_at"]), now())
        name = Text(output.clean(key["name"]))
        table.add_row(key["platform_key_id"], name, created, _state(key))
    session.screen.show(table)


@app.command("pause")
def pause(context: typer.Context, key_id: PlatformKeyId, json: Json = False) -> None:
    """Refuse the key's requests, within 30 seconds."""
    _change(context, key_id, "pause", json)


@app.command("resume")
def resume(context: typer.Context, key_id: PlatformKeyId, json: Json = False) -> None:
    """Take the key's requests again, within 30 seconds."""
    _change(context, key_id, "resume", json)


@app.command("delete")
def delete(
    context: typer.Context,
    key_id: PlatformKeyId,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a key for good. Its requests are refused within 30 seconds."""
    session = session_of(context)
    if not yes:
        typer.confirm(f"Delete {key_id}? Whoever uses it can tell of no more calls.", abort=True)
    session.api.delete("platform-keys", key_id)
    session.screen.note(f"{key_id} is deleted.")


def _change(context: typer.Context, key_id: str, action: str, json: bool) -> None:
    session = session_of(context)
    key = session.api.post("platform-keys", key_id, action)
    if session.wants_json(json):
        output.print_json(key)
    else:
        _show_state(session, key)


def _show_state(session: Session, key: Record) -> None:
    name = output.clean(key["name"])
    line = Text.assemble((key["platform_key_id"], "bold"), " ", name, " ", _state(key))
    session.screen.show_whole(line)


def _state(key: Record) -> Text:
    return Text("paused", style="yellow") if key["paused"] else Text("active", style="green")
