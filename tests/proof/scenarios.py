"""Scenarios and their names. In `before started / during + ended` the first two operations run one
after the other, and then the last two side by side."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

from tests.proof import operations
from tests.proof.operations import Operation, Post, ReportLeg
from tests.proof.tasks import Order

AGAIN = " again"
"""Suffix of a name: publishers retry a posting that failed."""
PAGED = " paged"
"""Suffix of a name: queries return one item per page."""
ORDERS = {f" {order}": order for order in Order if order}
"""Suffix of a name: a handler sends its parallel requests in this order only."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`done` runs first, in order, then `met` side by side. With `retries` publishers retry."""

    done: Sequence[str]
    met: Sequence[str]
    retries: bool = False
    is_paged: bool = False
    order: Order = Order.ANY

    def __str__(self) -> str:
        return (
            f"{' '.join(self.done) or 'nothing'} / {' + '.join(self.met)}"
            f"{PAGED if self.is_paged else ''}{AGAIN if self.retries else ''}"
            f"{f' {self.order}' if self.order else ''}"
        )

    @classmethod
    def parse(cls, name: str) -> "Scenario":
        """Raises KeyError or ValueError if the name is not a scenario's."""
        order = Order.ANY
        for ending, named in ORDERS.items():
            if name.endswith(ending):
                name, order = name.removesuffix(ending), named
        retries, is_paged = name.endswith(AGAIN), PAGED in name
        done, met = name.replace(AGAIN, "").replace(PAGED, "").split(" / ")
        kinds = [] if done == "nothing" else done.split(" ")
        return cls(kinds, met.split(" + "), retries, is_paged, order)

    def operations(self) -> tuple[list[Operation], list[Operation]]:
        """Return the operations of `done`, numbered from 900, and those of `met`, from 0."""
        return (
            [operations.make(kind, 900 + i) for i, kind in enumerate(self.done)],
            [operations.make(kind, i) for i, kind in enumerate(self.met)],
        )

    def strikable(self) -> list[int]:
        """Return the numbers of the tasks to strike with faults: with retries only the postings,
        as other tasks behave the same without retries."""
        _, met = self.operations()
        return [i for i, each in enumerate(met) if not self.retries or isinstance(each, Post)]


SETTINGS: Sequence[Sequence[str]] = (
    [],
    ["before"],
    ["started"],
    ["before", "started"],
    ["started", "ended"],
    ["started", "next-started"],
)
"""Operations that ran before two others meet."""

MEETING = (
    "before",
    "before-by-uuid",
    "during",
    "during-by-uuid",
    "after",
    "too-late",
    "too-late-by-uuid",
    "started",
    "ended",
    "next-started",
    "unfilled",
    "http-started",
    "http-ended",
    "past-the-end",
    "braked",
)

POSTINGS = MEETING[:7]

MEETING_AT_FIRST = (
    "before",
    "before-by-uuid",
    "after",
    "too-late-by-uuid",
    "started",
    "ended",
    "next-started",
    "http-started",
)
MEETING_AT_A_CALL = (
    "during",
    "during-by-uuid",
    "too-late-by-uuid",
    "ended",
    "next-started",
    "http-ended",
)
"""One operation of each kind of handling, before a call is known and after."""

TRIPLES: Sequence[Sequence[str]] = (
    ["before", "before", "started"],
    ["before", "during", "started"],
    ["before", "during-by-uuid", "started"],
    ["before", "started", "started"],
    ["before", "started", "ended"],
    ["before", "started", "next-started"],
    ["during-by-uuid", "during-by-uuid", "started"],
    ["during-next", "started", "next-started"],
    ["after", "started", "ended"],
    ["too-late-by-uuid", "started", "ended"],
    ["too-late-by-uuid", "ended", "ended"],
    ["expired", "before", "started"],
    ["in-time", "past-the-end", "started"],
    ["started", "started", "ended"],
    ["ended", "ended", "before"],
    ["nobodys", "nobodys-started", "nobodys-ended"],
    ["before", "http-started", "started"],
    ["before", "http-started", "http-next-started"],
    ["before", "http-started", "ended"],
)
"""Three at once."""

