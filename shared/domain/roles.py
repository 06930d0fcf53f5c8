"""Roles of people: who may look, who may change, and who may manage people. Pure."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """Lowest first. Each may do what the roles before it may."""

    VIEWER = "viewer"
    MANAGER = "manager"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """Whether a person with this role may do what the other role may."""
        order = list(Role)
        return order.index(self) >= order.index(other)

    @property
    def group(self) -> str:
        """The group in the user pool that gives this role."""
        return f"{self.value}s"


def read(text: str) -> Role | None:
    """Return the role of this name; None if there is none."""
    return Role(text) if text in list(Role) else None


def highest(groups: Iterable[str]) -> Role | None:
    """Return the highest role that these groups give; None if they give none."""
    given = {*groups}
    return next((role for role in reversed(Role) if role.group in given), None)
