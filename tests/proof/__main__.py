"""`make prove`: check that every 200 is kept, in every order of a few operations and in many random
orders of more. Then check that each deliberate break of the protocol is found."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeVar

from tests.proof import proving, quick, sabotage
from tests.proof.proving import Piece, Tally
from tests.proof.sabotage import SABOTAGES, Finding

_SECONDS_BETWEEN_LINES = 15
_MAX_FAILURES_SHOWN = 5

Work = TypeVar("Work")
Result = TypeVar("Result")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--random", type=int, default=10_000, help="number of random schedules")
    parser.add_argument("--quick", action="store_true", help="run a sample, in 3 minutes or less")
    parser.add_argument(
        "--replay", metavar="SCHEDULE", help="run a schedule that a failure printed"
    )
    options = parser.parse_args()
    if options.replay:
        failure = proving.replay(options.replay)
        print(f"{failure}\nflaws: {len(failure.flaws)}")
        return 1 if failure.flaws else 0
    started = time.monotonic()
    pieces = quick.pieces() if options.quick else proving.pieces(options.random)
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        is_kept = _prove(processes, list(pieces))
        is_found = _break(processes)
    print(f"\n{time.monotonic() - started:.0f} s")
    return 0 if is_kept and is_found else 1


def _prove(processes: ProcessPoolExecutor, pieces: Sequence[Piece]) -> bool:
    """Return whether no schedule has a flaw."""
    started = printed = time.monotonic()
    tallies = {piece.stage: Tally() for piece in pieces}
    for done, (piece, tally) in enumerate(_each(processes, proving.work, pieces), 1):
        tallies[piece.stage].add(tally)
        if time.monotonic() - printed > _SECONDS_BETWEEN_LINES:
            printed = time.monotonic()
            runs = sum(each.runs for each in tallies.values())
            print(
                f"{printed - started:5.0f} s  {done} of {len(pieces)} scenarios, {runs:,} runs",
                flush=True,
            )
    return _sum_up(tallies, time.monotonic() - started)


def _sum_up(tallies: dict[str, Tally], seconds: float) -> bool:
    total = Tally()
    print(f"\n{'':26} {'schedules':>22} {'runs':>12} {'sampled':>8} {'flawed':>7}")
    for stage, tally in tallies.items():
        _show(stage, tally)
        total.add(tally)
    _show("total", total)
    for failure in total.failures[:_MAX_FAILURES_SHOWN]:
        print(f"\n{failure}")
    print(f"\nflawed schedules: {len(total.failures)}, in {seconds:.0f} s", flush=True)
    return not total.failures


def _break(processes: ProcessPoolExecutor) -> bool:
    """Return whether every sabotage is found, and nothing is found without it."""
    print("\nSabotages, each with the first schedule that reveals it:")
    findings = list(_each(processes, sabotage.try_out, [each.name for each in SABOTAGES]))
    for finding in findings:
        print(f"\n{finding.name}: {_count(finding)}")
        for failure in finding.found[:1]:
            print(f"    {failure.run}\n  ! {failure.flaws[0]}")
        for failure in finding.false_alarms[:1]:
            print(f"  found without the sabotage, too:\n{failure}")
    missed = [finding.name for finding in findings if not finding.is_clear]
    print(f"\n{len(findings) - len(missed)} of {len(findings)} sabotages found")
    print("".join(f"  ! {name}\n" for name in missed), end="", flush=True)
    return not missed


def _each(
    processes: ProcessPoolExecutor, work: Callable[[Work], Result], pieces: Sequence[Work]
) -> Iterator[Result]:
    """Yield each piece's result as soon as it is there."""
    for future in as_completed([processes.submit(work, piece) for piece in pieces]):
        yield future.result()


def _count(finding: Finding) -> str:
    number = len(finding.found)
    return f"flawed schedules: {number}" + (" or more" if number >= proving.MAX_FAILURES else "")


def _show(name: str, tally: Tally) -> None:
    runs = f"{tally.runs:12,} {tally.left_out:8,}"
    print(f"{name:26} {tally.schedules:22,} {runs} {len(tally.failures):7}")


if __name__ == "__main__":
    sys.exit(main())
