"""`calltags history`: shows who changed what, and when."""

import json as json_
from typing import Annotated, Any

import typer

from cli import output, tables, times
from cli.api import Record
from cli.options import Json, Yaml, now, session_of
from cli.tables import Column

_PAGE_SIZE = 100
_IDENTITY = frozenset(("created_at", "key_id", "platform_key_id", "publisher_id", "type"))
"""Members of a new object that its row shows already."""
_FILTERS = {"pub_": "publisher_id", "pbk_": "key_id", "plk_": "platform_key_id"}


def show_history(
    context: typer.Context,
    of: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID|EMAIL]",
            help="Only changes of this publisher, key or platform key, or of this person.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Maximum number of changes.")] = 50,
    json: Json = False,
    yaml: Yaml = False,
) -> None:
    """Show who changed what, the newest change first. Changes are kept for 400 days."""
    session = session_of(context)
    rows: list[Record] = []
    cursor = None
    while len(rows) < limit:
        page = session.api.get(
            "history", **_filter(of), limit=min(_PAGE_SIZE, limit - len(rows)), cursor=cursor
        )
        rows += page["history"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    if format_ := session.list_format(json=json, yaml=yaml):
        output.print_records(rows, format_)
        return
    if not rows:
        session.screen.note(
            f"No changes of {output.clean(of)} are recorded." if of else "No changes."
        )
        return
    tables.show(
        session.screen,
        [
            Column.required("when", (_when(row) for row in rows)),
            Column.required("who", map(_who, rows), wraps_at=16),
            Column.required("what", map(_what, rows), wraps_at=output.ID_WIDTH),
            Column.required("changes", map(_changes, rows), wraps_at=20),
        ],
    )


def _filter(of: str | None) -> dict[str, str]:
    if of is None:
        return {}
    if "@" in of:
        return {"person": of}
    if name := _FILTERS.get(of[:4]):
        return {name: of}
    raise typer.BadParameter(f"{of!r} is neither an ID of a publisher or key nor an email address")


def _when(row: Record) -> str:
    return times.to_text(times.from_wire(row["at"]), now())


def _who(row: Record) -> str:
    """Return the person's email address, or the name of an AWS identity, and the role."""
    name = row["asked_by"]
    if name.startswith("arn:"):
        name = name.rpartition(":")[2]
    return f"{name} ({row['role']})"


def _what(row: Record) -> str:
    return f"{row['object'].replace('_', ' ')} {row['action']}\n{row['object_id']}"


def _changes(row: Record) -> str:
    is_new = row["action"] == "created"
    return ", ".join(
        f"{name}: {_value(new)}" if is_new else f"{name}: {_value(old)} → {_value(new)}"
        for name, (old, new) in row["changes"].items()
        if not (is_new and name in _IDENTITY)
    )


def _value(value: Any) -> str:
    return value or "–" if isinstance(value, str | None) else json_.dumps(value)
