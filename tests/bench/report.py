"""What a benchmark says: Markdown tables, and goals with whether they are met. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """A counted figure is the same in every run, so a run that misses its goal fails; a timed one
    moves with whatever else the machine does, and is only told."""

    COUNTED = "counted"
    TIMED = "timed"


@dataclass(frozen=True, slots=True)
class Goal:
    """`limit` is the most that is still good. No measure is none that could be taken here."""

    figure: str
    measured: float | None
    limit: float
    kind: Kind
    unit: str = ""

    @property
    def is_met(self) -> bool | None:
        return None if self.measured is None else self.measured <= self.limit

    @property
    def fails(self) -> bool:
        return self.kind is Kind.COUNTED and self.is_met is False

    def row(self) -> list[str]:
        verdict = {None: "not measured", True: "met", False: "**missed**"}[self.is_met]
        measured = "–" if self.measured is None else f"{_number(self.measured)}{self.unit}"
        return [self.figure, measured, f"≤ {_number(self.limit)}{self.unit}", self.kind, verdict]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, tables as Markdown, remarks beside them, and the goals that were measured."""

    title: str
    tables: Sequence[str] = ()
    remarks: Sequence[str] = ()
    goals: Sequence[Goal] = field(default_factory=tuple)

    def __str__(self) -> str:
        return "\n\n".join([f"### {self.title}", *self.tables, *self.remarks])


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """The first column is of words, all others are of figures."""
    line = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (header, line, *rows))


def goals_table(goals: Sequence[Goal]) -> str:
    return table(["goal", "measured", "limit", "kind", ""], [goal.row() for goal in goals])


def _number(value: float) -> str:
    return f"{value:g}" if value == int(value) else f"{value:.2f}"
