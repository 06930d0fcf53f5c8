"""Phone numbers as people read them, whole or masked for those who may not see them. Pure."""

import re

_NORTH_AMERICAN = re.compile(r"\+1([2-9]\d{2})(\d{3})(\d{4})")
_E164 = re.compile(r"\+\d{8,15}")


def show(number: str) -> str:
    """In national form where that is known without a numbering plan; else as it stands."""
    match = _NORTH_AMERICAN.fullmatch(number)
    return f"({match[1]}) {match[2]}-{match[3]}" if match else number


def mask(number: str) -> str:
    """All but the last four digits hidden."""
    return f"••• {number[-4:]}"


def mask_within(text: str, number: str | None = None) -> str:
    """Text with every number in E.164 masked, and `number` however it is spelled there."""
    masked = _E164.sub(lambda match: mask(match[0]), text)
    if number and len(number) > 4:
        digits = re.escape(number.lstrip("+")[-10:])
        spelled = r"[\s().+-]*".join(re.findall(r"\\?.", digits))
        masked = re.sub(rf"\+?1?[\s().-]*{spelled}", mask(number), masked)
    return masked
