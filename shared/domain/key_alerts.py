"""Alerts for keys that are silent, or whose match rate is low. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.domain import activity
from shared.domain.activity import HOUR, Figures, KeyDay
from shared.domain.keys import PostbackKey

MIN_DECIDED = 20
"""Minimum decided postings for a match rate: fewer say nothing about it."""

_WINDOW_HOURS = 24


class Alert(StrEnum):
    """What an alert says; the values are the detail types of its events."""

    SILENT = "Key Silent"
    SILENT_ENDED = "Key Silent Ended"
    LOW = "Match Rate Low"
    LOW_ENDED = "Match Rate Low Ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """When each of a key's alerts began, as last reported; None without an alert."""

    silent_since: datetime | None = None
    low_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """The state of a key at one time.

    `last_posted_at` and `settled` include the keys that it replaced. `settled` has the latest
    24 hours in which no posting is still pending.
    """

    key: PostbackKey
    last_posted_at: datetime | None
    settled: Figures
    now: datetime

    @property
    def can_be_missed(self) -> bool:
        """Whether missing postings mean anything: a key that refuses postings is silent by
        intention, and a replaced key is watched with its successor."""
        return not (self.key.paused or self.key.replaced_by or self.key.has_expired(self.now))

    def alerts(self, state: AlertState) -> tuple[list[Alert], AlertState]:
        """Return the alerts to report now, and the state after reporting them."""
        after = replace(state, silent_since=self._silent_since(), low_since=self._low_since(state))
        changes = [
            (state.silent_since, after.silent_since, Alert.SILENT, Alert.SILENT_ENDED),
            (state.low_since, after.low_since, Alert.LOW, Alert.LOW_ENDED),
        ]
        return [
            alert
            for was, since, begun, ended in changes
            if was != since
            for alert, holds in ((ended, was), (begun, since))
            if holds
        ], after

    def _silent_since(self) -> datetime | None:
        """Return the time at which the next posting was due, if that is over."""
        if not (self.key.expects_every and self.can_be_missed):
            return None
        due = max(filter(None, [self.last_posted_at, self.key.created_at])) + self.key.expects_every
        return due if due <= self.now else None

    def _low_since(self, state: AlertState) -> datetime | None:
        """Return since when the rate is low; too few decided postings change nothing."""
        if not (self.key.match_rate_floor and self.can_be_missed):
            return None
        rate = self.settled.match_rate
        if rate is None or self.settled.decided < MIN_DECIDED:
            return state.low_since
        return (state.low_since or self.now) if rate < self.key.match_rate_floor else None


def is_watched(key: PostbackKey) -> bool:
    return bool(key.expects_every or key.match_rate_floor)


def check(key: PostbackKey, days: Iterable[KeyDay], now: datetime) -> KeyCheck:
    """Check a key by the days within its `hours_needed`, of all keys of its lineage."""
    recent = activity.summarize(days, hours=hours_needed(key), now=now)
    over = [figures for hour, figures in recent.hours if hour + HOUR + key.storage_duration <= now]
    settled = sum(over[-_WINDOW_HOURS:], Figures())
    return KeyCheck(key=key, last_posted_at=recent.last_posted_at, settled=settled, now=now)


def lineage(key: PostbackKey, others: Sequence[PostbackKey]) -> list[PostbackKey]:
    """Return the key and the keys that it replaced, newest first."""
    by_id = {other.key_id: other for other in others}
    found = [key]
    while (before := by_id.get(found[-1].replaces or "")) and before not in found:
        found.append(before)
    return found


def hours_needed(key: PostbackKey) -> int:
    """Return how many hours a check needs: the storage duration, the window, and a partial hour at
    each end."""
    return -(-key.storage_duration // HOUR) + _WINDOW_HOURS + 2
