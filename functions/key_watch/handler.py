"""Looks at every key that is watched, and tells on the bus what has changed since the last look."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from functions.key_watch import schemas
from shared.domain import activity, key_alerts, timestamps
from shared.domain.key_alerts import Alert, AlertState, KeyCheck
from shared.domain.keys import PostbackKey
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
                if key.key_id in told or key_alerts.is_watched(key):
                    _look_at(key, keys, told, now)


def _look_at(
    key: PostbackKey, others: Sequence[PostbackKey], told: Mapping[str, AlertState], now: datetime
) -> None:
    names = [(each.publisher_id, each.key_id) for each in key_alerts.lineage(key, others)]
    days = activity.days_of(key_alerts.hours_needed(key), now)
    check = key_alerts.check(key, _activity_store.days_of_keys(names, days), now)
    before = told.get(key.key_id, AlertState())
    alerts, after = check.alerts(before)
    for each in alerts:
        _put(each, check, schemas.detail(each, check, before, after))
    # After the bus has it: of a look that ends in between the next one tells again.
    if alerts:
        _watch_store.put(key, after)


def _put(alert: Alert, check: KeyCheck, detail: str) -> None:
    """Raises RetriesExhausted."""
    for _ in retries.attempts(_MOST_ATTEMPTS):
        answer = bus.put_events(
            Entries=[
                {
                    "EventBusName": settings.event_bus,
                    "Source": schemas.SOURCE,
                    "DetailType": alert,
                    "Detail": detail,
                }
            ]
        )
        if not answer["FailedEntryCount"]:
            break
    key = check.key
    logger.info("news told", outcome=alert, key_id=key.key_id, publisher_id=key.publisher_id)
