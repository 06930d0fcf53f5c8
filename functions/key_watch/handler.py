"""Checks every watched key, and puts an event on the bus for each alert that begins or ends."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.key_watch import schemas
from shared.domain import activity, key_alerts, platform_events, timestamps
from shared.domain.key_alerts import Alert, AlertState, KeyCheck
from shared.domain.keys import PostbackKey
from shared.runtime import aws, observability, time_limits
from shared.runtime.settings import KeyWatchSettings
from shared.stores import dynamodb
from shared.stores.activity import ActivityStore
from shared.stores.alerts import AlertStore
from shared.stores.keys import KeyStore

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

_MAX_ATTEMPTS = 5

settings = KeyWatchSettings.load(os.environ)
logger = observability.make_logger("key_watch")
bus = aws.make_client("events")
_client = dynamodb.make_client()
_key_store = KeyStore(_client, settings.postback_keys_table)
_activity_store = ActivityStore(_client, settings.activity_table)
_alert_store = AlertStore(_client, settings.activity_table)


def lambda_handler(event: dict[str, Any], context: object) -> None:
    """Check all watched keys. Keys that this run does not reach are checked by the next one."""
    now = timestamps.to_milliseconds(datetime.now(UTC))
    with time_limits.limit(time_limits.WATCH_SECONDS):
        states = _alert_store.all()
        for keys in _key_store.keys_by_publisher():
            for key in keys:
                if key.key_id in states or key_alerts.is_watched(key):
                    _check(key, keys, states, now)


def _check(
    key: PostbackKey, others: Sequence[PostbackKey], states: Mapping[str, AlertState], now: datetime
) -> None:
    names = [(each.publisher_id, each.key_id) for each in key_alerts.lineage(key, others)]
    days = activity.days_of(key_alerts.hours_needed(key), now)
    check = key_alerts.check(key, _activity_store.days_of_keys(names, days), now)
    before = states.get(key.key_id, AlertState())
    alerts, after = check.alerts(before)
    for alert in alerts:
        _put(alert, check, schemas.detail(alert, check, before, after))
    # Saved after the bus has the events: if this run stops in between, the next one repeats them.
    if alerts:
        _alert_store.put(key, after)


def _put(alert: Alert, check: KeyCheck, detail: str) -> None:
    """Put the event on the bus. Raises RetriesExhausted."""
    entry: PutEventsRequestEntryTypeDef = {
        "EventBusName": settings.event_bus,
        "Source": platform_events.SOURCE,
        "DetailType": alert,
        "Detail": detail,
    }
    for _ in time_limits.attempts(_MAX_ATTEMPTS):
        if not bus.put_events(Entries=[entry])["FailedEntryCount"]:
            break
    key = check.key
    logger.info("alert sent", outcome=alert, key_id=key.key_id, publisher_id=key.publisher_id)
