"""Unfilled placeholders: values that a template failed to fill in, such as {{zip}}. Pure."""

import re
from functools import cache

_WORDS = frozenset(("undefined", "null", "NaN", "[object Object]"))
"""Missing values as JavaScript writes them, in exactly this case: Null is a last name."""

_FIRST = frozenset("-{[<#%$*_@")
"""Characters that a placeholder starts with; most values need no further check."""

_NAME = r"[A-Za-z_][\w .:|!?'\"()/-]{0,99}"


@cache
def _whole() -> re.Pattern[str]:
    # Templates of Facebook and LeadsPedia, Handlebars and Liquid, JavaScript, Salesforce, ERB and
    # ASP, Mailchimp, Windows and batch mailers.
    forms = (
        rf"--[A-Z]--{_NAME}--[A-Z]--",
        rf"[$#%!]?\{{{{?\{{?[\s!%#@&/=-]*{_NAME}[\s%-]{{0,3}}\}}?\}}?\}}",
        rf"\[{{1,2}}\s*[$%@#*]?{_NAME}\s*[%*]?\]{{1,2}}",
        rf"<{{1,2}}%?=?\s*{_NAME}\s*%?>{{1,2}}",
        rf"(?P<mark>##?|%%?|\$\$?|@@?|__)=?{_NAME}(?P=mark)",
        rf"\*\|{_NAME}\|\*",
    )
    return re.compile("|".join(forms))


def is_unfilled(value: str) -> bool:
    """Whether the whole value is an unfilled placeholder."""
    value = value.strip()
    if value in _WORDS:
        return True
    return value[:1] in _FIRST and len(value) <= 128 and _whole().fullmatch(value) is not None


def has_unfilled(text: str) -> bool:
    """Whether the text is, or contains, an unfilled placeholder."""
    if is_unfilled(text):
        return True
    if _FIRST.isdisjoint(text) or len(text) > 256:
        return False
    return _whole().search(text) is not None
