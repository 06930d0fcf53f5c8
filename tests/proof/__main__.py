"""`make prove`: a 200 is a promise, in every schedule of few operations and in many of more; and
where the protocol is broken on purpose, it is found out."""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from tests.proof import proving, sabotage
from tests.proof.proving import Piece, Tally
from tests.proof.sabotage import SABOTAGES

_SECONDS_BETWEEN_WORDS = 15
_MOST_SHOWN = 5


def main() -> int:
    parser = argparse.ArgumentParser(prog="make prove", description=__doc__)
    parser.add_argument("--random", type=int, default=10_000, help="how many random schedules")
    parser.add_argument("--replay", metavar="SCHEDULE", help="run one again, as a failure shows it")
    options = parser.parse_args()
    if options.replay:
        failure = proving.replay(options.replay)
        print(f"{failure}\n{len(failure.flaws)} flaws")
        return 1 if failure.flaws else 0
    is_kept = _prove(list(proving.pieces(options.random)))
    return 0 if _break() and is_kept else 1


def _prove(pieces: list[Piece]) -> bool:
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


def _sum_up(tallies: dict[str, Tally], seconds: float) -> bool:
    total = Tally()
    print(f"\n{'':26} {'schedules':>22} {'run to tell':>12} {'sampled':>8} {'flawed':>7}")
    for stage, tally in tallies.items():
        _show(stage, tally)
        total.add(tally)
    _show("in all", total)
    for failure in total.failures[:_MOST_SHOWN]:
        print(f"\n{failure}")
    print(f"\n{len(total.failures)} flawed schedules, in {seconds:.0f} s")
    return not total.failures


def _break() -> bool:
    """Whether each breach of the protocol was found out."""
    print("\nBroken on purpose, and the first schedule in which that shows:")
    is_found = True
    for broken in SABOTAGES:
        failures = sabotage.find_out(broken)
        print(f"\n{broken.what}: {_count(failures)} flawed schedules")
        for failure in failures[:1]:
            print(f"    {failure.run}\n  ! {failure.flaws[0]}")
        is_found = is_found and bool(failures)
    return is_found


def _count(failures: Sequence[object]) -> str:
    is_all = len(failures) < proving.MOST_FAILURES
    return str(len(failures)) if is_all else f"at least {len(failures)}"


def _show(name: str, tally: Tally) -> None:
    runs = f"{tally.runs:12,} {tally.left_out:8,}"
    print(f"{name:26} {tally.schedules:22,} {runs} {len(tally.failures):7}")


if __name__ == "__main__":
    sys.exit(main())
