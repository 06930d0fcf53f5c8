"""Phone numbers as people read them: in national form. Pure."""

import re

from shared.domain import numbering_plans

_NORTH_AMERICAN = re.compile(r"\+1([2-9]\d{2})(\d{3})(\d{4})")
_WITH_REGION = re.compile(r"([A-Z]{2}) ([\d ().-]+)")
_NOT_IN_A_PATH = re.compile(r"[\s/\\?#\x00-\x1f\x7f]+")
MASK = "•••"
"""What the operator API writes instead of digits that a viewer may not see."""


def to_national(number: str) -> str:
    """Return a number in national form, with its region in front unless it is North American.

    A number that fits no numbering plan is returned unchanged.
    """
    match = _NORTH_AMERICAN.fullmatch(number)
    if match:
        return f"({match[1]}) {match[2]}-{match[3]}"
    return numbering_plans.in_national_form(number) or number


def from_national(text: str) -> str:
    """Return the E.164 form of a number as `to_national` writes it; other text is unchanged."""
    match = _WITH_REGION.fullmatch(text.strip())
    digits = re.sub(r"\D", "", match[2]) if match else ""
    return (match and numbering_plans.national(digits, match[1])) or text


def in_path(text: str) -> str:
    """Return a number as a segment of a path, in the form that `from_national` returns.

    Slashes and line breaks become spaces, since no gateway lets them through.
    """
    return _NOT_IN_A_PATH.sub(" ", from_national(text)).strip(" .") or "-"


def is_masked(text: str) -> bool:
    """Whether the operator API has hidden a part of the text."""
    return MASK in text
