"""The work of `make prove`, in pieces that several processes share."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from tests.proof import facts, oracle, scenarios
from tests.proof.announcements import Feed
from tests.proof.exploration import (
    Exploration,
    Given,
    Random,
    Run,
    explore,
    single_strikes,
)
from tests.proof.faults import DEATHS, OTHER_FAULTS, Fault, Strike
from tests.proof.scenarios import Scenario
from tests.proof.schedules import History
from tests.proof.world import World, standing_still

MAX_FAILURES = 3
"""Failures after which a piece of work stops: more would not help."""

_RANDOM_SCHEDULES = 100
"""Random schedules per piece of work."""

_SCHEDULES_OF_A_TRIPLE = 2_000
_MOST_RUNS = 3_000
_MOST_RUNS_WITH_EACH_FAULT = 40
_SAMPLE = 1_000
"""Random schedules of a scenario that has too many to run them all."""
_SAMPLE_WITH_EACH_FAULT = 20
_LONGEST_TASK = 9


@dataclass(frozen=True, slots=True)
class Failure:
    """A flawed schedule and its steps."""

    run: str
    flaws: Sequence[str]
    trace: Sequence[str]

    def __str__(self) -> str:
        steps = "\n".join(f"    {step}" for step in self.trace)
        return "\n".join([self.run, *(f"  ! {flaw}" for flaw in self.flaws), steps])


@dataclass(slots=True)
class Tally:
    runs: int = 0
    schedules: int = 0
    left_out: int = 0
    """The number of explorations that did not run every schedule."""
    failures: list[Failure] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.runs += other.runs
        self.schedules += other.schedules
        self.left_out += other.left_out
        self.failures += other.failures


@dataclass(frozen=True, slots=True)
class Piece:
    """All schedules of a scenario, without faults or with each of them; or, with a seed, random
    schedules of the scenario or, without one, of random scenarios."""

    stage: str
    scenario: str = ""
    faults: tuple[Fault, ...] = ()
    seed: int | None = None


class Checker:
    """Runs schedules in one world and keeps the failures."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._feed = Feed()
        self.tally = Tally()

    def check(self, run: Run, history: History) -> None:
        found = oracle.flaws(facts.find(history, self._feed.announce(history.journal)))
        if found:
            self.tally.failures.append(Failure(str(run), found, history.trace))

    def explore(self, scenario: Scenario, faults: Sequence[Fault] = ()) -> None:
        """Run all schedules of the scenario, without a fault or each with one fault. If there are
        too many, run some in order and some at random."""
        explored = explore(self._world, scenario, (), self.check, _MOST_RUNS, self._has_enough)
        if not faults:
            self._count(explored)
            if not (explored.is_whole or self._has_enough()):
                self._sample(scenario, (), _SAMPLE)
            return
        for strikes in single_strikes(explored, scenario.strikable(), faults):
            if self._has_enough():
                return
            most = _MOST_RUNS_WITH_EACH_FAULT
            struck = explore(self._world, scenario, strikes, self.check, most, self._has_enough)
            self._count(struck)
            if not (struck.is_whole or self._has_enough()):
                self._sample(scenario, strikes, _SAMPLE_WITH_EACH_FAULT)

    def _sample(self, scenario: Scenario, strikes: tuple[Strike, ...], count: int) -> None:
        chance = random.Random(f"{scenario} {' '.join(map(str, strikes))}")
        for _ in range(count):
            chooser = Random(chance)
            history = self._world.run(scenario, chooser, strikes, leaves_out=True)
            self.check(Run(scenario, strikes, tuple(chooser.choices)), history)
            self._count(Exploration(runs=1, schedules=1))

    def run_random(self, seed: int, named: str = "") -> None:
        """Run a random schedule of the named scenario or, without a name, of a random one."""
        chance = random.Random(seed)
        scenario = Scenario.parse(named) if named else scenarios.at_random(chance)
        strikes = tuple(
            Strike(chance.randrange(len(scenario.met)), chance.randrange(_LONGEST_TASK), fault)
            for fault in chance.choices(tuple(Fault), k=chance.randrange(4))
        )
        chooser = Random(chance)
        history = self._world.run(scenario, chooser, strikes, leaves_out=True)
        self.check(Run(scenario, strikes, tuple(chooser.choices)), history)
        self._count(Exploration(runs=1, schedules=1))

    def replay(self, run: Run) -> Failure:
        """Run one schedule again. The result may have no flaws."""
        history = self._world.run(run.scenario, Given(run.choices), run.strikes, leaves_out=True)
        found = oracle.flaws(facts.find(history, self._feed.announce(history.journal)))
        return Failure(str(run), found, history.trace)

    def _has_enough(self) -> bool:
        return len(self.tally.failures) >= MAX_FAILURES

    def _count(self, explored: Exploration) -> None:
        self.tally.runs += explored.runs
        self.tally.schedules += explored.schedules
        self.tally.left_out += not explored.is_whole


