"""The events about keys: `Key Silent`, `Match Rate Low` and their ends."""

import json
from datetime import datetime
from typing import Any

from shared.domain import timestamps
from shared.domain.key_alerts import Alert, AlertState, KeyCheck


def detail(alert: Alert, check: KeyCheck, before: AlertState, after: AlertState) -> str:
    """Return the event's detail as JSON. `before` and `after` are the key's states around it."""
    key = check.key
    is_silence = alert in (Alert.SILENT, Alert.SILENT_ENDED)
    began, begins = (s.silent_since if is_silence else s.low_since for s in (before, after))
    has_ended = alert in (Alert.SILENT_ENDED, Alert.LOW_ENDED)
    members: dict[str, Any] = {
        "key_id": key.key_id,
        "publisher_id": key.publisher_id,
        "key_name": key.name,
        "since": _text(began if has_ended else begins),
    }
    if has_ended:
        members["ended_at"] = _text(check.now)
    if is_silence:
        every = key.expects_every
        members["last_posted_at"] = _text(check.last_posted_at)
        members["expects_every"] = int(every.total_seconds()) if every else None
    else:
        members["match_rate"] = check.settled.match_rate
        members["match_rate_floor"] = key.match_rate_floor
        members["decided"] = check.settled.decided
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"))


def _text(time: datetime | None) -> str | None:
    return timestamps.to_text(time) if time else None
