"""Counts the rows of the postback log, each once, from the log's stream."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from functions.activity import rows
from shared.domain.activity import LogRow
from shared.domain.errors import RetriesExhausted
from shared.runtime import observability, time_limits
from shared.runtime.settings import ActivitySettings
from shared.stores import dynamodb
from shared.stores.activity import ActivityStore, KeyName

settings = ActivitySettings.load(os.environ)
logger = observability.make_logger("activity")
_client = dynamodb.make_client()
store = ActivityStore(_client, settings.activity_table)

_Days = dict[tuple[KeyName, date], list[LogRow]]


def lambda_handler(event: dict[str, Any], context: object) -> None:
    """Count a batch, with one write per key and day.

    If a write fails, the batch fails: Lambda retries it, whole or in halves, and rows that are
    counted already are skipped.
    """
    days = _by_day(event["Records"])
    failures = []
    with time_limits.limit(time_limits.ACTIVITY_SECONDS):
        for (name, day), counted in days.items():
            try:
                store.count(name, day, counted)
            except (*dynamodb.FAILURES, RetriesExhausted) as error:
                failures.append(error)
                _, key_id = name
                logger.error("rows not counted", key_id=key_id, **observability.describe(error))
    if failures:
        message = f"{len(failures)} of {len(days)} key days were not counted"
        raise RetriesExhausted(message) from failures[0]
    logger.info("rows counted", rows=sum(map(len, days.values())), key_days=len(days))


def _by_day(records: Iterable[Mapping[str, Any]]) -> _Days:
    days: _Days = defaultdict(list)
    for record in records:
        if counted := rows.read(record):
            days[counted.name, counted.day].append(counted.row)
    return days
