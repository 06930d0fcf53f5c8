"""History: who changed what, and when, as rows that people read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain import masking

RETENTION = timedelta(days=400)

CREDENTIALS = frozenset(("key", "posting_link", "instructions_link", "callback_url"))
"""Members that no row may have."""
_MAX_TEXT = 300


class ObjectKind(StrEnum):
    PUBLISHER = "publisher"
    POSTBACK_KEY = "postback_key"
    PLATFORM_KEY = "platform_key"
    CALLER = "caller"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One change. `changes` has the old and the new value of each changed field."""

    at: datetime
    action: str
    object: ObjectKind
    object_id: str
    asked_by: str
    role: str
    changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the old and new values of what differs, without credentials and phone numbers."""
    return {
        name: [_shown(before.get(name)), _shown(after.get(name))]
        for name in sorted({*before, *after} - CREDENTIALS)
        if before.get(name) != after.get(name)
    }


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return masking.mask_for_logs(value)[:_MAX_TEXT] if not _is_time(value) else value
    return [_shown(each) for each in value] if isinstance(value, list) else value


def _is_time(text: str) -> bool:
    try:
        return "T" in text and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
