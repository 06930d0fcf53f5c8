"""`calltags log`: shows postings and their outcomes as a table, JSON or CSV."""

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

from cli import log_reader, names, output, posting_text, times
from cli.api import Record
from cli.log_reader import LogFilter, LogFollower
from cli.options import OutcomeFilter, Yaml, now, session_of, time_option
from cli.output import Format, Screen

POLL_SECONDS = 2.0
RETENTION = timedelta(days=90)
DEFAULT_PERIOD = timedelta(days=1)
MIN_WIDTH_FOR_KEYS = 110
"""Minimum screen width at which the table has a column for keys and publishers."""

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
        str | None,
        typer.Option(metavar="PUBLISHER", help="Only postings of this publisher: ID or name."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY", help="Only postings with this key: ID, name, or 'Publisher/Key'."
        ),
    ] = None,
    caller: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER", help="Only postings about this caller number, in any usual format."
        ),
    ] = None,
    posting_id: Annotated[
        str | None,
        typer.Option(
            "--posting-id",
            metavar="ID",
            help="Only this posting: the request_id of an error response. Any time, so --since "
            "does not matter.",
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        time_option(f"{times.EXAMPLES}. Default: 24h, or 90d with --caller."),
    ] = None,
    until: Annotated[
        datetime | None, time_option("Only postings until then, in the same formats as --since.")
    ] = None,
    outcome: OutcomeFilter = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="Maximum number of postings.")
    ] = 50,
    full: Annotated[
        bool, typer.Option("--full", help="Do not shorten tags and IDs in tables.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV with a header line.")] = False,
    json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON object per line, the default outside a terminal."
        ),
    ] = False,
    yaml: Yaml = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Keep showing new postings and changes.")
    ] = False,
) -> None:
    """Show what happened to postings, newest first (with --follow, newest last)."""
    session = session_of(context)
    if sum((csv, json, yaml)) > 1:
        raise typer.BadParameter("--csv, --json and --yaml cannot be combined")
    if sum(option is not None for option in (publisher, key, caller)) > 1:
        raise typer.BadParameter("--publisher, --key and --caller cannot be combined")
    if posting_id and (caller or follow):
        raise typer.BadParameter("--posting-id cannot be combined with --caller or --follow")
    if follow and until:
        raise typer.BadParameter("--follow and --until cannot be combined")
    filter_ = LogFilter(
        since=since or now() - (RETENTION if caller else DEFAULT_PERIOD),
        until=until,
        key_id=names.key_id(session.api, key) if key else None,
        publisher_id=names.publisher_id(session.api, publisher) if publisher else None,
        caller_number=caller,
        outcome=outcome,
        posting_id=posting_id,
    )
    format_ = session.list_format(json=json, yaml=yaml)
    printer = CsvPrinter() if csv else _printer(session.screen, format_, full=full)
    if follow:
        _follow(session.screen, LogFollower(session.api, filter_, limit=limit), printer)
        return
    rows, has_more = log_reader.newest(session.api, filter_, limit)
    printer(rows)
    if not rows:
        none = f"No postings since {times.to_text(filter_.since, now())}."
        session.screen.note("No posting has this ID." if posting_id else none)
    if has_more:
        session.screen.note(f"There may be more. Add --limit {10 * limit}, or narrow the search.")


def _follow(screen: Screen, follower: LogFollower, printer: Printer) -> None:
    try:
        for change in log_reader.follow(follower, every=POLL_SECONDS):
            if isinstance(change, list):
                printer(change)
            else:
                screen.note(f"{change.message} Retrying.")
    except KeyboardInterrupt:
        return


def _printer(screen: Screen, format_: Format | None, *, full: bool) -> Printer:
    if format_ is None:
        return TablePrinter(screen, full=full)
    return _print_lines if format_ is Format.JSON else _print_yaml


def _print_lines(rows: Iterable[Record]) -> None:
    for row in rows:
        output.print_json_line(row)


def _print_yaml(rows: Iterable[Record]) -> None:
    if found := list(rows):
        output.print_yaml(found)


class CsvPrinter:
    def __init__(self) -> None:
        self._writer = csv.DictWriter(
            sys.stdout, CSV_COLUMNS, extrasaction="ignore", lineterminator="\n"
        )
        self._writer.writeheader()

    def __call__(self, rows: Iterable[Record]) -> None:
        for row in rows:
            cells = row | {
                "problems": posting_text.problems(row),
                "warnings": posting_text.warnings(row),
                "tags": posting_text.tags_json(row),
            }
            self._writer.writerow({name: cell(cells[name]) for name in CSV_COLUMNS})
        sys.stdout.flush()


class TablePrinter:
    """Prints rows in batches, with aligned columns and one header."""

    def __init__(self, screen: Screen, *, full: bool) -> None:
        self._screen = screen
        self._full = full
        self._header_printed = False

    def __call__(self, rows: Iterable[Record]) -> None:
        table = _columns(show_header=not self._header_printed, with_keys=self._has_room)
        for row in rows:
            table.add_row(*self._cells(row))
        if table.row_count:
            self._screen.show(table)
            self._header_printed = True

    @property
    def _has_room(self) -> bool:
        return self._screen.out.width >= MIN_WIDTH_FOR_KEYS

    def _cells(self, row: Record) -> list[Text]:
        posted_at = times.from_wire(row["posted_at"])
        when = Text.assemble(times.clock(posted_at), (f"\n{times.day(posted_at, now())}", "dim"))
        source = Text.assemble(row["key_id"], (f"\n{row['publisher_id']}", "dim"))
        return [
            when,
            posting_text.outcome(row),
            *([source] if self._has_room else []),
            posting_text.target(row, whole=self._full),
            posting_text.tags(row, whole=self._full),
            posting_text.description(row, now(), whole=self._full),
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
    table.add_column("what happened", ratio=3, overflow="fold")
    return table


def cell(value: object) -> object:
    """Quote text that a spreadsheet would read as a formula. Phone numbers stay as they are."""
    if not isinstance(value, str) or _NUMBER.fullmatch(value) or not _FORMULA.match(value):
        return value
    return f"'{value}"
