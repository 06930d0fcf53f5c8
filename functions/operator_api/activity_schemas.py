"""The operator API's responses about activity: how many postings, and their outcomes."""

from collections.abc import Iterable

from functions.operator_api.fields import OptionalTimestamp, ResponseModel, Timestamp
from functions.operator_api.schemas import KeyResponse, PublisherResponse
from shared.domain.activity import ActivitySummary, Figures, Reason


class FiguresResponse(ResponseModel):
    posted: int
    stored: int
    applied_at_once: int
    applied_later: int
    refused: int
    warned: int
    expired_unused: int
    decided: int
    """Postings that were applied, expired unused, or had no room on their call."""


class HourResponse(FiguresResponse):
    hour: Timestamp


class ReasonCount(ResponseModel):
    """A reason for refusals or warnings, and how many postings had it."""

    kind: str
    param: str | None
    count: int


class ActivityResponse(ResponseModel):
    """Whole hours, oldest first. An outcome counts in the hour in which the posting arrived."""

    hours: list[HourResponse]
    totals: FiguresResponse
    match_rate: float | None
    last_posted_at: OptionalTimestamp
    refusals: list[ReasonCount]
    warnings: list[ReasonCount]

    @classmethod
    def of(cls, summary: ActivitySummary) -> "ActivityResponse":
        totals = summary.totals
        return cls(
            hours=[_hour(hour, figures) for hour, figures in summary.hours],
            totals=FiguresResponse.model_validate(totals),
            match_rate=totals.match_rate,
            last_posted_at=summary.last_posted_at,
            refusals=_reasons(summary.reasons, is_warning=False),
            warnings=_reasons(summary.reasons, is_warning=True),
        )


class KeyOverviewResponse(ResponseModel):
    postback_key: KeyResponse
    publisher: PublisherResponse
    activity: ActivityResponse


class RecentResponse(ResponseModel):
    """The last 24 hours. `postings` has the number of postings per hour, oldest first."""

    last_posted_at: OptionalTimestamp
    totals: FiguresResponse
    match_rate: float | None
    postings: list[int]

    @classmethod
    def of(cls, summary: ActivitySummary) -> "RecentResponse":
        totals = summary.totals
        return cls(
            last_posted_at=summary.last_posted_at,
            totals=FiguresResponse.model_validate(totals),
            match_rate=totals.match_rate,
            postings=[figures.posted for _, figures in summary.hours],
        )


class ListedPublisherResponse(PublisherResponse):
    activity: RecentResponse


class PublisherList(ResponseModel):
    """Send `next_cursor` as `cursor` to read the next page; it is null on the last page."""

    publishers: list[ListedPublisherResponse]
    next_cursor: str | None


class ListedKeyResponse(KeyResponse):
    activity: RecentResponse


class KeyList(ResponseModel):
    """Send `next_cursor` as `cursor` to read the next page; it is null on the last page."""

    postback_keys: list[ListedKeyResponse]
    next_cursor: str | None


def _hour(hour: object, figures: Figures) -> HourResponse:
    return HourResponse.model_validate(
        {"hour": hour} | dict(FiguresResponse.model_validate(figures))
    )


def _reasons(reasons: Iterable[tuple[Reason, int]], *, is_warning: bool) -> list[ReasonCount]:
    return [
        ReasonCount(kind=reason.kind, param=reason.param, count=count)
        for reason, count in reasons
        if reason.is_warning is is_warning
    ]
