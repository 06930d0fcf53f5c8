"""Numbers with a country code that are in no plan: kept as sent, with a warning, or refused."""

from shared.domain import numbering_plans
from shared.domain.e164 import DOCUMENTED, MAX_DIGITS, MIN_DIGITS
from shared.domain.errors import InvalidCallerNumber

LENGTH = "has a number of digits that no number of +{} has, and was kept as sent; check it"
NO_SUCH_CODE = "has no known country code after the plus, and was kept as sent; check it"
NOT_IN_PLAN = "has digits that no number of +{} has, and was kept as sent; check it"

_NORTH_AMERICA = "1"
_TEN = 10
"""Digits of a North American number after its country code."""


def kept(digits: str, repairs: list[str]) -> str:
    """Return digits after a plus in E.164, as they were sent."""
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
        raise InvalidCallerNumber(
            f"has {count(digits)} after the plus; send {MIN_DIGITS} to {MAX_DIGITS}, including "
            "the country code"
        )
    if digits.startswith("0"):
        raise InvalidCallerNumber(
            "has a zero after the plus, but no country code starts with zero; send the country code"
        )
    national = len(digits) - 1
    if digits.startswith(_NORTH_AMERICA) and national != _TEN:
        raise InvalidCallerNumber(
            f"+1 numbers have {_TEN} digits after the country code; this one has {national}"
        )
    if f"+{digits}" not in DOCUMENTED:
        repairs += _doubts(digits)
    return f"+{digits}"


def _doubts(digits: str) -> list[str]:
    """Return what is wrong with digits that are not in their country's plan."""
    code = numbering_plans.country_code_of(digits)
    if not code:
        return [NO_SUCH_CODE]
    if not numbering_plans.is_length_known(digits):
        return [LENGTH.format(code)]
    return [] if code == _NORTH_AMERICA else [NOT_IN_PLAN.format(code)]


def count(digits: str) -> str:
    return f"{len(digits)} {'digit' if len(digits) == 1 else 'digits'}"
