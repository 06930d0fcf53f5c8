"""Prints results: tables and colors in a terminal, JSON anywhere else."""

import json
import sys
from collections.abc import Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cli.errors import CliError

ID_WIDTH = len("pbk_aaaaaaaaaaaa")
_ONE_LINE = 1_000_000
"""A width at which YAML wraps no text."""


def is_terminal() -> bool:
    return sys.stdout.isatty()


class Screen:
    """Standard output and standard error of a terminal."""

    @cached_property
    def out(self) -> Console:
        return Console(highlight=False)

    @cached_property
    def err(self) -> Console:
        return Console(stderr=True, highlight=False)

    def show(self, *shown: RenderableType) -> None:
        self.out.print(*shown)

    def show_whole(self, text: Text) -> None:
        """Print on one line, however long, so that it can be copied."""
        self.out.print(text, soft_wrap=True)

    def note(self, text: str) -> None:
        """Print to standard error what is not part of the result."""
        self.err.print(Text(text, style="dim"))

    def show_error(self, error: CliError) -> None:
        self.err.print(Text.assemble(("✗ ", "bold red"), clean(error.message)), soft_wrap=True)
        for line in error.advice:
            self.err.print(Text(f"  {clean(line)}"), soft_wrap=True)


class Format(StrEnum):
    """How records are printed for programs."""

    JSON = "json"
    YAML = "yaml"


def print_records(records: Sequence[dict[str, Any]], format_: Format) -> None:
    """Print a list for programs."""
    if format_ is Format.JSON:
        print_json(records)
    else:
        print_yaml(records)


def print_yaml(records: Sequence[dict[str, Any]]) -> None:
    import yaml  # noqa: PLC0415 - most commands print a table or JSON

    text = yaml.safe_dump(list(records), sort_keys=False, allow_unicode=True, width=_ONE_LINE)
    print(text, end="", flush=True)


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_json_line(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, separators=(",", ":")), flush=True)


def clean(text: object) -> str:
    """Replace characters that could control the terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(text))


def clean_lines(text: object) -> str:
    """Do the same as `clean`, but keep line breaks."""
    return "\n".join(map(clean, str(text).splitlines()))


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number and its noun: "1 row", "2 rows"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def table(*headings: str) -> Table:
    """Make a table for a list. On a narrow screen IDs stay whole and other columns wrap."""
    table_ = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for heading in headings:
        is_id = heading in ("key", "publisher", "key, publisher")
        table_.add_column(heading, overflow="fold", min_width=ID_WIDTH if is_id else None)
    return table_


def facts(pairs: Sequence[tuple[str, RenderableType]]) -> Table:
    """Make a grid that shows one record, one line per fact."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        grid.add_row(name, value)
    return grid
