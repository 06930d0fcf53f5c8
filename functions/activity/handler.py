"""Counts what was written to the postback log, whoever wrote it: each row once."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from functions.activity import rows
from shared.domain.activity import Row
from shared.domain.errors import RetriesExhausted
from shared.runtime import observability, time_limits
from shared.runtime.settings import ActivitySettings
from shared.stores import dynamodb
from shared.stores.activity import ActivityStore, KeyName

settings = ActivitySettings.load(os.environ)
logger = observability.make_logger("activity")
_client = dynamodb.make_client()
store = ActivityStore(_client, settings.activity_table)

_Days = dict[tuple[KeyName, date], list[Row]]


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One write for each key and day. It comes again from the first record that failed on."""
    days = _by_day(event["Records"])
    failed = []
    with time_limits.limit(time_limits.ACTIVITY_SECONDS):
        for (name, day), counted in days.items():
            try:
                store.count(name, day, counted)
            except (*dynamodb.FAILURES, RetriesExhausted) as error:
                failed += counted
                key_id = name[1]
                logger.error("rows not counted", key_id=key_id, **observability.describe(error))
    total = sum(map(len, days.values()))
    logger.info("rows counted", rows=total - len(failed), key_days=len(days))
    return {"batchItemFailures": _first_of(failed, event["Records"])}


def _by_day(records: Iterable[Mapping[str, Any]]) -> _Days:
    days: _Days = defaultdict(list)
    for record in records:
        if counted := rows.read(record):
            days[counted.name, counted.day].append(counted.row)
    return days


def _first_of(failed: Iterable[Row], records: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The record with which to come again. Others behind it are counted, and will be known."""
    sequences = {row.sequence for row in failed}
    for record in records:
        sequence: str = record["dynamodb"]["SequenceNumber"]
        if int(sequence) in sequences:
            return [{"itemIdentifier": sequence}]
    return []
