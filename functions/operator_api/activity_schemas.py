"""The operator API's responses about activity: how many postings, and their outcomes."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from functions.operator_api.fields import OptionalTimestamp, Timestamp
from functions.operator_api.schemas import KeyAnswer, PublisherAnswer
from shared.domain.activity import ActivitySummary, Figures, Reason


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True, defer_build=True)


class FiguresAnswer(_Answer):
    posted: int
    stored: int
    applied_at_once: int
    applied_later: int
    refused: int
    warned: int
    expired_unused: int


class HourAnswer(FiguresAnswer):
    hour: Timestamp


class ToldAnswer(_Answer):
    """A reason for refusals or warnings, and how many postings had it."""

    kind: str
    param: str | None
    count: int


class ActivityAnswer(_Answer):
    """Whole hours, oldest first. An outcome counts in the hour in which the posting arrived."""

    hours: list[HourAnswer]
    totals: FiguresAnswer
    match_rate: float | None
    last_posted_at: OptionalTimestamp
    refusals: list[ToldAnswer]
    warnings: list[ToldAnswer]

    @classmethod
    def of(cls, summary: ActivitySummary) -> "ActivityAnswer":
        totals = summary.totals
        return cls(
            hours=[_hour(hour, figures) for hour, figures in summary.hours],
            totals=FiguresAnswer.model_validate(totals),
            match_rate=totals.match_rate,
            last_posted_at=summary.last_posted_at,
            refusals=_reasons(summary.reasons, is_warning=False),
            warnings=_reasons(summary.reasons, is_warning=True),
        )


class RecentAnswer(_Answer):
    """The last 24 hours. `postings` has the number of postings per hour, oldest first."""

    last_posted_at: OptionalTimestamp
    totals: FiguresAnswer
    match_rate: float | None
    postings: list[int]

    @classmethod
    def of(cls, summary: ActivitySummary) -> "RecentAnswer":
        totals = summary.totals
        return cls(
            last_posted_at=summary.last_posted_at,
            totals=FiguresAnswer.model_validate(totals),
            match_rate=totals.match_rate,
            postings=[figures.posted for _, figures in summary.hours],
        )


class ListedPublisherAnswer(PublisherAnswer):
    activity: RecentAnswer


class PublisherList(_Answer):
    """Send `next_cursor` as `cursor` to read the next page; it is null on the last page."""

    publishers: list[ListedPublisherAnswer]
    next_cursor: str | None


class ListedKeyAnswer(KeyAnswer):
    activity: RecentAnswer


class KeyList(_Answer):
    """Send `next_cursor` as `cursor` to read the next page; it is null on the last page."""

    postback_keys: list[ListedKeyAnswer]
    next_cursor: str | None


def _hour(hour: object, figures: Figures) -> HourAnswer:
    return HourAnswer.model_validate({"hour": hour} | dict(FiguresAnswer.model_validate(figures)))


def _reasons(reasons: Iterable[tuple[Reason, int]], *, is_warning: bool) -> list[ToldAnswer]:
    return [
        ToldAnswer(kind=reason.kind, param=reason.param, count=count)
        for reason, count in reasons
        if reason.is_warning is is_warning
    ]
