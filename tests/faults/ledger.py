"""Formats a run's ledger for a person."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tests.faults.run import Ledger
from tests.faults.stories import Attempt


def lines(ledger: Ledger, most_discrepancies: int | None = 50) -> Iterator[str]:
    """Yield the ledger's lines, with so many discrepancies or, for None, all of them."""
    attempts, stories = ledger.attempts, ledger.stories
    events = sum(story.events for story in stories)
    requests, faults = sum(ledger.requests.values()), sum(ledger.faults.values())
    yield (
        f"{len(attempts)} postings and {events} call events; {requests} requests to AWS, "
        f"{faults} of them met a fault in the storm (seed {ledger.plan.seed}); "
        f"{ledger.seconds:.0f} s"
    )
    yield from _table("faults", _summed(ledger.faults, 0))
    yield from _table("faults by operation", _summed(ledger.faults, 1))
    yield from _table("responses", _answers(attempts))
    yield from _table("outcomes", ledger.account.outcomes)
    yield "seconds to the response                                p50    p99    max"
    outages = {id(attempt) for each in ledger.outages.values() for attempt in each}
    stormy = [attempt for attempt in attempts if id(attempt) not in outages]
    yield _latencies("in the storm", stormy)
    for code in (200, 503, 502):
        answered = [attempt for attempt in stormy if attempt.status_code == code]
        yield _latencies(f"in the storm, {code}s", answered)
    for name, each in ledger.outages.items():
        yield _latencies(f"outage, {name}: all {_codes(each)}", each)
    yield f"discrepancies: {len(ledger.discrepancies)}"
    yield from (f"  {discrepancy}" for discrepancy in ledger.discrepancies[:most_discrepancies])
    yield from (f"not met: {gap}" for gap in ledger.gaps)


def _answers(attempts: Sequence[Attempt]) -> Counter[str]:
    return Counter(
        f"{a.status_code} {a.body.get('status', '')}" if a.is_promise else str(a.status_code)
        for a in attempts
    )


def _summed(faults: Mapping[tuple[str, str], int], member: int) -> Counter[str]:
    sums = Counter[str]()
    for key, count in faults.items():
        sums[key[member]] += count
    return sums


def _table(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    yield f"{title}:"
    for name, count in sorted(counts.items()):
        yield f"  {count:7,}  {name}"


def _codes(attempts: Sequence[Attempt]) -> str:
    return "/".join(sorted({str(attempt.status_code) for attempt in attempts}))


def _latencies(title: str, attempts: Sequence[Attempt]) -> str:
    seconds = sorted(attempt.seconds for attempt in attempts)
    if not seconds:
        return f"  {title}: none"
    p50, p99 = (seconds[int(share * (len(seconds) - 1))] for share in (0.5, 0.99))
    return f"  {title:<50} {p50:6.2f} {p99:6.2f} {seconds[-1]:6.2f}"
