"""`calltags history`: shows who changed what, and when."""

import json as json_
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import output, times
from cli.options import Json, now, session_of

_PAGE_SIZE = 100
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
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of changes.")] = 50,
    json: Json = False,
) -> None:
    """Show who changed what, the newest change first. Changes are kept for 400 days."""
    session = session_of(context)
    rows: list[dict[str, Any]] = []
    cursor = None
    while len(rows) < limit:
        page = session.api.get(
            "history", **_filter(of), limit=min(_PAGE_SIZE, limit - len(rows)), cursor=cursor
        )
        rows += page["history"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    if session.wants_json(json):
        output.print_json(rows)
        return
    table = output.table("when", "who", "what", "changes")
    for row in rows:
        what = f"{row['object'].replace('_', ' ')} {row['object_id']} {row['action']}"
        who = f"{row['asked_by']} ({row['role']})"
        table.add_row(
            times.to_text(times.from_wire(row["at"]), now()),
            *(Text(output.clean(text)) for text in (who, what, _changes(row["changes"]))),
        )
    session.screen.show(table)


def _filter(of: str | None) -> dict[str, str]:
    if of is None:
        return {}
    if "@" in of:
        return {"person": of}
    if name := _FILTERS.get(of[:4]):
        return {name: of}
    raise typer.BadParameter(f"{of!r} is neither an ID of a publisher or key nor an email address")


def _changes(changes: dict[str, list[Any]]) -> str:
    return ", ".join(
        f"{name}: {_value(old)} → {_value(new)}" for name, (old, new) in changes.items()
    )


def _value(value: Any) -> str:
    return value or "–" if isinstance(value, str | None) else json_.dumps(value)
