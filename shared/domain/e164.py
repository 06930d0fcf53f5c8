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
