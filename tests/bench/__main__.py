"""`make bench` measures time, requests, bytes and dollars.

A run of all sections writes tests/bench/results.md. It fails if a counted figure (requests, units,
bytes, items read) misses its goal. A timed figure depends on what else the machine does, so a
missed goal is only reported.
"""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import report, sections

RESULTS = Path(__file__).with_name("results.md")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "section", nargs="*", help=f"any of {', '.join(sections.ALL)}; all by default"
    )
    requested = parser.parse_args().section or [*sections.ALL]
    unknown = [name for name in requested if name not in sections.ALL]
    if unknown:
        parser.error(f"unknown section {unknown[0]!r}; choose from {', '.join(sections.ALL)}")
    started = time.monotonic()
    measured: list[report.Section] = []
    for name in requested:
        print(f"{time.monotonic() - started:5.0f} s  {name}", file=sys.stderr, flush=True)
        for section in sections.ALL[name]():
            print(f"{section}\n", flush=True)
            measured.append(section)
    goals = [goal for section in measured for goal in section.goals]
    if goals:
        print(f"{report.goals_section(goals)}")
    if {*requested} == {*sections.ALL}:
        RESULTS.write_text(report.document(measured, datetime.now(UTC)), encoding="utf-8")
        print(f"\nWrote {RESULTS.relative_to(Path.cwd())}.", file=sys.stderr)
    print(f"{time.monotonic() - started:5.0f} s  done", file=sys.stderr)
    return 1 if any(goal.fails for goal in goals) else 0


if __name__ == "__main__":
    sys.exit(main())
