"""`calltags platform-keys`: the keys with which campaign platforms report calls over HTTP."""

from typing import Annotated

import typer
from rich.text import Text

from cli import output, times
from cli.api import Record
from cli.options import CliSession, Json, now, session_of

app = typer.Typer(
    help="Manage the keys with which campaign platforms report calls over HTTP.",
    no_args_is_help=True,
)

PlatformKeyId = Annotated[
    str, typer.Argument(metavar="PLATFORM_KEY_ID", help="ID of the platform key (plk_…).")
]


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the key is for, such as Switch in Dallas.")],
    json: Json = False,
) -> None:
    """Create a key. It is shown only once."""
    session = session_of(context)
    key = session.api.post("platform-keys", body={"name": name})
    if session.wants_json(json):
        output.print_json(key)
        return
    _show_state(session, key)
    session.screen.show_whole(Text(key["key"], style="bold"))
    session.screen.note(
        "Copy the key now: it is not shown again. Send it as Authorization: Bearer KEY"
    )


@app.command("list")
def list_(context: typer.Context, json: Json = False) -> None:
    """List all platform keys, without their secret values."""
    session = session_of(context)
    keys = list(session.api.all("platform_keys", "platform-keys"))
    if session.wants_json(json):
        output.print_json(keys)
        return
    if not keys:
        session.screen.note("No platform keys yet. Create one: calltags platform-keys add NAME")
        return
    table = output.table("key", "name", "created", "status")
    for key in keys:
        created = times.to_text(times.from_wire(key["created_at"]), now())
        name = Text(output.clean(key["name"]))
        table.add_row(key["platform_key_id"], name, created, _state(key))
    session.screen.show(table)


@app.command("pause")
def pause(context: typer.Context, key_id: PlatformKeyId, json: Json = False) -> None:
    """Pause a key: its requests are refused. Takes effect within 30 seconds."""
    _change(context, key_id, "pause", json)


@app.command("resume")
def resume(context: typer.Context, key_id: PlatformKeyId, json: Json = False) -> None:
    """Resume a paused key. Takes effect within 30 seconds."""
    _change(context, key_id, "resume", json)


@app.command("delete")
def delete(
    context: typer.Context,
    key_id: PlatformKeyId,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete a key for good. Takes effect within 30 seconds."""
    session = session_of(context)
    if not yes:
        typer.confirm(f"Delete {key_id}? Its requests will be refused.", abort=True)
    session.api.delete("platform-keys", key_id)
    session.screen.note(f"Deleted {key_id}.")


def _change(context: typer.Context, key_id: str, action: str, json: bool) -> None:
    session = session_of(context)
    key = session.api.post("platform-keys", key_id, action)
    if session.wants_json(json):
        output.print_json(key)
    else:
        _show_state(session, key)


def _show_state(session: CliSession, key: Record) -> None:
    name = output.clean(key["name"])
    line = Text.assemble((key["platform_key_id"], "bold"), " ", name, " ", _state(key))
    session.screen.show_whole(line)


def _state(key: Record) -> Text:
    return Text("paused", style="yellow") if key["paused"] else Text("active", style="green")
