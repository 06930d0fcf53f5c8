"""Shows postback keys in a terminal."""

from datetime import timedelta

from rich.text import Text

from cli import activity, durations, output, tables, times
from cli.api import Record
from cli.options import now
from cli.output import Screen
from cli.tables import Column

_EXPIRING = timedelta(days=7)
"""A key that expires within this time is expiring."""


def show_list(screen: Screen, keys: list[Record], owners: dict[str, str]) -> None:
    """Show keys as a table. `owners` are the publishers' names by their IDs."""
    activities = [key["activity"] for key in keys]
    tables.show(
        screen,
        [
            Column.of_ids("key", (key["key_id"] for key in keys)),
            Column.of_names("name", (key["name"] for key in keys)),
            Column.of_names(
                "publisher", (owners[key["publisher_id"]] for key in keys), required=False
            ),
            Column.required("status", (_status(key) for key in keys)),
            *activity.deciding_columns(activities),
            *activity.other_columns(activities),
            Column.optional("storage", (_durations(key)[0] for key in keys)),
            Column.optional("cutoff", (_durations(key)[1] for key in keys)),
            Column.optional("region", (key["default_region"] for key in keys)),
            Column.of_ids("publisher ID", (key["publisher_id"] for key in keys), required=False),
        ],
    )


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
    created = (times.to_text(times.from_wire(key["created_at"]), now()) for key in chain)
    tables.show(
        screen,
        [
            Column.of_ids("key", (key["key_id"] for key in chain)),
            Column.of_names("name", (key["name"] for key in chain)),
            Column.required("status", (_status(key) for key in chain)),
            Column.required("expires", (_expiry(key) for key in chain)),
            Column.optional("created", created),
        ],
    )


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


def expires_within(key: Record, time_left: timedelta) -> bool:
    """Whether a key, of a publisher or a platform, expires within this time."""
    expires_at = key["expires_at"]
    return bool(expires_at) and times.from_wire(expires_at) <= now() + time_left


def working_status(key: Record) -> Text:
    """Return the status of a key that is neither paused nor expired."""
    if key["replaced_by"]:
        return Text("replaced", style="yellow")
    if expires_within(key, _EXPIRING):
        return Text("expiring", style="yellow")
    return Text("active", style="green")


def _status(key: Record) -> Text:
    if expires_within(key, timedelta(0)):
        return Text("expired", style="red")
    return Text("paused", style="yellow") if key["paused"] else working_status(key)
