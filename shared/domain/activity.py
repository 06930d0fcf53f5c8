"""Counts of postings and their outcomes, by the hour, for one key and day at a time. Pure.

Everything counts in the hour of the posting, even if its outcome is decided later, so that an
hour's postings and their outcomes belong together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta

HOUR = timedelta(hours=1)

MAX_REASONS = 150
"""Maximum distinct reasons per key and day: parameter names are the senders' own."""

MAX_PARAM_LENGTH = 64
"""Maximum characters of a parameter's name in a reason."""

OTHER = "other"
"""The kind of refusals that were logged before refusals had kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of a group of postings.

    `refused` postings were never stored. `withdrawn` ones were stored, and refused by the same
    request. `left_out` ones were accepted, but their call had no room for them later.
    `stored_until` is the time at which the last one expires, in seconds since 1970.
    """

    stored: int = 0
    applied_at_once: int = 0
    applied_later: int = 0
    refused: int = 0
    withdrawn: int = 0
    left_out: int = 0
    warned: int = 0
    stored_until: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        sums = {each.name: getattr(self, each.name) + getattr(other, each.name) for each in _SUMMED}
        return Tally(**sums, stored_until=max(self.stored_until, other.stored_until))


_SUMMED = tuple(each for each in fields(Tally) if each.name != "stored_until")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why postings were refused or got a warning."""

    is_warning: bool
    kind: str
    param: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """What one row of the postback log adds to the counts.

    Rows of one `lane` arrive in the order of their sequence numbers, possibly more than once.
    """

    lane: int
    sequence: int
    posted_at: datetime
    is_first: bool
    tally: Tally
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDay:
    """The counts of a key's postings of one day (UTC), by hour.

    `last_counted` has the sequence number of each lane's last counted row, so that no row counts
    twice. `version` grows by one with each change.
    """

    publisher_id: str
    key_id: str
    day: date
    hours: Mapping[int, Tally] = field(default_factory=dict)
    reasons: Mapping[int, Mapping[Reason, int]] = field(default_factory=dict)
    last_counted: Mapping[int, int] = field(default_factory=dict)
    last_posted_at: datetime | None = None
    version: int = 0

    def count(self, rows: Iterable[LogRow]) -> "KeyDay":
        """Return the day with the rows that it does not count yet, or itself if there are none."""
        new = [row for row in rows if row.sequence > self.last_counted.get(row.lane, -1)]
        if not new:
            return self
        hours, reasons, last = dict(self.hours), dict(self.reasons), dict(self.last_counted)
        for row in sorted(new, key=lambda row: row.sequence):
            if row.sequence <= last.get(row.lane, -1):
                continue  # twice in one batch
            last[row.lane] = row.sequence
            hour = row.posted_at.astimezone(UTC).hour
            hours[hour] = hours.get(hour, Tally()) + row.tally
            if row.reasons:
                reasons[hour] = _add_reasons(reasons, hour, row.reasons)
        return replace(
            self,
            hours=hours,
            reasons=reasons,
            last_counted=last,
            last_posted_at=_latest(self.last_posted_at, *(r.posted_at for r in new if r.is_first)),
            version=self.version + 1,
        )


def _add_reasons(
    before: Mapping[int, Mapping[Reason, int]], hour: int, new: Sequence[Reason]
) -> Mapping[Reason, int]:
    """Return an hour's reasons with the new ones, which lose their parameter past MAX_REASONS."""
    counts = Counter(before.get(hour, {}))
    others = sum(len(reasons) for other, reasons in before.items() if other != hour)
    for each in dict.fromkeys(new):
        reason = replace(each, param=each.param and each.param[:MAX_PARAM_LENGTH])
        has_room = reason in counts or others + len(counts) < MAX_REASONS
        counts[reason if has_room else replace(reason, param=None)] += 1
    return counts


def _latest(*times: datetime | None) -> datetime | None:
    return max((time_ for time_ in times if time_), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts of one or more hours, as operators see them.

    `posted` counts every posting in the log; `decided` counts accepted postings that were applied,
    refused later or expired.
    """

    posted: int = 0
    stored: int = 0
    applied_at_once: int = 0
    applied_later: int = 0
    refused: int = 0
    warned: int = 0
    expired_unused: int = 0
    decided: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        names = (each.name for each in fields(self))
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def match_rate(self) -> float | None:
        """The share of decided postings that were applied to a call; None if none is decided."""
        applied = self.applied_at_once + self.applied_later
        return round(applied / self.decided, 4) if self.decided else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySummary:
    """The activity of some keys: hours from oldest to newest, reasons by frequency."""

    hours: Sequence[tuple[datetime, Figures]]
    reasons: Sequence[tuple[Reason, int]]
    last_posted_at: datetime | None

    @property
    def totals(self) -> Figures:
        return sum((figures for _, figures in self.hours), Figures())


def summarize(days: Iterable[KeyDay], *, hours: int, now: datetime) -> ActivitySummary:
    """Summarize the last `hours` hours, including the one that `now` is in.

    If `days` has a key's day twice, only its newest version counts.
    """
    counted = list(_newest(days))
    first = _first_hour(hours, now)
    figures = {first + n * HOUR: Figures() for n in range(hours)}
    reasons = Counter[Reason]()
    for day in counted:
        midnight = datetime.combine(day.day, time(), UTC)
        for hour, tally in day.hours.items():
            start = midnight + hour * HOUR
            if start in figures:
                figures[start] += _figures(tally, now)
                reasons.update(day.reasons.get(hour, {}))
    by_frequency = sorted(
        reasons.items(), key=lambda each: (-each[1], each[0].kind, str(each[0].param))
    )
    return ActivitySummary(
        hours=list(figures.items()),
        reasons=by_frequency,
        last_posted_at=_latest(*(day.last_posted_at for day in counted)),
    )


def days_of(hours: int, now: datetime) -> list[date]:
    """Return the days that the last `hours` hours are part of, oldest first."""
    first, last = _first_hour(hours, now).date(), now.astimezone(UTC).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _first_hour(hours: int, now: datetime) -> datetime:
    current = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return current - (hours - 1) * HOUR


def _figures(tally: Tally, now: datetime) -> Figures:
    """Count undecided postings as expired once the hour's last posting has expired."""
    applied = tally.applied_at_once + tally.applied_later
    undecided = max(0, tally.stored - applied - tally.withdrawn - tally.left_out)
    expired = undecided if tally.stored_until < now.timestamp() else 0
    return Figures(
        posted=tally.stored + tally.refused,
        stored=tally.stored,
        applied_at_once=tally.applied_at_once,
        applied_later=tally.applied_later,
        refused=tally.refused + tally.withdrawn + tally.left_out,
        warned=tally.warned,
        expired_unused=expired,
        decided=applied + tally.left_out + expired,
    )


def _newest(days: Iterable[KeyDay]) -> Iterator[KeyDay]:
    by_name: dict[tuple[str, date], KeyDay] = {}
    for day in days:
        known = by_name.get((day.key_id, day.day))
        if known is None or known.version < day.version:
            by_name[day.key_id, day.day] = day
    yield from by_name.values()