MEETINGS_AT_A_CALL: Sequence[Sequence[str]] = (
    ["during", "during", "during"],
    ["during", "during", "ended"],
    ["during", "during-by-uuid", "ended"],
    ["during", "started", "ended"],
    ["after", "during", "ended"],
    ["too-late-by-uuid", "during", "ended"],
    ["during-next", "next-started", "ended"],
)
"""Three at once, after the call has started and a posting was applied to it."""

FULL: Sequence[str] = ["started", *["heavy"] * 5]
"""A call with room for one more heavy posting."""

GREEDY: Sequence[str] = ["started", "greedy"]
"""A call on which one publisher has most of its share."""

CROWD: Sequence[str] = ["before"] * 50
"""More pending postings than fit into one transaction."""


AT_FAULT: Sequence[Scenario] = tuple(
    map(
        Scenario.parse,
        (
            "nothing / before + started",
            "nothing / before-by-uuid + started",
            "nothing / in-time + past-the-end",
            "nothing / past-the-end + started",
            "started / in-time + past-the-end",
            "nothing / before + before",
            "nothing / before + next-started",
            "before / started + started",
            "before / started + ended",
            "before started / during + ended",
            "before started / during + during",
            "before started / during-by-uuid + during",
            "before started / ended + next-started",
            "started ended / after + started",
            "started ended / too-late-by-uuid + after-by-uuid",
            "started ended / too-late-by-uuid + too-late-by-uuid",
            "nothing / before + http-started",
            "before / http-started + ended",
            "before started / http-ended + http-started",
            "started / long-after + long-ended",
        ),
    )
)
"""Scenarios that run with every single fault at every single request."""


_ORDINARY = tuple(
    kind
    for kind in operations.KINDS
    if kind not in ("heavy", "long-ended", "long-after", "common-by-uuid", "anonymous-started")
    and kind not in ("forget-later", "forget-by-one")
    and kind not in ("during-of-agent", "during-by-child", "http-untimed", "http-ended-early")
    and not isinstance(operations.make(kind, 0), ReportLeg)
)
"""Kinds for random scenarios. The others end the first call at a different time or depend on that,
have no tag of their own, report an anonymous call or other times, or forget at a different time."""


def at_random(chance: random.Random) -> Scenario:
    """Return four to eight operations after up to two; one scenario in five has a full call."""
    if chance.random() < 0.2:
        done, kinds = FULL, (*_ORDINARY, *["heavy"] * 6)
    else:
        done, kinds = chance.choices(_ORDINARY, k=chance.randrange(3)), _ORDINARY
    met = chance.choices(kinds, k=chance.randint(4, 8))
    return Scenario(done, met, retries=chance.random() < 0.5)


def pairs() -> Iterator[Scenario]:
    """Yield every pair of operations in every setting, even if their times do not fit."""
    for done in SETTINGS:
        for met in combinations_with_replacement(MEETING, 2):
            yield Scenario(done, met)


def crashes() -> Iterator[Scenario]:
    """Yield pairs in which one process dies, with and without retries."""
    for done, kinds in (([], MEETING_AT_FIRST), (["before", "started"], MEETING_AT_A_CALL)):
        for met in combinations_with_replacement(kinds, 2):
            yield Scenario(done, met, order=Order.IN_TURN)
            if set(met) & set(POSTINGS):
                yield Scenario(done, met, retries=True, order=Order.IN_TURN)


FORGETTING: Sequence[Sequence[str]] = ([], ["before"], ["before", "started"], ["started", "ended"])
"""Operations that ran before a caller is forgotten."""


