"""Explores every schedule of console sessions: no change may follow a lost right by over a minute.

Runs the console's own check of sessions, on a store and a Cognito that answer at once, in every
order of requests, of what happens to the person, of Cognito's failures, and of time that passes.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product

from functions.console.cognito import NoGroup, SignInRefused
from functions.console.http_client import NoResponse
from functions.console.session_check import NotChecked, SessionCheck
from shared.domain import session_checks
from shared.stores.sessions import MANAGER, VIEWER, Session

LIMIT_SECONDS = 60
DELAY_SECONDS = 1.5
"""How long a change is on its way to the operator API, less than the margin of the check."""
TOKEN = "token"  # not a secret


class Event(StrEnum):
    """An event of a schedule."""

    READ = "read"
    CHANGE = "change"
    DEMOTE = "demote"
    DISABLE = "disable"
    PROMOTE = "promote"
    FAIL = "Cognito fails"
    RECOVER = "Cognito recovers"
    SLOW = "the next check is slow"
    """Two more events happen before its response, which is that of its beginning."""
    SECONDS = "29.5 seconds"
    MINUTE = "60 seconds"


@dataclass(slots=True)
class World:
    """A person, their one session, and Cognito. It is the session store, too."""

    now: float = 1_000.0
    role: str | None = MANAGER
    lost_at: float | None = None
    """When the person lost the right to make changes, if they lack it."""
    fails: bool = False
    session: Session | None = None
    asked_at: list[float] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    changes: int = 0
    coming: deque[Event] = field(default_factory=deque)
    is_slow: bool = False

    def find(self, _: str) -> Session | None:
        return self.session

    def claim_check(self, _: str, session: Session, at: float) -> bool:
        if self.session is None or self.session.asked_at != session.asked_at:
            return False
        self.session = replace(self.session, asked_at=at)
        return True

    def confirm(self, _: str, session: Session) -> bool:
        if self.session is None or self.session.asked_at != session.asked_at:
            return False
        self.session = replace(session, checked_at=session.asked_at)
        return True

    def end(self, _: str) -> None:
        self.session = None

    def ask(self, session: Session) -> Session:
        if self.asked_at and self.now - self.asked_at[-1] < LIMIT_SECONDS:
            self.flaws.append("two checks within a minute")
        self.asked_at.append(self.now)
        fails, role = self.fails, self.role
        if self.is_slow:
            self.is_slow = False
            self.go_on(2)
        if fails:
            raise NoResponse
        if role is None:
            raise SignInRefused
        if role == "":
            raise NoGroup
        return replace(session, role=role)

    def go_on(self, count: int) -> None:
        """Let the next events happen."""
        for _ in range(min(count, len(self.coming))):
            _happen(self, self.coming.popleft())

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def lose(self, role: str | None) -> None:
        self.lost_at = self.now if self.lost_at is None else self.lost_at
        self.role = role


def run(schedule: tuple[Event, ...]) -> World:
    """Sign in as a manager, and let these events happen in turn."""
    world = World()
    world.session = Session(
        email="ana@example.com", role=MANAGER, checked_at=world.now, asked_at=world.now
    )
    world.asked_at.append(world.now)
    world.coming.extend(schedule)
    while world.coming:
        world.go_on(1)
    return world


def schedules(length: int) -> Iterator[tuple[Event, ...]]:
    return product(Event, repeat=length)


def _happen(world: World, event: Event) -> None:
    match event:
        case Event.READ | Event.CHANGE:
            _request(world, is_change=event is Event.CHANGE)
        case Event.DEMOTE:
            world.lose(VIEWER)
        case Event.DISABLE:
            world.lose(None)
        case Event.PROMOTE:
            world.role, world.lost_at = MANAGER, None
        case Event.FAIL | Event.RECOVER:
            world.fails = event is Event.FAIL
        case Event.SLOW:
            world.is_slow = True
        case Event.SECONDS:
            world.now += 29.5
        case Event.MINUTE:
            world.now += 60


def _request(world: World, *, is_change: bool) -> None:
    check = SessionCheck(world, world.ask, lambda: world.now, world.sleep)
    try:
        session = check.load(TOKEN, is_change=is_change)
    except NotChecked:
        return
    if not is_change or session is None or not session.is_manager:
        return
    if not session_checks.is_in_time(now=world.now, checked_at=session.checked_at):
        return
    # The request is on its way.
    world.now += DELAY_SECONDS
    world.changes += 1
    if world.lost_at is not None and world.now - world.lost_at > LIMIT_SECONDS:
        world.flaws.append(f"a change {world.now - world.lost_at:g} seconds after the right ended")
