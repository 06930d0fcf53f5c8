"""The sample of schedules that `make prove ARGS=--quick` runs."""

from collections.abc import Iterator

from tests.proof import scenarios
from tests.proof.faults import DEATHS, OTHER_FAULTS, Fault
from tests.proof.proving import Piece
from tests.proof.scenarios import Scenario

_EVERY_NTH_PAIR = 12
_EVERY_NTH_OF_LEGS = 4


def pieces() -> Iterator[Piece]:
    """Yield the sample, the longest piece first."""
    yield Piece("one fault", "nothing / before + started", OTHER_FAULTS)
    yield Piece("triple", "nothing / before + during-by-uuid + started")
    yield Piece("one fault", "nothing / past-the-end + started", tuple(Fault))
    yield Piece("one process dies", "nothing / before + started", (Fault.DIES,))
    yield Piece("random", seed=0)
    yield Piece("one process dies", "nothing / during + during again", DEATHS)
    for scenario in list(scenarios.legs())[::_EVERY_NTH_OF_LEGS]:
        yield Piece("legs", str(scenario))
    for scenario in list(scenarios.times())[::_EVERY_NTH_OF_LEGS]:
        yield Piece("start and end", str(scenario))
    for scenario in list(scenarios.pairs())[::_EVERY_NTH_PAIR]:
        yield Piece("pairs", str(scenario))
    yield Piece("expired key", "nothing / in-time + past-the-end + started")
    yield Piece("full call", str(Scenario(scenarios.FULL, ["heavy", "heavy"])))
    yield Piece("paged queries", "before before-by-uuid before / before + started paged")
