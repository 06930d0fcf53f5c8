"""The request that this process handles: who sent it, and what its audit line adds."""

from dataclasses import dataclass, field
from typing import Any

from shared.domain.roles import Role
from shared.runtime.requester import Requester


@dataclass(slots=True)
class _Current:
    requester: Requester
    noted: dict[str, Any] = field(default_factory=dict)


_current: list[_Current] = []
"""A process handles one request at a time."""


def begin(requester: Requester) -> None:
    _current[:] = [_Current(requester)]


def requester() -> Requester:
    return _current[0].requester


def is_viewer() -> bool:
    return requester().role is Role.VIEWER


def note(**members: Any) -> None:
    """Add members to the request's audit line, without whole phone numbers and secrets."""
    _current[0].noted.update(members)


def noted() -> dict[str, Any]:
    return _current[0].noted
