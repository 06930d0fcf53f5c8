"""`calltags keys`: postback keys, and the posting links to hand out."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import activity, durations, moments, output
from cli.api import OperatorApi, Record
from cli.failures import Failure
from cli.options import (
    CLEARED,
    Cutoff,
    ExpectsEvery,
    Expires,
    Json,
    KeyId,
    KeyNote,
    MatchRateFloor,
    NumberRegion,
    Overlap,
    Session,
    Storage,
    now,
    session_of,
)

app = typer.Typer(help="Manage postback keys and their posting links.", no_args_is_help=True)


@app.command("add")
def add(
    context: typer.Context,
    publisher_id: Annotated[
        str, typer.Argument(metavar="PUBLISHER_ID", help="The publisher's id, pub_…")
    ],
    name: Annotated[str, typer.Argument(help="What the key is for: Landing page, CRM.")],
    storage: Storage = None,
    cutoff: Cutoff = None,
    region: NumberRegion = None,
    note: KeyNote = None,
    expires: Expires = None,
    expects_every: ExpectsEvery = None,
    match_rate_floor: MatchRateFloor = None,
    json: Json = False,
) -> None:
    """Add a key for a publisher, and show its posting link."""
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
    key = session.api.post("publishers", publisher_id, "postback-keys", body=body)
    _show(session, key, json)


@app.command("list")
def list_(
    context: typer.Context,
    publisher_id: Annotated[
        str | None,
        typer.Argument(metavar="[PUBLISHER_ID]", help="List only this publisher's keys."),
    ] = None,
    json: Json = False,
) -> None:
    """List the keys of one publisher, or of all."""
    session = session_of(context)
    owners = _owners(session.api, publisher_id)
    keys = [key for owner in owners for key in _keys_of(session.api, owner)]
    if session.wants_json(json):
        output.print_json(keys)
    elif keys:
        _show_table(session, keys, owners)
    else:
        session.screen.note("There are none yet: calltags keys add PUBLISHER_ID NAME")


@app.command("show")
def show(context: typer.Context, key_id: KeyId, json: Json = False) -> None:
    """Show a key and its posting link, and the keys before and after it."""
    session = session_of(context)
    key = session.api.get("postback-keys", key_id)
    _show(session, key, json)
    if not session.wants_json(json) and (key["replaces"] or key["replaced_by"]):
        _show_chain(session, key)


@app.command("instructions")
def instructions(
    context: typer.Context,
    key_id: KeyId,
    *,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Markdown instead of a web page.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Write the page to this file: page.html."
        ),
    ] = None,
) -> None:
    """Give the page that tells a publisher's developer how to post with the key.

    In a terminal, this shows the page's link. To a program, or with -o, it gives the page.
    """
    session = session_of(context)
    if file is None and not markdown and output.is_for_a_person():
        link = session.api.get("postback-keys", key_id)["instructions_link"]
        session.screen.show_whole(Text(link, style="cyan"))
        session.screen.note(
            "For a file, add -o page.html or --markdown. The page has the key in it."
        )
        return
    form = "markdown" if markdown else "html"
    page = session.api.text("postback-keys", key_id, "instructions", format=form)
    if file is None:
        print(page, end="")
        return
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror}") from error
    session.screen.note(f"{file} is written. It has the key in it.")


@app.command("pause")
def pause(context: typer.Context, key_id: KeyId, json: Json = False) -> None:
    """Refuse the key's postings, within 30 seconds."""
    session = session_of(context)
    _show(session, session.api.post("postback-keys", key_id, "pause"), json)


@app.command("resume")
def resume(context: typer.Context, key_id: KeyId, json: Json = False) -> None:
    """Take the key's postings again, within 30 seconds."""
    session = session_of(context)
    _show(session, session.api.post("postback-keys", key_id, "resume"), json)


@app.command("rotate")
def rotate(
    context: typer.Context, key_id: KeyId, overlap: Overlap = None, json: Json = False
) -> None:
    """Replace a key by a new one. Both take postings until the overlap is over."""
    session = session_of(context)
    body = _members(overlap=overlap)
    key = session.api.post("postback-keys", key_id, "rotate", body=body)
    _show(session, key, json)
    if not session.wants_json(json):
        session.screen.note("For the publisher:")
        session.screen.show_whole(Text(_message(key, session.api.get("postback-keys", key_id))))


@app.command("set")
def set_(
    context: typer.Context,
    key_id: KeyId,
    name: Annotated[str | None, typer.Option(help="What the key is for.")] = None,
    storage: Storage = None,
    cutoff: Cutoff = None,
    region: NumberRegion = None,
    note: KeyNote = None,
    expires: Expires = None,
    expects_every: ExpectsEvery = None,
    match_rate_floor: MatchRateFloor = None,
    json: Json = False,
) -> None:
    """Change a key. New durations apply to postings from then on."""
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
        raise typer.BadParameter(f"nothing to change: give {_options_of_a_change(context)}")
    _show(session, session.api.patch("postback-keys", key_id, body=changes), json)


