"""Phone numbers as people read them, whole or masked for those who may not see them. Pure."""

import re

from shared.domain import numbering_plans

_NORTH_AMERICAN = re.compile(r"\+1([2-9]\d{2})(\d{3})(\d{4})")
_E164 = re.compile(r"\+\d{8,15}")
_AS_SHOWN = re.compile(r"([A-Z]{2}) ([\d ().-]+)")
_BETWEEN = r"[\s().+/-]*"


def show(number: str) -> str:
    """In national form, behind its region's letters if that is not North America; a number that is
    in no plan as it stands."""
    match = _NORTH_AMERICAN.fullmatch(number)
    if match:
        return f"({match[1]}) {match[2]}-{match[3]}"
    return numbering_plans.in_national_form(number) or number


def typed(text: str) -> str:
    """What was typed, or pasted as `show` writes it, in a form that says its country by itself."""
    match = _AS_SHOWN.fullmatch(text.strip())
    digits = re.sub(r"\D", "", match[2]) if match else ""
    return (match and numbering_plans.national(digits, match[1])) or text


def mask(number: str) -> str:
    """All but the last four digits hidden."""
    return f"••• {number[-4:]}"


def mask_within(text: str, number: str | None = None) -> str:
    """Text with every number in E.164 masked, and `number` however it is spelled there."""
    masked = _E164.sub(lambda match: mask(match[0]), text)
    if number and len(number) > 4:
        digits = number.lstrip("+")
        code = numbering_plans.country_code_of(digits)
        spelled = _BETWEEN.join(digits[len(code) :])
        abroad = rf"(?:(?:\+|00|011)?{_BETWEEN.join(code)}{_BETWEEN})?"
        trunk = rf"(?:\(?0\)?{_BETWEEN})?"
        masked = re.sub(rf"{abroad}{trunk}\(?{spelled}", mask(number), masked)
    return masked