def pieces(random_schedules: int) -> Iterator[Piece]:
    """Yield all the work, the quickest first."""
    for scenario in scenarios.crowded():
        yield Piece("crowds and full calls", str(scenario))
    for scenario in scenarios.pairs():
        yield Piece("pairs", str(scenario))
    for scenario in scenarios.crashes():
        yield Piece("pairs, one process dies", str(scenario), DEATHS)
    for scenario in scenarios.faults():
        yield Piece("pairs under faults", str(scenario), OTHER_FAULTS)
    yield from _forgettings()
    yield from _legs()
    for scenario in scenarios.triples():
        yield Piece("triples", str(scenario))
    for scenario in scenarios.triples_at_random():
        for seed in range(0, _SCHEDULES_OF_A_TRIPLE, _RANDOM_SCHEDULES):
            yield Piece("triples, at random", str(scenario), seed=seed)
    for seed in range(0, random_schedules, _RANDOM_SCHEDULES):
        yield Piece("random, 4 to 8 at once", seed=seed)


def _forgettings() -> Iterator[Piece]:
    for scenario in scenarios.forgettings():
        yield Piece("a caller is forgotten", str(scenario))
    for scenario in scenarios.forgettings_at_fault():
        yield Piece("the same, under faults", str(scenario), DEATHS)
        yield Piece("the same, under faults", str(scenario), OTHER_FAULTS)


def _legs() -> Iterator[Piece]:
    for scenario in scenarios.legs():
        yield Piece("legs", str(scenario))
    for scenario in scenarios.times():
        yield Piece("start and end", str(scenario))
    for scenario in scenarios.times_at_fault():
        yield Piece("start and end, under faults", str(scenario), DEATHS)
        yield Piece("start and end, under faults", str(scenario), OTHER_FAULTS)
    for scenario in scenarios.legs_at_fault():
        yield Piece("legs, under faults", str(scenario), DEATHS)
        yield Piece("legs, under faults", str(scenario), OTHER_FAULTS)
    for scenario in scenarios.legs_at_random():
        for seed in range(0, _SCHEDULES_OF_A_TRIPLE, _RANDOM_SCHEDULES):
            yield Piece("legs, at random", str(scenario), seed=seed)


def work(piece: Piece) -> tuple[Piece, Tally]:
    """Do a piece of work in this process's own world."""
    with standing_still():
        checker = Checker(_world())
        if piece.seed is None:
            checker.explore(Scenario.parse(piece.scenario), piece.faults)
        else:
            for seed in range(piece.seed, piece.seed + _RANDOM_SCHEDULES):
                checker.run_random(seed, piece.scenario)
        return piece, checker.tally


def replay(text: str) -> Failure:
    """Raises ValueError or KeyError if the text is not a schedule."""
    with standing_still():
        return Checker(_world()).replay(Run.parse(text))


@cache
def _world() -> World:
    return World()
