"""The table of alarms in docs/monitoring.md: meaning, drill, and section of the runbook.

`python -m infra.monitoring.alarm_table` writes it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from infra import rollout, stacks
from infra.environment import PROD, Environment
from infra.monitoring.alarms import AlarmNote

PAGE = Path(__file__).parents[2] / "docs" / "monitoring.md"
_TABLE = re.compile(r"^\| alarm \|.+?\n(?=\n)", re.MULTILINE | re.DOTALL)
_ROLLOUT = AlarmNote(
    name="one under `Rollout`",
    meaning="During a deployment: new code fails. The deployment is rolled back.",
    section=rollout.SECTION,
    drill="Set `has_canary` on dev, and deploy a `data_writing` that raises an error",
)


def written() -> str:
    """Return the page with the table as the code has it."""
    table = _markdown(notes(_complete(PROD)))
    return _TABLE.sub(lambda _: table, PAGE.read_text(encoding="utf-8"), count=1)


def notes(environment: Environment) -> Mapping[str, AlarmNote]:
    monitoring = stacks.add(stacks.app_without_bundles(), environment)
    return {**monitoring.alarms.notes, _ROLLOUT.name: _ROLLOUT}


def _complete(environment: Environment) -> Environment:
    """Return the environment with each setting that adds an alarm."""
    return replace(environment, webhook_url="https://example.com/tags")


def _markdown(rows: Mapping[str, AlarmNote]) -> str:
    lines = [
        "| alarm | it means | to make it ring on dev | what to do |",
        "| --- | --- | --- | --- |",
    ]
    for note in rows.values():
        name = note.name if "`" in note.name else f"`{note.name}`"
        lines.append(f"| {name} | {note.meaning} | {note.drill} | {_link(note.section)} |")
    return "\n".join(lines) + "\n"


def _link(section: str) -> str:
    page = "recovery.md" if section == rollout.SECTION else ""
    anchor = re.sub(r"[^\w\- ]", "", section.lower()).replace(" ", "-")
    return f"[{section}]({page}#{anchor})"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
