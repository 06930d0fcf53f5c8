"""Scenarios by their names: `before started / during + ended`, where the first two operations have
happened, one after the other, when the last two meet."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

from tests.proof import operations
from tests.proof.operations import Operation, Post
from tests.proof.tasks import Order

AGAIN = " again"
"""At the end of a name: publishers send what was not taken once more."""
PAGED = " paged"
"""At the end of a name: queries are answered an item at a time."""
ORDERS = {f" {order}": order for order in Order if order}
"""At the end of a name: what goes side by side is sent in this order, and in no other."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`done` is done before, `met` side by side; `retries` says that publishers try again."""

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
        """Raises KeyError or ValueError for what is no scenario's name."""
        order = Order.ANY
        for ending, named in ORDERS.items():
            if name.endswith(ending):
                name, order = name.removesuffix(ending), named
        retries, is_paged = name.endswith(AGAIN), PAGED in name
        done, met = name.replace(AGAIN, "").replace(PAGED, "").split(" / ")
        kinds = [] if done == "nothing" else done.split(" ")
        return cls(kinds, met.split(" + "), retries, is_paged, order)

    def operations(self) -> tuple[list[Operation], list[Operation]]:
        """Those done and those met. Numbers of those done are out of the others' way."""
        return (
            [operations.make(kind, 900 + i) for i, kind in enumerate(self.done)],
            [operations.make(kind, i) for i, kind in enumerate(self.met)],
        )

    def strikable(self) -> list[int]:
        """Whose faults are its own: where publishers try again, those that do; what befalls the
        others is as if they did not."""
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
"""What there may be already when two operations meet."""

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
"""Of those, one of each way to go on, before a call is known of and after."""

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
"""The same, once the call has started and a posting that waited for it is on it."""

FULL: Sequence[str] = ["started", *["heavy"] * 5]
"""A call with room for one heavy posting, and no more."""

CROWD: Sequence[str] = ["before"] * 27
"""More waiting postings than one transaction takes."""


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
"""Of which every single fault at every single request is run."""


_ORDINARY = tuple(
    kind
    for kind in operations.KINDS
    if kind not in ("heavy", "long-ended", "long-after", "common-by-uuid", "anonymous-started")
    and kind not in ("forget-later", "forget-by-one")
)
"""Without what ends the first call at another time than all others do, or counts on that; nor with
what has no tag of its own, or who called told at the end. Who forgets later does so later."""


def at_random(chance: random.Random) -> Scenario:
    """Four to eight operations, after up to two; of five such scenarios one is at a full call."""
    if chance.random() < 0.2:
        done, kinds = FULL, (*_ORDINARY, *["heavy"] * 6)
    else:
        done, kinds = chance.choices(_ORDINARY, k=chance.randrange(3)), _ORDINARY
    met = chance.choices(kinds, k=chance.randint(4, 8))
    return Scenario(done, met, retries=chance.random() < 0.5)


def pairs() -> Iterator[Scenario]:
    """Every two operations, whatever was there before; those that do not fit in time, too."""
    for done in SETTINGS:
        for met in combinations_with_replacement(MEETING, 2):
            yield Scenario(done, met)


def crashes() -> Iterator[Scenario]:
    """Pairs in which one of the two dies; publishers try again, or do not."""
    for done, kinds in (([], MEETING_AT_FIRST), (["before", "started"], MEETING_AT_A_CALL)):
        for met in combinations_with_replacement(kinds, 2):
            yield Scenario(done, met, order=Order.IN_TURN)
            if set(met) & set(POSTINGS):
                yield Scenario(done, met, retries=True, order=Order.IN_TURN)


FORGETTING: Sequence[Sequence[str]] = ([], ["before"], ["before", "started"], ["started", "ended"])
"""What there may be already when a caller is forgotten, and something else happens."""


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
"""Where nothing leads to what a posting has left but the call that it named."""


def forgettings() -> Iterator[Scenario]:
    """A caller is forgotten, and meets every other operation."""
    for done in FORGETTING:
        for kind in (*MEETING, "refused-by-uuid", "forget"):
            yield Scenario(done, ["forget", kind], order=Order.IN_TURN)
    yield from NAMED
    for kind in ("before-by-uuid", "during-next", "started", "ended", "refused-by-uuid"):
        yield Scenario(["started", "next-started"], ["forget-by-one", kind], order=Order.IN_TURN)


def forgettings_at_fault() -> Iterator[Scenario]:
    """The same where one of the two dies, or something fails."""
    yield Scenario(["before"], ["forget", "started"], order=Order.IN_TURN)
    yield Scenario(["before", "started"], ["forget", "during"], order=Order.IN_TURN)
    yield Scenario(["started"], ["forget", "before"], order=Order.IN_TURN)
    yield Scenario(["started"], ["forget", "refused-by-uuid"], order=Order.IN_TURN)
    yield Scenario(["started"], ["forget", "before-by-uuid"], order=Order.IN_TURN)


def faults() -> Iterator[Scenario]:
    yield from (replace(scenario, order=Order.IN_TURN) for scenario in AT_FAULT)
    # Full for the caller's first call: what was refused there must not turn up on the next.
    yield Scenario([*FULL, "heavy"], ["next-started", "heavy"], order=Order.IN_TURN)


def triples() -> Iterator[Scenario]:
    """Those of which every interleaving can be run: in which one call event or request at most
    sends some of its own side by side, here one after the other."""
    for scenario in _triples():
        if _tells(scenario) <= 1:
            yield replace(scenario, order=Order.IN_TURN)


def many_tell() -> Iterator[Scenario]:
    """The others: of them there are too many interleavings, so some are run at random."""
    yield from (scenario for scenario in _triples() if _tells(scenario) > 1)


def _triples() -> Iterator[Scenario]:
    yield from (Scenario([], met) for met in TRIPLES)
    yield from (Scenario(["before", "started"], met) for met in MEETINGS_AT_A_CALL)


def _tells(scenario: Scenario) -> int:
    _, met = scenario.operations()
    return sum(not isinstance(each, Post) for each in met)


def crowded() -> Iterator[Scenario]:
    """Calls that are full, postings in crowds, and answers that come page by page."""
    yield Scenario(FULL, ["heavy", "heavy"], order=Order.IN_TURN)
    yield Scenario(FULL[1:], ["heavy", "started"], order=Order.IN_TURN)
    yield Scenario(CROWD, ["before", "started"], order=Order.IN_TURN)
    yield Scenario(CROWD, ["started", "started"], order=Order.IN_TURN)
    for met in (["before", "started"], ["started", "ended"], ["started", "started"]):
        yield Scenario(
            ["before", "before-by-uuid", "before"], met, is_paged=True, order=Order.IN_TURN
        )
