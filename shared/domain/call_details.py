"""What the platform tells of a call, member by member, whichever way it tells it. Pure."""

from datetime import datetime, timedelta

from shared.domain import call_ids, caller_numbers, timestamps
from shared.domain.errors import InvalidCallerNumber, InvalidInput, Problem
from shared.domain.postings import is_plain_text

MAX_CLOCK_SKEW = timedelta(days=1)
"""No clock is this wrong; a call that starts later would hide the caller's real calls till then."""

MAX_LENGTH = 256


def as_text(value: object) -> str | None:
    """As it stands: what is around a number, white space above all, is read over later."""
    is_usable = isinstance(value, str | int | float) and not isinstance(value, bool)
    return str(value) if is_usable else None


def text_or_none(value: object) -> str | None:
    """An optional member that cannot be used is as good as missing: the call matters more."""
    text = as_text(value) or ""
    return text if 0 < len(text) <= MAX_LENGTH and is_plain_text(text) else None


def parse_call_id(value: object) -> str:
    """The canonical id. Raises ValueError, whose message says what an id is."""
    # A number that is not whole has lost the zeros that it ended in.
    text = None if isinstance(value, float) else as_text(value)
    canonical = call_ids.canonical(text) if text else None
    if canonical is None:
        raise ValueError(f"must be a call's id: {call_ids.RULE}")
    return canonical


def parse_timestamp(value: object) -> datetime:
    """A time, to the millisecond. Raises ValueError, whose message says what a time is."""
    return to_milliseconds(timestamps.parse(value))


def to_milliseconds(moment: datetime) -> datetime:
    """Raises ValueError for a time whose offset puts it outside the calendar."""
    try:
        return timestamps.to_milliseconds(moment)
    except OverflowError as error:
        raise ValueError("lies outside the calendar") from error


def parse_caller_number(text: str | None, default_region: str) -> str | None:
    """The number in E.164; None, an anonymous caller's, for one that cannot be read."""
    try:
        return caller_numbers.normalize(text or "", default_region)
    except InvalidCallerNumber:
        return None


def check_not_ahead(param: str, moment: datetime | None, now: datetime) -> None:
    """Raises InvalidInput for a time that lies too far ahead to be meant."""
    if moment and moment > now + MAX_CLOCK_SKEW:
        raise InvalidInput(
            Problem(param, "lies more than a day ahead; is it in the offset that it says?")
        )
