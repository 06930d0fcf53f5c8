"""What each role may request. The gateway has verified the signature before."""

from collections.abc import Sequence

from shared.domain.errors import Problem, RoleTooLow
from shared.domain.roles import Role
from shared.runtime.requester import Requester

_READING = ("GET", "HEAD")
_OF_ADMINS = "people"
"""First segment of the paths about people, which only admins may use."""
_WITH_KEY = "instructions"
"""Last segment of the path of instructions, which have the key."""
_SIGNED_IN = "signed-in"
"""Last segment of the path by which the console reports a sign-in of anybody."""


def check(method: str, path: str, requester: Requester) -> None:
    """Raises RoleTooLow."""
    segments = path.strip("/").split("/")
    if segments[0] == _OF_ADMINS and segments[2:] == [_SIGNED_IN]:
        if not requester.is_console:
            raise RoleTooLow(Problem(None, "only the console may report that a person signed in"))
        return
    needed = needed_role(method, segments)
    if not requester.role.includes(needed):
        raise RoleTooLow(Problem(None, _message(requester.role, needed)))


def needed_role(method: str, segments: Sequence[str]) -> Role:
    """Return the lowest role that may send this method to this path."""
    if segments[0] == _OF_ADMINS:
        return Role.ADMIN
    if segments[-1] == _WITH_KEY:
        return Role.MANAGER
    return Role.VIEWER if method in _READING else Role.MANAGER


def _message(role: Role, needed: Role) -> str:
    article = "an" if needed is Role.ADMIN else "a"
    return (
        f"needs the role {needed.value}, and you are a {role.value}; ask an admin to make you "
        f"{article} {needed.value}"
    )
