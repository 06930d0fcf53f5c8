"""Text to E.164, or a refusal with the reason.

The usual number is read here. What other spellings take, `spelled_numbers`, is loaded when the
first of them comes: no function is to wait for numbering plans that it may never need.
"""

import re

from shared.domain.e164 import MIN_DIGITS, NORTH_AMERICAN, Reading, is_withheld

_USUAL = re.compile(r"(\+?1)?([2-9][0-9]{9})")


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
    is_usual = match and (match[1] == "+1" or default_region in NORTH_AMERICAN)
    if match and is_usual and not is_withheld(match[2]):
        return Reading(f"+1{match[2]}")
    from shared.domain import spelled_numbers

    return spelled_numbers.read(text, default_region)


def mask(number: str) -> str:
    """A number as it may stand in a log line: enough to compare by eye, too little to call."""
    return f"{number[:-7]}***{number[-4:]}" if len(number) > MIN_DIGITS else "***"