NAMED: Sequence[Scenario] = tuple(
    map(
        Scenario.parse,
        (
            "refused-by-uuid started / forget in turn",
            "started / forget + common-by-uuid + common-by-uuid + common-by-uuid in turn",
            "started ended / forget-later + too-late-by-uuid in turn",
            "started too-late-by-uuid ended / forget-later + during-by-uuid in turn",
            "anonymous-started common-by-uuid common-by-uuid common-by-uuid ended / forget in turn",
            "anonymous-started too-late-by-uuid ended / forget-later in turn",
        ),
    )
)
"""Scenarios in which only the call that a posting named points to the posting's rows."""


def forgettings() -> Iterator[Scenario]:
    """Yield pairs of forgetting a caller and every other operation."""
    for done in FORGETTING:
        for kind in (*MEETING, "refused-by-uuid", "forget"):
            yield Scenario(done, ["forget", kind], order=Order.IN_TURN)
    yield from NAMED
    for kind in ("before-by-uuid", "during-next", "started", "ended", "refused-by-uuid"):
        yield Scenario(["started", "next-started"], ["forget-by-one", kind], order=Order.IN_TURN)


def forgettings_at_fault() -> Iterator[Scenario]:
    """Yield pairs with forgetting that run with deaths and other faults."""
    yield Scenario(["before"], ["forget", "started"], order=Order.IN_TURN)
    yield Scenario(["before", "started"], ["forget", "during"], order=Order.IN_TURN)
    yield Scenario(["started"], ["forget", "before"], order=Order.IN_TURN)
    yield Scenario(["started"], ["forget", "refused-by-uuid"], order=Order.IN_TURN)
    yield Scenario(["started"], ["forget", "before-by-uuid"], order=Order.IN_TURN)


def faults() -> Iterator[Scenario]:
    yield from (replace(scenario, order=Order.IN_TURN) for scenario in AT_FAULT)
    # A posting beyond its publisher's share must not be applied to the next call.
    yield Scenario([*GREEDY], ["next-started", "greedy"], order=Order.IN_TURN)
    yield Scenario(["started"], ["braked", "ended"], order=Order.IN_TURN)
    # The caller's first call is full: a posting refused there must not be applied to the next.
    yield Scenario([*FULL, "heavy"], ["next-started", "heavy"], order=Order.IN_TURN)


def triples() -> Iterator[Scenario]:
    """Yield the triples with few enough interleavings to run them all: at most one call report,
    whose parallel requests are sent in order."""
    for scenario in _triples():
        if _count_reports(scenario) <= 1:
            yield replace(scenario, order=Order.IN_TURN)


def triples_at_random() -> Iterator[Scenario]:
    """Yield the other triples, which have too many interleavings: some of them run at random."""
    yield from (scenario for scenario in _triples() if _count_reports(scenario) > 1)


def _triples() -> Iterator[Scenario]:
    yield from (Scenario([], met) for met in TRIPLES)
    yield from (Scenario(["before", "started"], met) for met in MEETINGS_AT_A_CALL)


def _count_reports(scenario: Scenario) -> int:
    _, met = scenario.operations()
    return sum(not isinstance(each, Post) for each in met)


LEGS: Sequence[str] = (
    "nothing / caller-started + agent-started in turn",
    "nothing / caller-started + caller-ended in turn",
    "nothing / agent-started + agent-ended in turn",
    "nothing / before + caller-started in turn",
    "before / caller-started + agent-started in turn",
    "before / caller-started + agent-ended in turn",
    "caller-ended / caller-started + agent-started in turn",
    "agent-ended caller-ended / caller-started + agent-started in turn",
    "agent-started / caller-started + caller-ended in turn",
    "agent-started / caller-started + agent-ended in turn",
    "agent-started / caller-started + during-of-agent in turn",
    "agent-started / caller-started + during-by-uuid in turn",
    "before agent-started / caller-started + during in turn",
    "agent-started during-of-agent / caller-started + caller-started in turn",
    "caller-started / agent-ended + caller-ended in turn",
    "caller-started / caller-ended + transferred in turn",
    "before / caller-started + transferred in turn",
    "transfer-ended / caller-started + caller-ended in turn",
    "caller-started / transferred + transfer-ended in turn",
    "caller-started caller-ended / transferred + after in turn",
    "nothing / child-started + started in turn",
    "before / child-started + started in turn",
    "child-started / started + child-bare in turn",
    "child-started / started + during-by-child in turn",
    "child-started started / during-by-child + ended in turn",
    "started / child-started + during-by-child in turn",
    "caller-started / forget + agent-started in turn",
    "before agent-started / forget + caller-started in turn",
)
"""Reports of a call's legs, which share its ID or have IDs of their own, and postings."""

