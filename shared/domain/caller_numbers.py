"""Reads phone numbers as E.164.

Numbers in the usual spelling are read here. `spelled_numbers`, which reads the others, is imported
when the first of them arrives: no cold start waits for numbering plans that it may never need.
"""

import re

from shared.domain.e164 import NORTH_AMERICAN, Reading, is_withheld
from shared.domain.errors import InvalidCallerNumber, InvalidInput, Problem

_USUAL = re.compile(r"(\+?1)?([2-9][0-9]{9})")


def is_region(code: str) -> bool:
    """Whether `code` is an ISO 3166-1 region with a numbering plan, such as "US"."""
    from shared.domain import numbering_plans

    return numbering_plans.is_region(code)


def country_code(region: str) -> int:
    """Return the region's country code: 1 for "US", 0 for an unknown region."""
    from shared.domain import numbering_plans

    return numbering_plans.country_code(region)


def normalize(text: str, default_region: str) -> str:
    """Return a phone number in E.164. Raises InvalidCallerNumber, as `read` does."""
    return read(text, default_region).number


def look_up(text: str, default_region: str) -> tuple[str, ...]:
    """Return the numbers under which a caller's data may be stored, today's reading first.

    Earlier releases may have stored a number in E.164 that is read differently today, or refused:
    text in E.164 is also looked up as it is. Raises InvalidInput for other text that is not read.
    """
    is_written = re.fullmatch(r"\+[0-9]{8,15}", text) is not None
    try:
        number = normalize(text, default_region)
    except InvalidCallerNumber as error:
        if is_written:
            return (text,)
        raise InvalidInput(Problem("caller_number", str(error))) from error
    return (number, text) if is_written and text != number else (number,)


def read(text: str, default_region: str) -> Reading:
    """Read a phone number as publishers and phone systems spell it.

    A number with a plus, or with 00 or the region's international prefix in its place, is read by
    its numbering plan. If it is not in the plan, it is read without a repeated country code, or as
    a number of `default_region`, or else as it is. A number without a plus must be possible in
    `default_region`, or with a plus before it. Reading a result again returns the same number.

    Raises InvalidCallerNumber for text that is not a number, could be two numbers, or is what phone
    networks send for a withheld number. The message does not repeat the number.
    """
    match = _USUAL.fullmatch(text)
    is_usual = match and (match[1] == "+1" or default_region in NORTH_AMERICAN)
    if match and is_usual and not is_withheld(match[2]):
        return Reading(f"+1{match[2]}")
    from shared.domain import spelled_numbers

    return spelled_numbers.read(text, default_region)
