"""`calltags keys`: creates, changes, rotates and lists postback keys."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import key_tables, names, output
from cli.api import OperatorApi, Record
from cli.errors import CliError
from cli.options import (
    CLEARED,
    CliSession,
    Cutoff,
    ExpectsEvery,
    Expires,
    Json,
    KeyIdOrName,
    KeyNote,
    MatchRateFloor,
    NewName,
    NumberRegion,
    Overlap,
    PublisherIdOrName,
    Storage,
    Yaml,
    session_of,
)

app = typer.Typer(help="Manage postback keys and their posting links.", no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    publisher: PublisherIdOrName,
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="What the key is for, such as Landing page or CRM."),
    ],
    storage: Storage = None,
    cutoff: Cutoff = None,
    region: NumberRegion = None,
    note: KeyNote = None,
    expires: Expires = None,
    expects_every: ExpectsEvery = None,
    match_rate_floor: MatchRateFloor = None,
    json: Json = False,
) -> None:
    """Add a key to a publisher, and show its posting link."""
    session = session_of(context)
    body = _members(
        name=name,
        storage_duration=storage,
        end_call_cutoff=cutoff,
        default_region=region,
        note=note,
        expires_at=expires,
        expects_every=expects_every,
        match_rate_floor=match_rate_floor,
    )
    publisher_id = names.publisher_id(session.api, publisher)
    key = session.api.post("publishers", publisher_id, "postback-keys", body=body)
    _show(session, key, json)


@app.command("list")
def list_(
    context: typer.Context,
    publisher: Annotated[
        str | None,
        typer.Argument(metavar="[PUBLISHER]", help="Only keys of this publisher: ID or name."),
    ] = None,
    json: Json = False,
    yaml: Yaml = False,
) -> None:
    """List the keys of one publisher, or of all publishers."""
    session = session_of(context)
    owners = _owners(session.api, publisher)
    keys = [key for owner in owners for key in _keys_of(session.api, owner)]
    if format_ := session.list_format(json=json, yaml=yaml):
        output.print_records(keys, format_)
    elif keys:
        key_tables.show_list(session.screen, keys, owners)
    else:
        session.screen.note("No keys yet. Add one: calltags keys add PUBLISHER NAME")


@app.command("show")
def show(context: typer.Context, key: KeyIdOrName, json: Json = False) -> None:
    """Show a key, its posting link, the keys that it replaces and its successors."""
    session = session_of(context)
    shown = session.api.get("postback-keys", names.key_id(session.api, key))
    _show(session, shown, json)
    if not session.wants_json(json) and (shown["replaces"] or shown["replaced_by"]):
        key_tables.show_chain(session.screen, _chain(session.api, shown))


@app.command("instructions")
def instructions(
    context: typer.Context,
    key: KeyIdOrName,
    *,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown instead of HTML.")] = False,
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the instructions to this file."),
    ] = None,
) -> None:
    """Show or save a key's posting instructions, a page for the publisher's developer.

    Prints the link in a terminal. Prints the page itself elsewhere, or saves it with -o.
    """
    session = session_of(context)
    key_id = names.key_id(session.api, key)
    if file is None and not markdown and output.is_terminal():
        link = session.api.get("postback-keys", key_id)["instructions_link"]
        session.screen.show_whole(Text(link, style="cyan"))
        session.screen.note("To save the page, add -o page.html. The page contains the key.")
        return
    form = "markdown" if markdown else "html"
    page = session.api.text("postback-keys", key_id, "instructions", format=form)
    if file is None:
        print(page, end="")
        return
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise CliError(f"Cannot write {file}: {error.strerror}") from error
    session.screen.note(f"Wrote {file}. It contains the key.")


@app.command("pause")
def pause(context: typer.Context, key: KeyIdOrName, json: Json = False) -> None:
    """Pause a key: its postings are refused. Takes effect within 30 seconds."""
    _act(context, key, "pause", json)


@app.command("resume")
def resume(context: typer.Context, key: KeyIdOrName, json: Json = False) -> None:
    """Resume a paused key. Takes effect within 30 seconds."""
    _act(context, key, "resume", json)


@app.command("rotate")
def rotate(
    context: typer.Context, key: KeyIdOrName, overlap: Overlap = None, json: Json = False
) -> None:
    """Replace a key with a new one. Both work until the overlap ends."""
    session = session_of(context)
    body, key_id = _members(overlap=overlap), names.key_id(session.api, key)
    successor = session.api.post("postback-keys", key_id, "rotate", body=body)
    _show(session, successor, json)
    if not session.wants_json(json):
        old = session.api.get("postback-keys", key_id)
        session.screen.note("Message for the publisher:")
        session.screen.show_whole(Text(key_tables.rotation_message(successor, old)))


@app.command("set")
def set_(
    context: typer.Context,
    key: KeyIdOrName,
    name: NewName = None,
    storage: Storage = None,
    cutoff: Cutoff = None,
    region: NumberRegion = None,
    note: KeyNote = None,
    expires: Expires = None,
    expects_every: ExpectsEvery = None,
    match_rate_floor: MatchRateFloor = None,
    json: Json = False,
) -> None:
    """Change a key. New durations apply to later postings."""
    session = session_of(context)
    changes = _members(
        name=name,
        storage_duration=storage,
        end_call_cutoff=cutoff,
        default_region=region,
        note=note,
        expires_at=expires,
        expects_every=expects_every,
        match_rate_floor=match_rate_floor,
    )
    if not changes:
        raise typer.BadParameter(f"nothing to change. Add {_setting_options(context)}")
    key_id = names.key_id(session.api, key)
    _show(session, session.api.patch("postback-keys", key_id, body=changes), json)


def _act(context: typer.Context, key: str, action: str, json: bool) -> None:
    session = session_of(context)
    key_id = names.key_id(session.api, key)
    _show(session, session.api.post("postback-keys", key_id, action), json)


def _members(**members: str | float | timedelta | None) -> dict[str, Any]:
    """Return the settings that were given, by their names in the API."""
    return {member: _member(value) for member, value in members.items() if value is not None}


def _member(value: str | float | timedelta) -> str | float | None:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return None if value == CLEARED else value


def _setting_options(context: typer.Context) -> str:
    parameters = context.command.params
    *others, last = [it.opts[0] for it in parameters if it.name not in ("key", "json")]
    return f"{', '.join(others)} or {last}"


def _owners(api: OperatorApi, publisher: str | None) -> dict[str, str]:
    """Return the publishers' names by their IDs."""
    if publisher is not None:
        publisher_id = names.publisher_id(api, publisher)
        return {publisher_id: api.get("publishers", publisher_id)["name"]}
    return {it["publisher_id"]: it["name"] for it in api.all("publishers", "publishers", "names")}


def _keys_of(api: OperatorApi, publisher_id: str) -> list[Record]:
    return list(api.all("postback_keys", "publishers", publisher_id, "postback-keys"))


def _show(session: CliSession, key: Record, json: bool) -> None:
    if session.wants_json(json):
        output.print_json(key)
    else:
        key_tables.show_key(session.screen, key)


def _chain(api: OperatorApi, key: Record) -> list[Record]:
    """Return the keys that this key replaces, oldest first, the key, and its successors."""
    chain = [key]
    while before := chain[0]["replaces"]:
        chain.insert(0, api.get("postback-keys", before))
    while after := chain[-1]["replaced_by"]:
        chain.append(api.get("postback-keys", after))
    return chain
