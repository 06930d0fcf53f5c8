"""Loads a session, and checks at Cognito at most once a minute what its person may still do."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from functions.console.cognito import NoGroup, SignInRefused
from functions.console.http_client import NoResponse
from shared.domain.session_checks import Step, next_step
from shared.stores.sessions import Session

_WAIT_SECONDS = 0.2


class NotChecked(Exception):
    """Cognito did not confirm in time that the person may still make changes."""


class Sessions(Protocol):
    """The part of the session store that checks use."""

    def find(self, token: str) -> Session | None: ...
    def claim_check(self, token: str, session: Session, at: float) -> bool: ...
    def confirm(self, token: str, session: Session) -> bool: ...
    def end(self, token: str) -> None: ...


class SessionCheck:
    """`ask` returns the session with the person's role of now. See `Cognito.check`."""

    def __init__(
        self,
        sessions: Sessions,
        ask: Callable[[Session], Session],
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sessions = sessions
        self._ask = ask
        self._now = now
        self._sleep = sleep

    def load(self, token: str, *, is_change: bool) -> Session | None:
        """Return the session, or None if it has ended. Raises NotChecked.

        While Cognito does not respond, a session may still read, with the role it had.
        """
        while session := self._sessions.find(token):
            now = self._now()
            step = next_step(
                now=now,
                checked_at=session.checked_at,
                asked_at=session.asked_at,
                is_change=is_change,
            )
            if step is Step.USE:
                return session
            if step is Step.REFUSE:
                raise NotChecked
            if step is Step.WAIT:
                self._sleep(_WAIT_SECONDS)
            elif self._sessions.claim_check(token, session, now):
                is_checked = self._check(token, replace(session, asked_at=now))
                if not is_checked and is_change:
                    raise NotChecked
                if not is_checked:
                    return session
        return None

    def _check(self, token: str, session: Session) -> bool:
        """Store what Cognito says about the session; False if it does not respond."""
        try:
            confirmed = self._ask(session)
        except (SignInRefused, NoGroup):
            self._sessions.end(token)
        except NoResponse:
            return False
        else:
            self._sessions.confirm(token, confirmed)
        return True
