"""Phone numbers as people read them: in national form, or masked for viewers. Pure."""

import re

from shared.domain import numbering_plans

_NORTH_AMERICAN = re.compile(r"\+1([2-9]\d{2})(\d{3})(\d{4})")
_E164 = re.compile(r"\+\d{8,15}")
_WITH_REGION = re.compile(r"([A-Z]{2}) ([\d ().-]+)")
_SEPARATORS = r"[\s().+/-]*"


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


def mask(number: str) -> str:
    """Hide all but the last four digits."""
    return f"••• {number[-4:]}"


def mask_text(text: str, number: str | None = None) -> str:
    """Mask every E.164 number in a text, and `number` in any spelling."""
    masked = _E164.sub(lambda match: mask(match[0]), text)
    if number and len(number) > 4:
        digits = number.lstrip("+")
        code = numbering_plans.country_code_of(digits)
        national = _SEPARATORS.join(digits[len(code) :])
        prefix = rf"(?:(?:\+|00|011)?{_SEPARATORS.join(code)}{_SEPARATORS})?"
        trunk = rf"(?:\(?0\)?{_SEPARATORS})?"
        masked = re.sub(rf"{prefix}{trunk}\(?{national}", mask(number), masked)
    return masked
