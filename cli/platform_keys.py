"""`calltags platform-keys`: the keys with which campaign platforms report calls over HTTP."""

from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import key_tables, names, output, tables, times
from cli.api import Record
from cli.options import CLEARED, CliSession, Expires, Json, NewName, Overlap, Yaml, now, session_of
from cli.tables import Column

app = typer.Typer(
    help="Manage the keys with which campaign platforms report calls over HTTP.",
    no_args_is_help=True,
)

PlatformKeyIdOrName = Annotated[
    str, typer.Argument(metavar="PLATFORM_KEY", help="The platform key's ID (plk_…) or name.")
]


Scopes = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="report|read",
        help="What the key may do; repeat it for both. Default of a new key: both.",
    ),
]


@app.command("add")
def add(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What the key is for, such as Switch in Dallas.")
    ],
    scope: Scopes = None,
    expires: Expires = None,
    json: Json = False,
) -> None:
    """Create a key. It is shown only once."""
    body = {"name": name} | _settings(scope, expires)
    _show_new(session_of(context), "platform-keys", body=body, json=json)


@app.command("rotate")
def rotate(
    context: typer.Context, key: PlatformKeyIdOrName, overlap: Overlap = None, json: Json = False
) -> None:
    """Replace a key with a new one. Both work until the overlap ends."""
    body = {} if overlap is None else {"overlap": int(overlap.total_seconds())}
    session = session_of(context)
    key_id = names.platform_key_id(session.api, key)
    _show_new(session, "platform-keys", key_id, "rotate", body=body, json=json)


@app.command("set")
def set_(
    context: typer.Context,
    key: PlatformKeyIdOrName,
    name: NewName = None,
    scope: Scopes = None,
    expires: Expires = None,
    json: Json = False,
) -> None:
    """Change a key. Takes effect within 30 seconds."""
    session = session_of(context)
    changes = ({"name": name} if name else {}) | _settings(scope, expires)
    if not changes:
        raise typer.BadParameter("nothing to change. Add --name, --scope or --expires")
    key_id = names.platform_key_id(session.api, key)
    changed = session.api.patch("platform-keys", key_id, body=changes)
    if session.wants_json(json):
        output.print_json(changed)
    else:
        _show_state(session, changed)


@app.command("list")
def list_(context: typer.Context, json: Json = False, yaml: Yaml = False) -> None:
    """List all platform keys, without their secret values."""
    session = session_of(context)
    keys = list(session.api.all("platform_keys", "platform-keys"))
    if format_ := session.list_format(json=json, yaml=yaml):
        output.print_records(keys, format_)
        return
    if not keys:
        session.screen.note("No platform keys yet. Create one: calltags platform-keys add NAME")
        return
    tables.show(
        session.screen,
        [
            Column.of_ids("key", (key["platform_key_id"] for key in keys)),
            Column.of_names("name", (key["name"] for key in keys)),
            Column.required("status", map(_state, keys)),
            Column.required("last used", (_time(key["last_used_at"]) for key in keys)),
            Column.required("scopes", (", ".join(key["scopes"]) for key in keys), wraps_at=7),
            Column.optional("expires", (_time(key["expires_at"]) for key in keys)),
        ],
    )


@app.command("pause")
def pause(context: typer.Context, key: PlatformKeyIdOrName, json: Json = False) -> None:
    """Pause a key: its requests are refused. Takes effect within 30 seconds."""
    _change(context, key, "pause", json)


@app.command("resume")
def resume(context: typer.Context, key: PlatformKeyIdOrName, json: Json = False) -> None:
    """Resume a paused key. Takes effect within 30 seconds."""
    _change(context, key, "resume", json)


@app.command("delete")
def delete(
    context: typer.Context,
    key: PlatformKeyIdOrName,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete a key permanently. Takes effect within 30 seconds."""
    session = session_of(context)
    key_id = names.platform_key_id(session.api, key)
    if not yes:
        typer.confirm(f"Delete {key_id}? Its requests will be refused.", abort=True)
    session.api.delete("platform-keys", key_id)
    session.screen.note(f"Deleted {key_id}.")


def _settings(scopes: list[str] | None, expires: Any) -> dict[str, Any]:
    """Return the settings that were given, by their names in the API."""
    settings: dict[str, Any] = {"scopes": scopes} if scopes else {}
    if expires is not None:
        settings["expires_at"] = None if expires == CLEARED else expires
    return settings


def _show_new(session: CliSession, *path: str, body: Record, json: bool) -> None:
    key = session.api.post(*path, body=body)
    if session.wants_json(json):
        output.print_json(key)
        return
    _show_state(session, key)
    session.screen.show_whole(Text(key["key"], style="bold"))
    session.screen.note(
        "Copy the key now: it is not shown again. Send it as Authorization: Bearer KEY"
    )
    if key["callback_url"]:
        session.screen.note("Callback address, for systems that cannot send a header:")
        session.screen.show_whole(Text(key["callback_url"], style="cyan"))


def _change(context: typer.Context, key: str, action: str, json: bool) -> None:
    session = session_of(context)
    key_id = names.platform_key_id(session.api, key)
    changed = session.api.post("platform-keys", key_id, action)
    if session.wants_json(json):
        output.print_json(changed)
        return
    _show_state(session, changed)
    session.screen.note("Takes effect within 30 seconds.")


def _show_state(session: CliSession, key: Record) -> None:
    name = output.clean(key["name"])
    scopes = f" {', '.join(key['scopes'])} "
    line = Text.assemble((key["platform_key_id"], "bold"), " ", name, (scopes, "dim"), _state(key))
    session.screen.show_whole(line)


def _time(text: str | None) -> str:
    return times.to_text(times.from_wire(text), now()) if text else "–"


def _state(key: Record) -> Text:
    if key["paused"]:
        return Text("paused", style="yellow")
    if key_tables.expires_within(key, timedelta(0)):
        return Text("expired", style="red")
    return key_tables.working_status(key)
