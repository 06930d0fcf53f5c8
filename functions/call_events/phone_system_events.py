"""Reads the events that Amazon Connect and Genesys Cloud put on buses of their own."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.call_events import schemas
from shared.domain import reported_calls
from shared.domain.call_reports import Ignored
from shared.domain.errors import InvalidInput, Problem
from shared.domain.reported_calls import ReportedCall
from shared.phone_systems import recognition

SOURCES = ("aws.connect", "aws.partner/genesys.com")


def parse(text: str) -> Mapping[str, Any] | None:
    """Return the event of a phone system; None for any other event."""
    if '"aws.' not in text:
        return None
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None
    source = event.get("source") if isinstance(event, dict) else None
    return event if isinstance(source, str) and source.startswith(SOURCES) else None


def time(event: Mapping[str, Any]) -> datetime | None:
    """Return when the event was put on its bus."""
    return schemas.Envelope.model_validate({"time": event.get("time")}).time


def read(event: Mapping[str, Any], *, default_region: str, now: datetime) -> ReportedCall | Ignored:
    """Return the call that an event reports, or why it reports none.

    A wrong time of its is replaced by the time of the event. Raises InvalidInput.
    """
    detail = event.get("detail")
    if not isinstance(detail, Mapping):
        raise InvalidInput(Problem("detail", "is missing or not a JSON object"))
    try:
        report = recognition.read(detail)
    except ValueError as error:
        raise InvalidInput(Problem("detail", str(error))) from error
    if report is None:
        return Ignored("not about a phone call")
    if isinstance(report, Ignored):
        return report
    return reported_calls.read(
        report,
        default_region=default_region,
        arrived_at=schemas.arrived_at(time(event), now),
        reported_by=schemas.BUS,
    )
