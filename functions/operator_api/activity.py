"""The operator API's routes for the activity of keys and publishers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from functions.operator_api.activity_schemas import ActivityResponse, RecentResponse
from functions.operator_api.stores import activity_store, key_store
from shared.domain import activity
from shared.domain.activity import KeyDay
from shared.domain.keys import PostbackKey, Publisher

RECENT_HOURS = 24
MAX_HOURS = 720

router = Router()

Hours = Annotated[
    int, Field(ge=1, le=MAX_HOURS), Query(description="Number of hours, including the current one")
]


@router.get("/postback-keys/<key_id>/activity")
def read_key_activity(
    key_id: str,
    hours: Hours = RECENT_HOURS,
    chain: Annotated[
        bool, Query(description="Also include all keys that it replaces or that replaced it")
    ] = False,
) -> ActivityResponse:
    return over_hours(key_store.chain(key_id) if chain else [key_store.key(key_id)], hours)


@router.get("/publishers/<publisher_id>/activity")
def read_publisher_activity(publisher_id: str, hours: Hours = RECENT_HOURS) -> ActivityResponse:
    now = datetime.now(UTC)
    found = key_store.publisher(publisher_id).publisher_id
    days = activity_store.days_of_publishers(found, found, activity.days_of(hours, now))
    return ActivityResponse.of(activity.summarize(days, hours=hours, now=now))


def over_hours(keys: Sequence[PostbackKey], hours: int) -> ActivityResponse:
    """Return the activity of these keys together."""
    now = datetime.now(UTC)
    names = [(key.publisher_id, key.key_id) for key in keys]
    days = activity_store.days_of_keys(names, activity.days_of(hours, now))
    return ActivityResponse.of(activity.summarize(days, hours=hours, now=now))


def of_keys(keys: Sequence[PostbackKey]) -> Mapping[str, RecentResponse]:
    """Return the last 24 hours of each key, by its ID. 100 keys take two requests or fewer."""
    now = datetime.now(UTC)
    names = [(key.publisher_id, key.key_id) for key in keys]
    days = activity_store.days_of_keys(names, activity.days_of(RECENT_HOURS, now))
    return _by_id((key.key_id for key in keys), ((day.key_id, day) for day in days), now)


def of_publishers(publishers: Sequence[Publisher]) -> Mapping[str, RecentResponse]:
    """Return the last 24 hours of each publisher, by its ID. They must be sorted by ID."""
    if not publishers:
        return {}
    now = datetime.now(UTC)
    ids = [publisher.publisher_id for publisher in publishers]
    recent = activity.days_of(RECENT_HOURS, now)
    days = activity_store.days_of_publishers(ids[0], ids[-1], recent)
    return _by_id(ids, ((day.publisher_id, day) for day in days), now)


def _by_id(
    ids: Iterable[str], days: Iterable[tuple[str, KeyDay]], now: datetime
) -> dict[str, RecentResponse]:
    by_id: dict[str, list[KeyDay]] = defaultdict(list)
    for each, day in days:
        by_id[each].append(day)
    return {
        each: RecentResponse.of(activity.summarize(by_id[each], hours=RECENT_HOURS, now=now))
        for each in ids
    }
