"""Text to E.164, or a refusal with the reason.

The usual number is read here. What other spellings take, `spelled_numbers`, is loaded when the
first of them comes: no function is to wait for numbering plans that it may never need.
"""

import re
from dataclasses import dataclass

SHORTEST = 8
LONGEST = 15
"""Digits of a number with a plus. E.164 allows 15 (ITU-T E.164, 6.2.1)."""

EXAMPLE = "+12025550123"
"""Kept for fiction by the North American plan: no call will ever come from it."""

WITHHELD = frozenset(("266696687", "7378742833", "86282452253", "2562533", "8656696"))
"""ANONYMOUS, RESTRICTED, UNAVAILABLE, BLOCKED and UNKNOWN on a keypad: phone networks send them in
place of a number that is withheld."""

_USUAL = re.compile(r"(\+?1)?([2-9][0-9]{9})")
_NORTH_AMERICAN = frozenset(("US", "CA"))


@dataclass(frozen=True, slots=True)
class Reading:
    """A number in E.164, and a sentence for each thing that was repaired in reading it."""

    number: str
    repairs: tuple[str, ...] = ()


def is_region(code: str) -> bool:
    """Whether `code` is an ISO 3166-1 region with a numbering plan, such as "US"."""
    from shared.domain import numbering_plans

    return numbering_plans.is_region(code)


def country_code(region: str) -> int:
    """What numbers of the region start with, after the plus: 1 for "US"; 0 if it is none."""
    from shared.domain import numbering_plans

    return numbering_plans.country_code(region)


def normalize(text: str, default_region: str) -> str:
    """The E.164 form of a phone number. Raises InvalidCallerNumber, as `read` does."""
    return read(text, default_region).number


def read(text: str, default_region: str) -> Reading:
    """Read a phone number as publishers and phone systems spell it.

    With a plus, also one written as 00 or as the region's international prefix, it is read as the
    numbering plan has it; where that finds none, without a country code that stands there twice,
    or in `default_region`, or else it is taken at its word. Without, it must be possible in
    `default_region`, or else with a plus before it. What was read reads as itself.

    Raises InvalidCallerNumber for what is no number, could be two, or is what phone networks send
    for a caller who withholds it; its message does not repeat the number.
    """
    match = _USUAL.fullmatch(text)
    if match and not is_withheld(match[2]) and (match[1] == "+1" or _is_usual(default_region)):
        return Reading(f"+1{match[2]}")
    from shared.domain import spelled_numbers

    return spelled_numbers.read(text, default_region)


def is_withheld(digits: str) -> bool:
    """Whether digits are those that stand for a withheld number, perhaps after a country code 1.

    Everybody who withholds a number would share them.
    """
    return any(
        each in WITHHELD or _repeats_one_digit(each) for each in (digits, digits.removeprefix("1"))
    )


def mask(number: str) -> str:
    """A number as it may stand in a log line: enough to compare by eye, too little to call."""
    return f"{number[:-7]}***{number[-4:]}" if len(number) > SHORTEST else "***"


def _repeats_one_digit(digits: str) -> bool:
    # A short one may be an extension or a slip; zeros are nobody's however many there are.
    return len(set(digits)) == 1 and (len(digits) >= SHORTEST - 1 or digits[0] == "0")


def _is_usual(region: str) -> bool:
    return region in _NORTH_AMERICAN
