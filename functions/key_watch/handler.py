"""Looks at every key that is watched, and tells on the bus what has changed since the last look."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from functions.key_watch import schemas
from shared.domain import activity, timestamps, watching
from shared.domain.keys import PostbackKey
from shared.domain.watching import Look, News, Told
from shared.runtime import aws, observability, retries, time_limits
from shared.runtime.settings import KeyWatchSettings
from shared.stores import dynamodb
from shared.stores.activity import ActivityStore
from shared.stores.keys import KeyStore
from shared.stores.watch import WatchStore

_MOST_ATTEMPTS = 5

settings = KeyWatchSettings.load(os.environ)
logger = observability.make_logger("key_watch")
bus = aws.make_client("events")
_client = dynamodb.make_client()
_key_store = KeyStore(_client, settings.postback_keys_table)
_activity_store = ActivityStore(_client, settings.activity_table)
_watch_store = WatchStore(_client, settings.activity_table)


def lambda_handler(event: dict[str, Any], context: object) -> None:
    """What a look does not come to is the next one's."""
    now = timestamps.to_milliseconds(datetime.now(UTC))
    with time_limits.limit(time_limits.WATCH_SECONDS):
        told = _watch_store.all()
        for keys in _key_store.keys_by_publisher():
            for key in keys:
                if key.key_id in told or watching.is_watched(key):
                    _look_at(key, keys, told, now)


def _look_at(
    key: PostbackKey, others: Sequence[PostbackKey], told: Mapping[str, Told], now: datetime
) -> None:
    names = [(each.publisher_id, each.key_id) for each in watching.story(key, others)]
    days = activity.days_of(watching.hours_to_look_at(key), now)
    look = watching.look(key, _activity_store.days_of_keys(names, days), now)
    before = told.get(key.key_id, Told())
    news, after = look.news(before)
    for each in news:
        _put(each, look, schemas.detail(each, look, before, after))
    # After the bus has it: of a look that ends in between the next one tells again.
    if news:
        _watch_store.put(key, after)


def _put(news: News, look: Look, detail: str) -> None:
    """Raises RetriesExhausted."""
    for _ in retries.attempts(_MOST_ATTEMPTS):
        answer = bus.put_events(
            Entries=[
                {
                    "EventBusName": settings.event_bus,
                    "Source": schemas.SOURCE,
                    "DetailType": news,
                    "Detail": detail,
                }
            ]
        )
        if not answer["FailedEntryCount"]:
            break
    key = look.key
    logger.info("news told", outcome=news, key_id=key.key_id, publisher_id=key.publisher_id)
