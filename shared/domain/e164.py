"""What a phone number is in E.164, whoever spelled it. Pure; knows no library and no plan."""

from dataclasses import dataclass

MIN_DIGITS = 8
MAX_DIGITS = 15
"""Digits of a number with a plus. E.164 allows 15 (ITU-T E.164, 6.2.1)."""

EXAMPLE = "+12025550123"
"""Kept for fiction by the North American plan: no call will ever come from it."""

WITHHELD = frozenset(("266696687", "7378742833", "86282452253", "2562533", "8656696"))
"""ANONYMOUS, RESTRICTED, UNAVAILABLE, BLOCKED and UNKNOWN on a keypad: phone networks send them in
place of a number that is withheld."""

NORTH_AMERICAN = frozenset(("US", "CA"))
"""Regions whose few rules are known without a library, as most numbers are theirs."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A number in E.164, and a sentence for each thing that was repaired in reading it."""

    number: str
    repairs: tuple[str, ...] = ()


def is_withheld(digits: str) -> bool:
    """Whether digits are those that stand for a withheld number, perhaps after a country code 1.

    Everybody who withholds a number would share them.
    """
    return any(
        each in WITHHELD or _repeats_one_digit(each) for each in (digits, digits.removeprefix("1"))
    )


def _repeats_one_digit(digits: str) -> bool:
    # A short one may be an extension or a slip; zeros are nobody's however many there are.
    return len(set(digits)) == 1 and (len(digits) >= MIN_DIGITS - 1 or digits[0] == "0")
