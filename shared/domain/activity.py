"""How much is posted, and what becomes of it: counted hour by hour, a key's day at a time. Pure.

Everything stands at the hour in which its posting was posted, whenever the rest of it happened: so
an hour's postings and what became of them belong together.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta

HOUR = timedelta(hours=1)

MAX_REASONS = 150
"""How many kinds of refusals and warnings a day tells apart: their parameters are senders' own."""

MAX_PARAM_LENGTH = 64
"""Of a parameter's name."""

OTHER = "other"
"""The kind of a refusal that was logged before kinds were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is counted of some postings.

    `refused` were never stored; `withdrawn` were stored, and refused in the same breath; `left_out`
    were accepted, and found no room on their call later. `stored_until` is when the last stops
    waiting, in seconds since 1970.
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
    """What a refusal or a warning was about."""

    is_warning: bool
    kind: str
    param: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A row of the log as it counts.

    Rows of one `lane` come in the order of their sequence numbers, each maybe more than once.
    """

    lane: int
    sequence: int
    posted_at: datetime
    is_first: bool
    tally: Tally
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDay:
    """What is counted of a key's postings of one day (UTC), by hours.

    `seen` is, by lane, the last row that is counted here: so none counts twice. `version` grows by
    one with each change.
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
        """With those of the day's rows that are not counted yet; itself if all are."""
        new = [row for row in rows if row.sequence > self.last_counted.get(row.lane, -1)]
        if not new:
            return self
        hours, told, seen = dict(self.hours), dict(self.reasons), dict(self.last_counted)
        for row in sorted(new, key=lambda row: row.sequence):
            if row.sequence <= seen.get(row.lane, -1):
                continue  # twice in one batch
            seen[row.lane] = row.sequence
            hour = row.posted_at.astimezone(UTC).hour
            hours[hour] = hours.get(hour, Tally()) + row.tally
            if row.reasons:
                told[hour] = _told(told, hour, row.reasons)
        return replace(
            self,
            hours=hours,
            reasons=told,
            last_counted=seen,
            last_posted_at=_latest(self.last_posted_at, *(r.posted_at for r in new if r.is_first)),
            version=self.version + 1,
        )


def _told(
    before: Mapping[int, Mapping[Reason, int]], hour: int, new: Sequence[Reason]
) -> Mapping[Reason, int]:
    """An hour's, with what is new; without its parameter once there are too many."""
    counts = Counter(before.get(hour, {}))
    others = sum(len(told) for other, told in before.items() if other != hour)
    for each in dict.fromkeys(new):
        shown = replace(each, param=each.param and each.param[:MAX_PARAM_LENGTH])
        is_known = shown in counts or others + len(counts) < MAX_REASONS
        counts[shown if is_known else replace(shown, param=None)] += 1
    return counts


def _latest(*moments: datetime | None) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What operators read of an hour, or of several.

    `posted` are all that are in the log. `decided` are those that were accepted and of which it is
    known whether they met a call.
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
        """The share of those decided that are on a call; None if none is decided."""
        applied = self.applied_at_once + self.applied_later
        return round(applied / self.decided, 4) if self.decided else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySummary:
    """Of some keys: the latest hours, the oldest first; what was told, the most frequent first."""

    hours: Sequence[tuple[datetime, Figures]]
    reasons: Sequence[tuple[Reason, int]]
    last_posted_at: datetime | None

    @property
    def totals(self) -> Figures:
        return sum((figures for _, figures in self.hours), Figures())


def summarize(days: Iterable[KeyDay], *, hours: int, now: datetime) -> ActivitySummary:
    """What these days say of the last so many hours, the one that `now` is in among them.

    A day that is there twice counts as it stands in its newest version.
    """
    counted = list(_newest(days))
    first = _first_hour(hours, now)
    figures = {first + n * HOUR: Figures() for n in range(hours)}
    told = Counter[Reason]()
    for day in counted:
        midnight = datetime.combine(day.day, time(), UTC)
        for hour, tally in day.hours.items():
            moment = midnight + hour * HOUR
            if moment in figures:
                figures[moment] += _figures(tally, now)
                told.update(day.reasons.get(hour, {}))
    by_frequency = sorted(
        told.items(), key=lambda each: (-each[1], each[0].kind, str(each[0].param))
    )
    return ActivitySummary(
        hours=list(figures.items()),
        reasons=by_frequency,
        last_posted_at=_latest(*(day.last_posted_at for day in counted)),
    )


def days_of(hours: int, now: datetime) -> list[date]:
    """The days that so many hours up to now touch, the oldest first."""
    first, last = _first_hour(hours, now).date(), now.astimezone(UTC).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _first_hour(hours: int, now: datetime) -> datetime:
    current = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return current - (hours - 1) * HOUR


def _figures(tally: Tally, now: datetime) -> Figures:
    """What was stored and not decided has expired unused once the last of the hour's has."""
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
