"""Phone calls as the campaign platform sees them, and its events about them."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_line_numbers = itertools.count(1)


def now() -> datetime:
    """Return the current time in whole milliseconds, as times are stored and compared."""
    current = datetime.now(UTC)
    return current.replace(microsecond=current.microsecond // 1000 * 1000)


def to_text(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def new_caller_number() -> str:
    """Return a number that no other test uses."""
    return f"+1555{next(_line_numbers):07}"


def new_uuid() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Event:
    detail_type: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCall:
    """One call. `members` are added to the detail of its events, or replace members there."""

    caller_number: str | None = None
    call_uuid: str = field(default_factory=new_uuid)
    started_at: datetime = field(default_factory=now)
    members: dict[str, Any] = field(default_factory=dict)

    def started(self) -> Event:
        return Event("Call Started", self._detail())

    def ended(self, at: datetime | None = None) -> Event:
        return Event("Call Ended", self._detail() | {"ended_at": to_text(at or now())})

    def _detail(self) -> dict[str, Any]:
        return {
            "call_uuid": self.call_uuid,
            "caller_number": self.caller_number,
            "started_at": to_text(self.started_at),
        } | self.members
