"""Shows postback keys in a terminal."""

from datetime import timedelta

from rich.text import Text

from cli import activity, durations, output, times
from cli.api import Record
from cli.options import now
from cli.output import Screen


def show_list(screen: Screen, keys: list[Record], owners: dict[str, str]) -> None:
    """Show keys as a table. `owners` are the publishers' names by their IDs."""
    table = output.table(
        "key",
        "name",
        "publisher",
        "storage",
        "cutoff",
        "region",
        "last day",
        "last posted",
        "status",
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
            _status(key),
        )
    screen.show(table)


def show_key(screen: Screen, key: Record) -> None:
    storage, cutoff = _durations(key)
    pairs = [
        ("key", Text.assemble((key["key_id"], "bold"), "  ", _status(key))),
        ("name", Text(output.clean(key["name"]))),
        ("publisher", Text(key["publisher_id"])),
        ("storage", Text(f"postings wait {storage} for a call")),
        ("cutoff", Text(f"{cutoff} after the end of a call")),
        ("region", Text(key["default_region"])),
        ("created", Text(times.to_text(times.from_wire(key["created_at"]), now()))),
        ("expires", Text(_expiry(key))),
        ("alerts", Text(_alerts(key))),
    ]
    if key["note"]:
        pairs.append(("note", Text(output.clean_lines(key["note"]))))
    screen.show(output.facts(pairs))
    screen.show_whole(Text(key["posting_link"], style="cyan"))
    instructions_link = Text(key["instructions_link"], style="cyan")
    screen.show_whole(Text.assemble(("instructions: ", "dim"), instructions_link))


def show_chain(screen: Screen, chain: list[Record]) -> None:
    table = output.table("key", "name", "created", "expires", "status")
    for key in chain:
        created = times.to_text(times.from_wire(key["created_at"]), now())
        name = Text(output.clean(key["name"]))
        table.add_row(key["key_id"], name, created, _expiry(key), _status(key))
    screen.show(table)


def rotation_message(new: Record, old: Record) -> str:
    """Return a message for the publisher about a rotated key."""
    end = times.from_wire(old["expires_at"])
    until = f"{end:%B} {end.day}, {end:%Y, %H:%M} UTC"
    old_link = f"The old link works until {until}." if end > now() else "The old link has expired."
    return (
        "Your posting link has changed. Please replace the old link with this one:\n\n"
        f"{new['posting_link']}\n\n"
        f"{old_link} Nothing else changes.\n"
        f"Instructions: {new['instructions_link']}"
    )


def _expiry(key: Record) -> str:
    expires_at = key["expires_at"]
    return times.to_text(times.from_wire(expires_at), now()) if expires_at else "never"


def _durations(key: Record) -> tuple[str, str]:
    storage, cutoff = (
        durations.to_text(timedelta(seconds=key[member]))
        for member in ("storage_duration", "end_call_cutoff")
    )
    return storage, cutoff


def _alerts(key: Record) -> str:
    """Return the conditions that raise an alert about the key."""
    conditions = []
    if key["expects_every"]:
        silence = durations.to_text(timedelta(seconds=key["expects_every"]))
        conditions.append(f"no posting for {silence}")
    if key["match_rate_floor"]:
        conditions.append(f"match rate under {key['match_rate_floor']:.0%}")
    return ", ".join(conditions) or "none"


def _status(key: Record) -> Text:
    if key["expires_at"] and times.from_wire(key["expires_at"]) <= now():
        return Text("expired", style="red")
    return Text("paused", style="yellow") if key["paused"] else Text("active", style="green")
