"""When somebody is to be told that a key is silent, or that few of its postings match. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared.domain import activity
from shared.domain.activity import HOUR, Figures, KeyDay
from shared.domain.keys import PostbackKey

MIN_DECIDED = 20
"""Fewer postings say nothing of a match rate, good or bad."""

_WINDOW_HOURS = 24


class Alert(StrEnum):
    """What is state, in the words of the event."""

    SILENT = "Key Silent"
    SILENT_ENDED = "Key Silent Ended"
    LOW = "Match Rate Low"
    LOW_ENDED = "Match Rate Low Ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """What was told of a key, and since when it holds; None for what does not."""

    silent_since: datetime | None = None
    low_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """What is seen of a key. `last_posted_at` and `settled` are of its whole story; `settled` are
    the latest 24 hours of which every posting has met a call or stopped waiting."""

    key: PostbackKey
    last_posted_at: datetime | None
    settled: Figures
    now: datetime

    @property
    def can_be_missed(self) -> bool:
        """A key that takes no postings is none to miss, and one that was replaced is watched with
        its successor."""
        return not (self.key.paused or self.key.replaced_by or self.key.has_expired(self.now))

    def alerts(self, state: AlertState) -> tuple[list[Alert], AlertState]:
        """What is to be told now, and what was told once that is done."""
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
        """The moment at which its next posting was due, once that has passed."""
        if not (self.key.expects_every and self.can_be_missed):
            return None
        due = max(filter(None, [self.last_posted_at, self.key.created_at])) + self.key.expects_every
        return due if due <= self.now else None

    def _low_since(self, state: AlertState) -> datetime | None:
        """Of too few decided postings nothing new is said."""
        if not (self.key.match_rate_floor and self.can_be_missed):
            return None
        rate = self.settled.match_rate
        if rate is None or self.settled.decided < MIN_DECIDED:
            return state.low_since
        return (state.low_since or self.now) if rate < self.key.match_rate_floor else None


def is_watched(key: PostbackKey) -> bool:
    return bool(key.expects_every or key.match_rate_floor)


def check(key: PostbackKey, days: Iterable[KeyDay], now: datetime) -> KeyCheck:
    """`days` are those of `hours_needed`, of all keys of its story."""
    seen = activity.summarize(days, hours=hours_needed(key), now=now)
    over = [figures for hour, figures in seen.hours if hour + HOUR + key.storage_duration <= now]
    settled = sum(over[-_WINDOW_HOURS:], Figures())
    return KeyCheck(key=key, last_posted_at=seen.last_posted_at, settled=settled, now=now)


def lineage(key: PostbackKey, others: Sequence[PostbackKey]) -> list[PostbackKey]:
    """The key and, of the others, all that it replaces."""
    by_id = {other.key_id: other for other in others}
    found = [key]
    while (before := by_id.get(found[-1].replaces or "")) and before not in found:
        found.append(before)
    return found


def hours_needed(key: PostbackKey) -> int:
    """As long as a posting waits, the window, and a part of an hour at either end."""
    return -(-key.storage_duration // HOUR) + _WINDOW_HOURS + 2
