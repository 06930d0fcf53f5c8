"""`make faults`: the promise under faults and load, on an embedded AWS, and the ledger of it."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults import ledger
from tests.faults.run import Plan, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--callers", type=int, default=2600, help="four postings each, and calls")
    parser.add_argument("--seed", type=int, default=1, help="of stories and faults")
    parser.add_argument("--rate", type=float, default=0.08, help="share of requests struck")
    options = parser.parse_args()
    plan = Plan(
        stories=options.callers,
        outage_postings=40,
        seed=options.seed,
        rate=options.rate,
        visibility=10,
    )
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {text}", flush=True)

    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        result = run(plan, scratch=Path(scratch), say=say)
    print("\n" + "\n".join(ledger.lines(result)))
    return 1 if result.discrepancies else 0


if __name__ == "__main__":
    sys.exit(main())
