"""Enumerates the schedules of a scenario, or picks random ones, and counts them."""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.proof.faults import Fault, Strike
from tests.proof.scenarios import Scenario
from tests.proof.schedules import History, Pruned
from tests.proof.world import World

Choices = tuple[int, ...]
_Fork = int
_Todo = tuple[Choices, tuple[_Fork, int] | None]
"""The choices to start with, and the fork and the way that the last of them takes."""
_END, _NOWHERE = -1, -2
"""Where a way leads that meets no further fork: a schedule's end, or nowhere, if a fault had no
request to affect."""


class Given:
    """Makes the given choices, and then always chooses the first task. A choice beyond the tasks
    that are there takes the last of them."""

    def __init__(self, choices: Choices) -> None:
        self._choices = iter(choices)

    def choose(self, count: int, _state: Callable[[], object]) -> int:
        return min(next(self._choices, 0), count - 1)


class Random:
    def __init__(self, chance: random.Random) -> None:
        self.choices: list[int] = []
        self._chance = chance

    def choose(self, count: int, _state: Callable[[], object]) -> int:
        self.choices.append(self._chance.randrange(count))
        return self.choices[-1]


@dataclass(slots=True)
class _Map:
    """The forks of a scenario's schedules, and where each of their ways leads."""

    forks: dict[object, _Fork] = field(default_factory=dict)
    ways: dict[_Fork, list[_Fork]] = field(default_factory=dict)

    def count(self) -> int:
        """Return the number of schedules: of ways from the first fork to an end."""
        found = {_END: 1, _NOWHERE: 0}
        # A way may lead to a fork that was found earlier or later, so forks cannot be counted in
        # order; and recursion would go too deep.
        pending = [0] if self.ways else []
        while pending:
            fork = pending[-1]
            unknown = [way for way in self.ways[fork] if way not in found]
            pending += unknown
            if not unknown:
                found[fork] = sum(found[way] for way in self.ways[fork])
                pending.pop()
        return found.get(0, 0)


class _Explorer:
    """Makes the given choices, then chooses the first task at every new fork and notes the others
    for later. Raises Pruned at a known fork: everything that can follow it is known.
    """

    def __init__(self, found: _Map, todo: list[_Todo]) -> None:
        self.choices: list[int] = []
        self._found = found
        self._given, self._last = todo.pop()
        self._todo = todo

    def choose(self, count: int, state: Callable[[], object]) -> int:
        place = len(self.choices)
        is_given = place < len(self._given)
        self.choices.append(self._given[place] if is_given else self._discover(count, state()))
        return self.choices[-1]

    def arrive(self, fork: _Fork) -> None:
        """Note which fork the last choice led to."""
        if self._last:
            before, way = self._last
            self._found.ways[before][way] = fork

    def _discover(self, count: int, state: object) -> int:
        known = self._found.forks.get(state)
        if known is not None:
            self.arrive(known)
            raise Pruned
        fork = len(self._found.forks)
        self._found.forks[state] = fork
        self._found.ways[fork] = [_NOWHERE] * count
        self.arrive(fork)
        self._todo += [((*self.choices, way), (fork, way)) for way in range(1, count)]
        self._last = (fork, 0)
        return 0


@dataclass(frozen=True, slots=True)
class Run:
    """One schedule, in a form that can be printed and replayed."""

    scenario: Scenario
    strikes: tuple[Strike, ...]
    choices: Choices

    def __str__(self) -> str:
        strikes = ",".join(map(str, self.strikes)) or "no faults"
        return f"{self.scenario} | {strikes} | {','.join(map(str, self.choices)) or '0'}"

    @classmethod
    def parse(cls, text: str) -> "Run":
        """Raises ValueError or KeyError if the text is not a run."""
        scenario, strikes, choices = text.split(" | ")
        struck = [] if strikes == "no faults" else strikes.split(",")
        return cls(
            Scenario.parse(scenario),
            tuple(map(Strike.parse, struck)),
            tuple(map(int, choices.split(","))),
        )


@dataclass(slots=True)
class Exploration:
    """The result: `runs` cover `schedules`, because of the schedules that reach the same state only
    one is continued. If not `is_whole`, there are more."""

    runs: int = 0
    schedules: int = 0
    steps: dict[int, int] = field(default_factory=dict)
    is_whole: bool = True


def explore(
    world: World,
    scenario: Scenario,
    strikes: tuple[Strike, ...],
    check: Callable[[Run, History], None],
    most_runs: float = math.inf,
    is_enough: Callable[[], bool] = lambda: False,
) -> Exploration:
    """Run every schedule of the scenario and check each at its end. Stop early after `most_runs`
    runs, or when `is_enough` says so."""
    explored, found, ended = Exploration(), _Map(), 0
    todo: list[_Todo] = [((), None)]
    while todo:
        if explored.runs >= most_runs or is_enough():
            explored.is_whole = False
            break
        explorer = _Explorer(found, todo)
        explored.runs += 1
        try:
            history = world.run(scenario, explorer, strikes)
        except Pruned:
            continue
        except Exception as error:
            error.add_note(str(Run(scenario, strikes, tuple(explorer.choices))))
            raise
        explorer.arrive(_END)
        for task in history.tasks[len(scenario.done) :]:
            explored.steps[task.number] = max(explored.steps.get(task.number, 0), task.steps)
        check(Run(scenario, strikes, tuple(explorer.choices)), history)
        ended += 1
    explored.schedules = found.count() if found.forks else ended
    return explored


def single_strikes(
    explored: Exploration, tasks: Iterable[int], faults: Sequence[Fault]
) -> Iterator[tuple[Strike]]:
    """Yield each fault at each step that one of these tasks took, and at its response."""
    for task in tasks:
        for step in range(explored.steps.get(task, 0) + 1):
            for fault in faults:
                yield (Strike(task, step, fault),)
