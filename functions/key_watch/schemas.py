"""`Key Silent`, `Match Rate Low` and their ends: the events that tell of keys."""

import json
from datetime import datetime
from typing import Any

from shared.domain import timestamps
from shared.domain.key_alerts import Alert, AlertState, KeyCheck

SOURCE = "call-data-writing"


def detail(alert: Alert, check: KeyCheck, told: AlertState, after: AlertState) -> str:
    """The event's detail as JSON. `told` and `after` are what was told before it, and with it."""
    key = check.key
    is_silence = alert in (Alert.SILENT, Alert.SILENT_ENDED)
    before, now = (each.silent_since if is_silence else each.low_since for each in (told, after))
    has_ended = alert in (Alert.SILENT_ENDED, Alert.LOW_ENDED)
    about: dict[str, Any] = {
        "key_id": key.key_id,
        "publisher_id": key.publisher_id,
        "key_name": key.name,
        "since": _text(before if has_ended else now),
    }
    if has_ended:
        about["ended_at"] = _text(check.now)
    if is_silence:
        every = key.expects_every
        about["last_posted_at"] = _text(check.last_posted_at)
        about["expects_every"] = int(every.total_seconds()) if every else None
    else:
        about["match_rate"] = check.settled.match_rate
        about["match_rate_floor"] = key.match_rate_floor
        about["decided"] = check.settled.decided
    return json.dumps(about, ensure_ascii=False, separators=(",", ":"))


def _text(moment: datetime | None) -> str | None:
    return timestamps.to_text(moment) if moment else None
