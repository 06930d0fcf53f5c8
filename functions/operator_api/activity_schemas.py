"""The operator's contract, its counting side: how much is posted, and what becomes of it."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from functions.operator_api.schemas import KeyAnswer, Moment, OptionalMoment, PublisherAnswer
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
    hour: Moment


class ToldAnswer(_Answer):
    """So many postings were refused, or warned of, for this."""

    kind: str
    param: str | None
    count: int


class ActivityAnswer(_Answer):
    """Whole hours, the oldest first; what became of a posting stands at the hour of the posting."""

    hours: list[HourAnswer]
    totals: FiguresAnswer
    match_rate: float | None
    last_posted_at: OptionalMoment
    refusals: list[ToldAnswer]
    warnings: list[ToldAnswer]

    @classmethod
    def of(cls, activity: ActivitySummary) -> "ActivityAnswer":
        totals = activity.totals
        return cls(
            hours=[_hour(hour, figures) for hour, figures in activity.hours],
            totals=FiguresAnswer.model_validate(totals),
            match_rate=totals.match_rate,
            last_posted_at=activity.last_posted_at,
            refusals=_told(activity.reasons, is_warning=False),
            warnings=_told(activity.reasons, is_warning=True),
        )


class RecentAnswer(_Answer):
    """The last 24 hours; `postings` are how many each of them had, the oldest first."""

    last_posted_at: OptionalMoment
    totals: FiguresAnswer
    match_rate: float | None
    postings: list[int]

    @classmethod
    def of(cls, activity: ActivitySummary) -> "RecentAnswer":
        totals = activity.totals
        return cls(
            last_posted_at=activity.last_posted_at,
            totals=FiguresAnswer.model_validate(totals),
            match_rate=totals.match_rate,
            postings=[figures.posted for _, figures in activity.hours],
        )


class ListedPublisherAnswer(PublisherAnswer):
    activity: RecentAnswer


class PublisherList(_Answer):
    """`next_cursor`, given as `cursor`, asks for the next page; null on the last one."""

    publishers: list[ListedPublisherAnswer]
    next_cursor: str | None


class ListedKeyAnswer(KeyAnswer):
    activity: RecentAnswer


class KeyList(_Answer):
    """`next_cursor`, given as `cursor`, asks for the next page; null on the last one."""

    postback_keys: list[ListedKeyAnswer]
    next_cursor: str | None


def _hour(hour: object, figures: Figures) -> HourAnswer:
    return HourAnswer.model_validate({"hour": hour} | dict(FiguresAnswer.model_validate(figures)))


def _told(told: Iterable[tuple[Reason, int]], *, is_warning: bool) -> list[ToldAnswer]:
    return [
        ToldAnswer(kind=each.kind, param=each.param, count=count)
        for each, count in told
        if each.is_warning is is_warning
    ]
