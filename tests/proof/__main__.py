"""`make prove`: a 200 is a promise, in every schedule of few operations and in many of more."""

import argparse
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from tests.proof import proving
from tests.proof.proving import Piece, Tally

_SECONDS_BETWEEN_WORDS = 15
_MOST_SHOWN = 5


def main() -> int:
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--random", type=int, default=20_000, help="how many random schedules")
    parser.add_argument("--replay", metavar="SCHEDULE", help="run one again, as a failure shows it")
    options = parser.parse_args()
    if options.replay:
        failure = proving.replay(options.replay)
        print(f"{failure}\n{len(failure.flaws)} flaws")
        return 1 if failure.flaws else 0
    return _prove(list(proving.pieces(options.random)))


def _prove(pieces: list[Piece]) -> int:
    started = time.monotonic()
    tallies = {piece.stage: Tally() for piece in pieces}
    said = started
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        futures: Iterable[Future[tuple[Piece, Tally]]] = [
            processes.submit(proving.work, piece) for piece in pieces
        ]
        for done, future in enumerate(as_completed(futures), 1):
            piece, tally = future.result()
            tallies[piece.stage].add(tally)
            if time.monotonic() - said > _SECONDS_BETWEEN_WORDS:
                said = time.monotonic()
                passed = said - started
                runs = sum(each.runs for each in tallies.values())
                print(
                    f"{passed:5.0f} s  {done} of {len(pieces)} scenarios, {runs:,} runs", flush=True
                )
    return _sum_up(tallies, time.monotonic() - started)


def _sum_up(tallies: dict[str, Tally], seconds: float) -> int:
    total = Tally()
    print(f"\n{'':26} {'schedules':>22} {'run to tell':>12} {'flawed':>7}")
    for stage, tally in tallies.items():
        _show(stage, tally)
        total.add(tally)
    _show("in all", total)
    for failure in total.failures[:_MOST_SHOWN]:
        print(f"\n{failure}")
    print(f"\n{len(total.failures)} flawed schedules, in {seconds:.0f} s")
    return 1 if total.failures else 0


def _show(name: str, tally: Tally) -> None:
    print(f"{name:26} {tally.schedules:22,} {tally.runs:12,} {len(tally.failures):7}")


if __name__ == "__main__":
    sys.exit(main())
