"""Values that a template was to fill in and did not, such as {{zip}}. Pure."""

import re
from functools import cache

_WORDS = frozenset(("undefined", "null", "NaN", "[object Object]"))
"""What JavaScript makes of a value that is not there, in its own letters: Null is a name."""

_FIRST = frozenset("-{[<#%$*_@")
"""What a placeholder begins with; most values are not looked at further."""

_NAME = r"[A-Za-z_][\w .:|!?'\"()/-]{0,99}"


@cache
def _whole() -> re.Pattern[str]:
    # Of templates as they are known: Facebook and LeadsPedia, Handlebars and Liquid, JavaScript,
    # Salesforce, ERB and ASP, Mailchimp, Windows and batch mailers.
    forms = (
        rf"--[A-Z]--{_NAME}--[A-Z]--",
        rf"[$#%!]?\{{{{?\{{?[\s!%#@&/=-]*{_NAME}[\s%-]{{0,3}}\}}?\}}?\}}",
        rf"\[{{1,2}}\s*[$%@#*]?{_NAME}\s*[%*]?\]{{1,2}}",
        rf"<{{1,2}}%?=?\s*{_NAME}\s*%?>{{1,2}}",
        rf"(?P<mark>##?|%%?|\$\$?|@@?|__)={{0,1}}{_NAME}(?P=mark)",
        rf"\*\|{_NAME}\|\*",
    )
    return re.compile("|".join(forms))


def is_unfilled(value: str) -> bool:
    """Whether the whole value is a placeholder that was not filled in."""
    value = value.strip()
    if value in _WORDS:
        return True
    return value[:1] in _FIRST and len(value) <= 128 and _whole().fullmatch(value) is not None


def has_unfilled(text: str) -> bool:
    """Whether a placeholder that was not filled in is all, or a part, of the text."""
    if is_unfilled(text):
        return True
    if _FIRST.isdisjoint(text) or len(text) > 256:
        return False
    return any(match[0] for match in _whole().finditer(text))
