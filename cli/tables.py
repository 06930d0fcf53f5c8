"""Lists in a terminal: tables that leave out columns which do not fit, and say so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from cli.output import Screen, clean_lines

_GAP = 2
"""Spaces between two columns."""
_NAME_WRAPS_AT = 10


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a list.

    `wraps_at`: the narrowest width, in characters, to which the column may be wrapped. None: its
    text stays on one line. Columns that are not `required` are left out where they do not fit,
    the last one first.
    """

    heading: str
    cells: Sequence[Text]
    wraps_at: int | None = None
    is_required: bool = False

    @classmethod
    def required(
        cls, heading: str, cells: Iterable[str | Text], *, wraps_at: int | None = None
    ) -> Self:
        """Make a column that every screen shows."""
        return cls(heading=heading, cells=_texts(cells), wraps_at=wraps_at, is_required=True)

    @classmethod
    def optional(
        cls, heading: str, cells: Iterable[str | Text], *, wraps_at: int | None = None
    ) -> Self:
        """Make a column that only wide screens show."""
        return cls(heading=heading, cells=_texts(cells), wraps_at=wraps_at)

    @classmethod
    def of_names(cls, heading: str, names: Iterable[str], *, required: bool = True) -> Self:
        """Make a column of names, which may be long."""
        cells = _texts(names)
        return cls(heading=heading, cells=cells, wraps_at=_NAME_WRAPS_AT, is_required=required)

    @classmethod
    def of_ids(cls, heading: str, ids: Iterable[str], *, required: bool = True) -> Self:
        """Make a column of IDs, which stay whole so that they can be copied."""
        return cls(heading=heading, cells=_texts(ids), is_required=required)

    @property
    def min_width(self) -> int:
        """Minimum width in characters."""
        widest = max((cell_len(line) for line in self._lines()), default=0)
        return widest if self.wraps_at is None else min(self.wraps_at, widest)

    def _lines(self) -> list[str]:
        lines = [line for cell in self.cells for line in cell.plain.splitlines()]
        return [self.heading, *lines]


def show(screen: Screen, columns: Sequence[Column]) -> None:
    """Print a table. Says on standard error which columns the screen is too narrow for."""
    shown = _that_fit(columns, screen.out.width)
    table = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),
        header_style="bold",
    )
    for column in shown:
        no_wrap = column.wraps_at is None
        table.add_column(
            column.heading,
            overflow="fold",
            no_wrap=no_wrap,
            min_width=column.min_width,
            vertical="top",
        )
    for cells in zip(*(column.cells for column in shown), strict=True):
        table.add_row(*cells)
    screen.show(table)
    if left_out := [column.heading for column in columns if column not in shown]:
        screen.note(f"Not shown at this width: {', '.join(left_out)}. --json has everything.")


def _that_fit(columns: Sequence[Column], width: int) -> list[Column]:
    """Return the columns without the optional ones, from the last on, that need too much width."""
    shown = list(columns)
    for column in reversed(columns):
        if sum(each.min_width + _GAP for each in shown) - _GAP <= width:
            break
        if not column.is_required:
            shown.remove(column)
    return shown


def _texts(cells: Iterable[str | Text]) -> list[Text]:
    return [cell if isinstance(cell, Text) else Text(clean_lines(cell)) for cell in cells]