def _members(**members: str | float | timedelta | None) -> dict[str, Any]:
    """Those that were given; they are called as in the API."""
    return {member: _member(value) for member, value in members.items() if value is not None}


def _member(value: str | float | timedelta) -> str | float | None:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return None if value == CLEARED else value


def _options_of_a_change(context: typer.Context) -> str:
    parameters = context.command.params
    *others, last = [it.opts[0] for it in parameters if it.name not in ("key_id", "json")]
    return f"{', '.join(others)} or {last}"


def _owners(api: OperatorApi, publisher_id: str | None) -> dict[str, str]:
    """The names of the publishers, by their ids."""
    if publisher_id is not None:
        return {publisher_id: api.get("publishers", publisher_id)["name"]}
    return {it["publisher_id"]: it["name"] for it in api.all("publishers", "publishers")}


def _keys_of(api: OperatorApi, publisher_id: str) -> list[Record]:
    return list(api.all("postback_keys", "publishers", publisher_id, "postback-keys"))


def _show_table(session: Session, keys: list[Record], owners: dict[str, str]) -> None:
    table = output.table(
        "key", "name", "publisher", "storage", "cut-off", "region", "last day", "last posted", ""
    )
    for key in keys:
        publisher = Text(output.clean(owners[key["publisher_id"]]))
        table.add_row(
            key["key_id"],
            Text(output.clean(key["name"])),
            publisher.append(f"\n{key['publisher_id']}", "dim"),
            *_durations(key),
            key["default_region"],
            activity.recent(key["activity"]),
            activity.last_posted(key["activity"]),
            _state(key),
        )
    session.screen.show(table)


def _show(session: Session, key: Record, json: bool) -> None:
    if session.wants_json(json):
        output.print_json(key)
        return
    storage, cutoff = _durations(key)
    pairs = [
        ("key", Text.assemble((key["key_id"], "bold"), "  ", _state(key))),
        ("name", Text(output.clean(key["name"]))),
        ("publisher", Text(key["publisher_id"])),
        ("storage", Text(f"{storage} until a call comes")),
        ("cut-off", Text(f"{cutoff} after the call's end")),
        ("region", Text(key["default_region"])),
        ("created", Text(moments.to_text(moments.from_wire(key["created_at"]), now()))),
        ("until", Text(_end(key))),
        ("watched", Text(_watched(key))),
    ]
    if key["note"]:
        pairs.append(("note", Text(output.clean_lines(key["note"]))))
    session.screen.show(output.facts(pairs))
    session.screen.show_whole(Text(key["posting_link"], style="cyan"))
    instructions_link = Text(key["instructions_link"], style="cyan")
    session.screen.show_whole(Text.assemble(("how to use it: ", "dim"), instructions_link))


def _message(key: Record, replaced: Record) -> str:
    """What to send to the publisher, who need not know more."""
    until = moments.from_wire(replaced["expires_at"])
    end = f"until {until:%B} {until.day}, {until:%Y, %H:%M} UTC" if until > now() else "no longer"
    return (
        "Your posting link has changed. Please put the new one in place of the old one:\n\n"
        f"{key['posting_link']}\n\n"
        f"The old link works {end}. Nothing else changes.\n"
        f"How to use the link: {key['instructions_link']}"
    )


def _show_chain(session: Session, key: Record) -> None:
    """The key's story: those that it replaces, oldest first, itself, and those that came after."""
    chain = [key]
    while before := chain[0]["replaces"]:
        chain.insert(0, session.api.get("postback-keys", before))
    while after := chain[-1]["replaced_by"]:
        chain.append(session.api.get("postback-keys", after))
    table = output.table("key", "name", "created", "until", "")
    for link in chain:
        created = moments.to_text(moments.from_wire(link["created_at"]), now())
        name = Text(output.clean(link["name"]))
        table.add_row(link["key_id"], name, created, _end(link), _state(link))
    session.screen.show(table)


def _end(key: Record) -> str:
    end = key["expires_at"]
    return moments.to_text(moments.from_wire(end), now()) if end else "no end"


def _durations(key: Record) -> tuple[str, str]:
    storage, cutoff = (
        durations.to_text(timedelta(seconds=key[member]))
        for member in ("storage_duration", "end_call_cutoff")
    )
    return storage, cutoff


def _watched(key: Record) -> str:
    """What somebody is told of the key."""
    told = []
    if key["expects_every"]:
        told.append(f"silent for {durations.to_text(timedelta(seconds=key['expects_every']))}")
    if key["match_rate_floor"]:
        told.append(f"match rate under {key['match_rate_floor']:.0%}")
    return ", ".join(told) or "no"


def _state(key: Record) -> Text:
    if key["expires_at"] and moments.from_wire(key["expires_at"]) <= now():
        return Text("expired", style="red")
    return Text("paused", style="yellow") if key["paused"] else Text("active", style="green")
