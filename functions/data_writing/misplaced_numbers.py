"""Finds a phone number that was sent as call_uuid.

Imported only for a call ID without letters: some phone systems have such IDs, too.
"""

from functions.data_writing.parameters import CALL_UUID, CALLER_NUMBER
from shared.domain import caller_numbers, numbering_plans
from shared.domain.errors import InvalidCallerNumber
from shared.domain.posting_warnings import PostingWarning, WarningKind

MIN_DIGITS = 10
"""Minimum digits with the country code: fewer are more often a call ID."""

_IS_NUMBER = f"is a phone number; send it as {CALLER_NUMBER}"
_LIKE_A_NUMBER = f"looks like a phone number; did you mean {CALLER_NUMBER}?"
IGNORED = PostingWarning(
    WarningKind.CALL_ID,
    CALL_UUID,
    f"is the same number as {CALLER_NUMBER}, and was ignored; send the call's ID, or leave it out",
)


def is_the_caller(call_uuid: str, caller_number: str | None, region: str) -> bool:
    """Whether a call ID is the caller's own number."""
    try:
        return caller_number == caller_numbers.normalize(call_uuid, region)
    except InvalidCallerNumber:
        return False


def warnings(call_uuid: str, caller_number: str | None, region: str) -> list[PostingWarning]:
    """Return a warning if a call ID is a phone number, or if it could be the missing one."""
    if call_uuid.startswith("+") and call_uuid[1:].isdecimal():
        message = _IS_NUMBER
    elif caller_number is None and _is_like_a_number(call_uuid, region):
        message = _LIKE_A_NUMBER
    else:
        return []
    return [PostingWarning(WarningKind.CALL_ID, CALL_UUID, message)]


def _is_like_a_number(text: str, region: str) -> bool:
    try:
        reading = caller_numbers.read(text, region)
    except InvalidCallerNumber:
        return False
    number = reading.number
    if reading.repairs or len(number.removeprefix("+")) < MIN_DIGITS:
        return False
    # Outside of North America, almost any digits are possible.
    return number.startswith("+1") or numbering_plans.is_assigned(number)
