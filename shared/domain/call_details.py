"""The members of a call report, for call events and the platform API alike. Pure."""

from datetime import datetime

from shared.domain import call_ids, caller_numbers, timestamps
from shared.domain.errors import InvalidCallerNumber
from shared.domain.postings import is_plain_text

MAX_LENGTH = 256
"""Maximum characters of an optional member."""


def as_text(value: object) -> str | None:
    """Return text or a number as text, unchanged; None for any other value."""
    is_usable = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_usable else None


def text_or_none(value: object) -> str | None:
    """Return an optional member's text, or None if it is unusable: the call matters more."""
    text = as_text(value) or ""
    return text if 0 < len(text) <= MAX_LENGTH and is_plain_text(text) else None


def parse_call_id(value: object) -> str:
    """Return the canonical call ID. Raises ValueError, whose message says what a call ID is."""
    # A float has lost its trailing zeros.
    text = None if isinstance(value, float) else as_text(value)
    canonical = call_ids.canonical(text) if text else None
    if canonical is None:
        raise ValueError(f"must be a call ID: {call_ids.RULE}")
    return canonical


def parse_timestamp(value: object) -> datetime:
    """Return a time, to the millisecond. Raises ValueError, whose message says what a time is."""
    return to_milliseconds(timestamps.parse(value))


def to_milliseconds(time: datetime) -> datetime:
    """Return the time in UTC, cut to milliseconds.

    Raises ValueError for a time whose offset puts it outside the calendar.
    """
    try:
        return timestamps.to_milliseconds(time)
    except OverflowError as error:
        raise ValueError("is outside the calendar; send a year from 1 to 9999") from error


def parse_caller_number(text: str | None, default_region: str) -> str | None:
    """Return the number in E.164, or None, an anonymous caller, if it is unreadable."""
    try:
        return caller_numbers.normalize(text or "", default_region)
    except InvalidCallerNumber:
        return None
