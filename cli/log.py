"""`calltags log`: what became of postings."""

import csv
import re
import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Protocol

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from cli import moments, output, postbacks, words
from cli.api import Record
from cli.options import moment, now, session_of
from cli.output import Screen
from cli.postbacks import Search, Watch
from cli.words import Outcome

SECONDS_BETWEEN_LOOKS = 2.0
ROWS_KEPT = timedelta(days=90)
A_DAY = timedelta(days=1)
ROOM_FOR_KEYS = 110
"""Columns that a screen must have, for keys to be shown beside what matters more."""

CSV_COLUMNS = (
    "posted_at", "outcome", "publisher_id", "key_id", "caller_number", "call_uuid", "applied_to",
    "decided_at", "decided_by", "stored_until", "status_code", "status", "problems", "tags",
    "posting_id", "warnings",
)  # fmt: skip

_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@\t\r\n|%]")
_NUMBER = re.compile(r"\+?\d{1,15}")


class Printer(Protocol):
    def __call__(self, rows: Iterable[Record]) -> None: ...


def show_log(
    context: typer.Context,
    *,
    publisher: Annotated[
        str | None, typer.Option(metavar="PUBLISHER_ID", help="Only this publisher's.")
    ] = None,
    key: Annotated[str | None, typer.Option(metavar="KEY_ID", help="Only this key's.")] = None,
    caller: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER", help="The caller, in any spelling that publishers may send."
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        moment(f"{moments.EXAMPLES}. By default 24h; with --caller, all that is kept (90d)."),
    ] = None,
    until: Annotated[datetime | None, moment("In the same forms.")] = None,
    outcome: Annotated[
        Outcome | None, typer.Option(help="Show only postings with this outcome.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many, the newest.")] = 50,
    full: Annotated[
        bool, typer.Option("--full", help="Show whole tags and ids in tables.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV with one header line.")] = False,
    json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON object a line, as when the output is not a terminal."
        ),
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Keep showing what arrives and what changes.")
    ] = False,
) -> None:
    """Show what happened to postings, newest first (with --follow, newest last)."""
    session = session_of(context)
    if csv and json:
        raise typer.BadParameter("--csv and --json exclude each other")
    if sum(narrowed is not None for narrowed in (publisher, key, caller)) > 1:
        raise typer.BadParameter("--publisher, --key and --caller exclude each other")
    if follow and until:
        raise typer.BadParameter("--follow and --until exclude each other")
    search = Search(
        since=since or now() - (ROWS_KEPT if caller else A_DAY),
        until=until,
        key_id=key,
        publisher_id=publisher,
        caller_number=caller,
        outcome=outcome,
    )
    printer = _printer(session.screen, csv=csv, json=session.wants_json(json), full=full)
    if follow:
        _follow(session.screen, Watch(session.api, search, limit=limit), printer)
        return
    rows, has_more = postbacks.newest(session.api, search, limit)
    printer(rows)
    if not rows:
        session.screen.note(f"No postings since {moments.to_text(search.since, now())}.")
    if has_more:
        session.screen.note(f"There may be more: --limit {10 * limit}, or narrow the search.")


def _follow(screen: Screen, watch: Watch, printer: Printer) -> None:
    try:
        for news in postbacks.follow(watch, every=SECONDS_BETWEEN_LOOKS):
            if isinstance(news, list):
                printer(news)
            else:
                screen.note(f"{news.message} Trying again.")
    except KeyboardInterrupt:
        return


def _printer(screen: Screen, *, csv: bool, json: bool, full: bool) -> Printer:
    if csv:
        return CsvPrinter()
    return _print_lines if json else TablePrinter(screen, full=full)


def _print_lines(rows: Iterable[Record]) -> None:
    for row in rows:
        output.print_json_line(row)


class CsvPrinter:
    def __init__(self) -> None:
        self._writer = csv.DictWriter(
            sys.stdout, CSV_COLUMNS, extrasaction="ignore", lineterminator="\n"
        )
        self._writer.writeheader()

    def __call__(self, rows: Iterable[Record]) -> None:
        for row in rows:
            cells = row | {
                "problems": words.problems(row),
                "warnings": words.warnings(row),
                "tags": words.tags_json(row),
            }
            self._writer.writerow({name: cell(cells[name]) for name in CSV_COLUMNS})
        sys.stdout.flush()


class TablePrinter:
    """Rows may come in several lots: columns stay where they are, and the headings come once."""

    def __init__(self, screen: Screen, *, full: bool) -> None:
        self._screen = screen
        self._full = full
        self._has_headings = False

    def __call__(self, rows: Iterable[Record]) -> None:
        table = _columns(show_header=not self._has_headings, with_keys=self._has_room)
        for row in rows:
            table.add_row(*self._cells(row))
        if table.row_count:
            self._screen.show(table)
            self._has_headings = True

    @property
    def _has_room(self) -> bool:
        return self._screen.out.width >= ROOM_FOR_KEYS

    def _cells(self, row: Record) -> list[Text]:
        posted_at = moments.from_wire(row["posted_at"])
        when = Text.assemble(
            moments.clock(posted_at), (f"\n{moments.day(posted_at, now())}", "dim")
        )
        source = Text.assemble(row["key_id"], (f"\n{row['publisher_id']}", "dim"))
        return [
            when,
            words.outcome(row),
            *([source] if self._has_room else []),
            words.target(row, whole=self._full),
            words.tags(row, whole=self._full),
            words.fate(row, now(), whole=self._full),
        ]


def _columns(*, show_header: bool, with_keys: bool) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        show_header=show_header,
        show_edge=False,
        pad_edge=False,
        expand=True,
        header_style="bold",
    )
    table.add_column("posted", width=8)
    table.add_column("outcome", width=7)
    if with_keys:
        table.add_column("key, publisher", width=output.ID_WIDTH)
    table.add_column("caller or call", width=16, overflow="fold")
    table.add_column("tags", ratio=2, overflow="fold")
    table.add_column("what became of it", ratio=3, overflow="fold")
    return table


def cell(value: object) -> object:
    """A publisher's text must not become a spreadsheet's formula; a phone number is none."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value) or not _FORMULA.match(value):
        return value
    return f"'{value}"
