"""How results are shown: tables and colours where a person reads, JSON where a program does."""

import json
import sys
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from cli.failures import Failure

ID_WIDTH = len("pbk_aaaaaaaaaaaa")


def is_for_a_person() -> bool:
    return sys.stdout.isatty()


class Screen:
    """Standard output and standard error as a person reads them."""

    @cached_property
    def out(self) -> Console:
        return Console(highlight=False)

    @cached_property
    def err(self) -> Console:
        return Console(stderr=True, highlight=False)

    def show(self, *shown: RenderableType) -> None:
        self.out.print(*shown)

    def show_whole(self, text: Text) -> None:
        """On one line however long, so that it can be copied."""
        self.out.print(text, soft_wrap=True)

    def note(self, text: str) -> None:
        """To standard error: not a part of what was asked for."""
        self.err.print(Text(text, style="dim"))

    def fail(self, failure: Failure) -> None:
        self.err.print(Text.assemble(("✗ ", "bold red"), clean(failure.message)), soft_wrap=True)
        for line in failure.advice:
            self.err.print(Text(f"  {clean(line)}"), soft_wrap=True)


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_json_line(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, separators=(",", ":")), flush=True)


def clean(text: object) -> str:
    """What others wrote, without what could steer a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in str(text))


def clean_lines(text: object) -> str:
    """The same, but for its lines."""
    return "\n".join(map(clean, str(text).splitlines()))


def table(*headings: str) -> Table:
    """For lists; on a narrow screen ids stay whole and the rest is folded."""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for heading in headings:
        is_id = heading in ("key", "publisher", "key, publisher")
        made.add_column(heading, overflow="fold", min_width=ID_WIDTH if is_id else None)
    return made


def facts(pairs: Sequence[tuple[str, RenderableType]]) -> Table:
    """What is known of one thing, a line each."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        grid.add_row(name, value)
    return grid
