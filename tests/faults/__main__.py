"""`make faults`: check on an embedded AWS, under faults and load, that every 200 is kept."""

import argparse
import shutil
import sys
import time
from datetime import UTC, datetime

from infra.local.embedded_aws import PROJECT
from tests.faults import evidence, ledger
from tests.faults.run import Ledger, Plan, run

_EVIDENCE = PROJECT / ".local" / "faults"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--callers", type=int, default=2600, help="each has calls and 4 postings")
    parser.add_argument("--seed", type=int, default=1, help="seed of the callers and the faults")
    parser.add_argument("--rate", type=float, default=0.08, help="share of requests with a fault")
    parser.add_argument(
        "--small", action="store_true", help="run with 30 callers, for a minute or two"
    )
    options = parser.parse_args()
    if options.small:
        plan = Plan.small(options.seed)
    else:
        plan = Plan(
            stories=options.callers,
            outage_postings=40,
            seed=options.seed,
            rate=options.rate,
            visibility=10,
        )
    started = time.monotonic()

    def report(text: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {text}", flush=True)

    folder = _EVIDENCE / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}-seed-{plan.seed}"
    folder.mkdir(parents=True)
    result = Ledger(plan)
    is_right = False
    try:
        run(result, folder=folder, report=report)
        print("\n" + "\n".join(ledger.lines(result)))
        is_right = not (result.discrepancies or result.gaps)
    finally:
        if is_right:
            shutil.rmtree(folder)
        else:
            evidence.write(result, folder)
            print(f"\nThe ledger and the service's logs are in {folder.relative_to(PROJECT)}/")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
