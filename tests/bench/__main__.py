"""`make bench`: what it costs in time, requests, bytes and dollars; some sections, or all.

It ends with an error if a counted figure (requests, units, bytes, items read) misses its goal. A
timed one depends on what else the machine does: that it misses is told, and is no error.
"""

import argparse
import sys
import time

from tests.bench import report, sections


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("section", nargs="*", help=f"of {', '.join(sections.ALL)}; or all")
    asked = parser.parse_args().section or [*sections.ALL]
    unknown = [name for name in asked if name not in sections.ALL]
    if unknown:
        parser.error(f"no section {unknown[0]!r}; there are {', '.join(sections.ALL)}")
    started = time.monotonic()
    goals: list[report.Goal] = []
    for name in asked:
        print(f"{time.monotonic() - started:5.0f} s  {name}", file=sys.stderr, flush=True)
        for section in sections.ALL[name]():
            print(f"{section}\n", flush=True)
            goals += section.goals
    if goals:
        print(f"### Goals\n\n{report.goals_table(goals)}")
    print(f"{time.monotonic() - started:5.0f} s  done", file=sys.stderr)
    return 1 if any(goal.fails for goal in goals) else 0


if __name__ == "__main__":
    sys.exit(main())
