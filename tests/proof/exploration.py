"""Every schedule of a scenario, or random ones: which are run, and how many there are."""

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
"""The choices to begin with, and the fork and way that the last of them is."""
_END, _NOWHERE = -1, -2
"""A way's end: that of a schedule, or of none, where a fault had nothing to befall."""


class Given:
    """The choices that are given, and then always the first task; of fewer tasks than there were,
    the last."""

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
        """How many schedules there are: ways from the first fork to an end."""
        found = {_END: 1, _NOWHERE: 0}
        # A fork's ways lead to forks that were found later, or to some found on another way; so
        # not in order, and too deep to recurse.
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
    """Follows the choices given, then the first task at every fork that is new, noting the others
    for later. Pruned where it comes to a fork that was found before: all that can follow is known.
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
        """Note where the last choice has led."""
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
    """One schedule, as it can be told to be run again."""

    scenario: Scenario
    strikes: tuple[Strike, ...]
    choices: Choices

    def __str__(self) -> str:
        strikes = ",".join(map(str, self.strikes)) or "no faults"
        return f"{self.scenario} | {strikes} | {','.join(map(str, self.choices)) or '0'}"

    @classmethod
    def parse(cls, text: str) -> "Run":
        """Raises ValueError or KeyError for what is no run's text."""
        scenario, strikes, choices = text.split(" | ")
        struck = [] if strikes == "no faults" else strikes.split(",")
        return cls(
            Scenario.parse(scenario),
            tuple(map(Strike.parse, struck)),
            tuple(map(int, choices.split(","))),
        )


@dataclass(slots=True)
class Exploration:
    """`schedules` were covered by `runs`: of schedules that come to one state, one is run on.
    There are more if it is not `is_whole`."""

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
    """Run every schedule of the scenario, and have each that is new checked at its end; or as many
    as `most_runs` cover, or until what was found is enough."""
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
    """Each fault at each step that any of these tasks was seen to take, and at its answer."""
    for task in tasks:
        for step in range(explored.steps.get(task, 0) + 1):
            for fault in faults:
                yield (Strike(task, step, fault),)
