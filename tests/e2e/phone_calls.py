"""Phone calls as the campaign platform sees them, and the events in which it tells of them."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

_line_numbers = itertools.count(1)


def now() -> datetime:
    """In whole milliseconds, as times are stored and compared."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def to_text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def new_caller_number() -> str:
    """A number that no other test has."""
    return f"+1555{next(_line_numbers):07}"


def new_uuid() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Event:
    detail_type: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneCall:
    """One call. `members` are added to the detail of its events, or replace what it would have."""

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
