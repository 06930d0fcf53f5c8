"""People who use the console: their role, and where they stand. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.roles import Role

INVITATION = timedelta(days=3)
"""How long an invitation is valid. The user pool has the same rule."""
MAX_EMAIL_LENGTH = 128
"""Cognito's limit."""


class PersonStatus(StrEnum):
    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`has_come` is true once the person has signed in. `role` is None without a known group."""

    email: str
    role: Role | None
    is_enabled: bool
    has_come: bool
    invited_at: datetime
    last_sign_in_at: datetime | None = None

    def status(self, now: datetime) -> PersonStatus:
        if not self.is_enabled:
            return PersonStatus.DISABLED
        if self.has_come:
            return PersonStatus.ACTIVE
        is_valid = now - self.invited_at < INVITATION
        return PersonStatus.INVITED if is_valid else PersonStatus.EXPIRED

    @property
    def can_act_as_admin(self) -> bool:
        return self.role is Role.ADMIN and self.is_enabled and self.has_come


def is_last_admin(email: str, people: Iterable[Person]) -> bool:
    """Whether nobody but this person can act as an admin."""
    admins = {person.email.casefold() for person in people if person.can_act_as_admin}
    return admins == {email.casefold()}
