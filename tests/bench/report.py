"""A benchmark's report: Markdown tables, and goals with whether they are met."""

import os
import platform
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

_WIDTH = 100


class Kind(StrEnum):
    """How a figure behaves: a counted one is the same in every run, and a run that misses its goal
    fails; a timed one varies with the machine's load, and is only reported."""

    COUNTED = "counted"
    TIMED = "timed"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure and the largest value that meets its goal; `measured` is None if this machine could
    not measure it."""

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
    """A heading, tables as Markdown, remarks about them, and the measured goals."""

    title: str
    tables: Sequence[str] = ()
    remarks: Sequence[str] = ()
    goals: Sequence[Goal] = field(default_factory=tuple)

    def __str__(self) -> str:
        remarks = [textwrap.fill(remark, _WIDTH) for remark in self.remarks]
        return "\n\n".join([f"## {self.title}", *self.tables, *remarks])


def document(sections: Sequence[Section], at: datetime) -> str:
    """Return the report of a run of all sections as one Markdown page."""
    goals = [goal for section in sections for goal in section.goals]
    intro = (
        f"Written by `make bench` on {at:%Y-%m-%d}, {_machine()}. Times are processor times. F is "
        "a fresh process that makes a DynamoDB client with boto3, P is one warm `put_item` by "
        "boto3. [Performance and cost](../../docs/performance.md) explains the figures."
    )
    head = f"# Results of `make bench`\n\n{textwrap.fill(intro, _WIDTH)}"
    return "\n\n".join([head, goals_section(goals), *map(str, sections)]) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table whose first column is text and whose others are figures."""
    line = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (header, line, *rows))


def goals_section(goals: Sequence[Goal]) -> str:
    rows = table(["goal", "measured", "limit", "kind", ""], [goal.row() for goal in goals])
    return f"## Goals\n\n{rows}"


def _machine() -> str:
    return (
        f"on {platform.system()} with Python {platform.python_version()} on {os.cpu_count()} "
        f"{platform.machine()} processors"
    )


def _number(value: float) -> str:
    return f"{value:g}" if value == int(value) else f"{value:.2f}"