LEGS_AT_FAULT: Sequence[str] = (
    "before / caller-started + agent-started in turn",
    "before agent-started / caller-started + during in turn",
    "agent-ended caller-ended / caller-started + agent-started in turn",
    "caller-started / transferred + caller-ended in turn",
    "child-started / started + during-by-child in turn",
)

LEGS_AT_RANDOM: Sequence[str] = (
    "before / caller-started + caller-ended + agent-started",
    "nothing / caller-started + agent-started + agent-ended + caller-ended",
    "before / caller-started + agent-started + during + during-of-agent",
    "before / caller-started + caller-ended + transferred + during",
)


TIMES: Sequence[str] = (
    "nothing / http-untimed + http-ended in turn",
    "before / http-untimed + http-ended in turn",
    "before / http-untimed + http-started in turn",
    "http-untimed / http-ended + during in turn",
    "http-untimed / http-ended + after in turn",
    "before http-untimed / http-started + too-late in turn",
    "before http-untimed / http-started + http-ended in turn",
    "http-untimed during / http-ended + during-by-uuid in turn",
    "http-started / http-ended-early + during in turn",
    "http-started / http-ended-early + http-ended-early in turn",
    "http-started / http-ended-early + ended in turn",
    "http-untimed / http-ended-early + http-ended in turn",
    "nothing / caller-untimed + caller-ended in turn",
    "before / caller-untimed + caller-ended in turn",
    "caller-untimed / caller-ended + during in turn",
    "before caller-untimed / caller-ended + agent-started in turn",
    "before caller-untimed / caller-started + caller-started in turn",
    "caller-started / caller-ended-early + during in turn",
    "caller-ended / caller-untimed + during in turn",
)
"""Reports without a start before those that have it, and ends before their start."""

TIMES_AT_FAULT: Sequence[str] = (
    "before / http-untimed + http-ended in turn",
    "http-started / http-ended-early + during in turn",
    "caller-untimed / caller-ended + during in turn",
)


def times() -> Iterator[Scenario]:
    yield from map(Scenario.parse, TIMES)


def times_at_fault() -> Iterator[Scenario]:
    yield from map(Scenario.parse, TIMES_AT_FAULT)


def legs() -> Iterator[Scenario]:
    yield from map(Scenario.parse, LEGS)


def legs_at_fault() -> Iterator[Scenario]:
    yield from map(Scenario.parse, LEGS_AT_FAULT)


def legs_at_random() -> Iterator[Scenario]:
    yield from map(Scenario.parse, LEGS_AT_RANDOM)


def crowded() -> Iterator[Scenario]:
    """Yield scenarios with full calls, many postings, and paged queries."""
    yield Scenario(FULL, ["heavy", "heavy"], order=Order.IN_TURN)
    yield Scenario(FULL[1:], ["heavy", "started"], order=Order.IN_TURN)
    for met in (["greedy", "during"], ["greedy", "heavy"], ["greedy", "ended"]):
        yield Scenario(GREEDY, met, order=Order.IN_TURN)
    yield Scenario(GREEDY[1:], ["greedy", "started"], order=Order.IN_TURN)
    yield Scenario(["started"], ["braked-by-uuid", "ended"], order=Order.IN_TURN)
    yield Scenario(CROWD, ["before", "started"], order=Order.IN_TURN)
    yield Scenario(CROWD, ["started", "started"], order=Order.IN_TURN)
    for met in (["before", "started"], ["started", "ended"], ["started", "started"]):
        yield Scenario(
            ["before", "before-by-uuid", "before"], met, is_paged=True, order=Order.IN_TURN
        )
