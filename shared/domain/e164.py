"""Phone numbers in E.164. Pure; uses no library and no numbering plan."""

from dataclasses import dataclass

MIN_DIGITS = 8
MAX_DIGITS = 15
"""Digits of a number with its country code. E.164 allows 15 (ITU-T E.164, 6.2.1)."""

EXAMPLE = "+12025550123"
"""Reserved for fiction by the North American plan: no call ever comes from it."""

WITHHELD = frozenset(("266696687", "7378742833", "86282452253", "2562533", "8656696"))
"""ANONYMOUS, RESTRICTED, UNAVAILABLE, BLOCKED and UNKNOWN on a keypad: phone networks send these
digits for withheld numbers."""

DOCUMENTED = frozenset(("+10123456789", "+3569878933094"))
"""Examples in the documentation of the platforms' vendor, which no numbering plan allows."""

NORTH_AMERICAN = frozenset(("US", "CA"))
"""Regions whose rules are in this code, without a library: most numbers are theirs."""

_TWO_DIGIT_CODES = (
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 "
    "65 66 81 82 84 86 90 91 92 93 94 95 98"
)
"""Country codes of two digits. 1 and 7 have one, and all others three."""
_MIN_HIDDEN = 5
"""Minimum digits that a masked number hides."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A number in E.164, with a message for each repair made in reading it."""

    number: str
    repairs: tuple[str, ...] = ()


def is_withheld(digits: str) -> bool:
    """Whether the digits stand for a withheld number, with or without the country code 1.

    All callers who withhold their number would share these digits.
    """
    return any(
        each in WITHHELD or _repeats_one_digit(each) for each in (digits, digits.removeprefix("1"))
    )


def _repeats_one_digit(digits: str) -> bool:
    # A short run may be an extension or a typo; a number of zeros only does not exist.
    return len(set(digits)) == 1 and (len(digits) >= MIN_DIGITS - 1 or digits[0] == "0")


def mask(number: str) -> str:
    """Return a number as log lines show it: the country code, after a plus, and the last two
    digits. A number too short to hide enough of it keeps fewer."""
    digits = number.removeprefix("+")
    code = _country_code(digits) if len(digits) < len(number) else ""
    if len(digits) - len(code) >= _MIN_HIDDEN + 2:
        return f"+{code}***{digits[-2:]}" if code else f"***{digits[-2:]}"
    return f"+{code}***" if len(digits) - len(code) >= _MIN_HIDDEN and code else "***"


def _country_code(digits: str) -> str:
    """Return the country code that international digits begin with, by its length alone."""
    if digits[:1] in ("1", "7"):
        return digits[:1]
    return digits[:2] if digits[:2] in _TWO_DIGIT_CODES.split() else digits[:3]
