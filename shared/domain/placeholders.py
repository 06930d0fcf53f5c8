"""Unfilled placeholders: values that a template failed to fill in, such as {{zip}}. Pure."""

import re
from functools import cache

_WORDS = frozenset(
    (
        "undefined", "null", "NaN", "[object Object]", "nil", "N/A", "n/a",
        "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#DIV/0!", "#ERROR!", "#SPILL!",
        "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA",
    )
)  # fmt: skip
"""Missing values as programs and spreadsheets write them, in exactly this case: Null is a last
name, Nil a first name. None is not one of them: in a form it is an answer, such as no insurer."""

_FIRST_OF_WORDS = frozenset("unN#(")

_IN_PARENTHESES = frozenset(
    (
        "null", "nil", "none", "undefined", "nan", "n/a", "not set", "not provided", "unset",
        "not available", "unavailable", "empty", "blank", "missing", "no value",
    )
)  # fmt: skip
"""Words that, in parentheses and in any case, say that there is no value."""

_FIRST = frozenset("-{[<#%$*_@~|!\u00ab")
"""Characters that a placeholder starts with; most values need no further check."""

_LAST = frozenset("-}])>%~#|$_@*\u00bb")
"""Characters that a placeholder ends with."""

_MAX_LENGTH = 500

_NAME = r"[A-Za-z_][\w .:|!?'\"()/-]{0,99}"

_HTML = "a|abbr|b|big|br|center|code|div|em|font|h[1-6]|hr|i|img|li|ol|p|pre|s|small|span|strong"
_HTML_TAG = rf"(?i)<(?:{_HTML}|sub|sup|table|td|tr|tt|u|ul)\b[^<>]*>"


@cache
def _named() -> re.Pattern[str]:
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


@cache
def _one() -> re.Pattern[str]:
    """A template expression, whatever is inside. Each form excludes the characters that end it, so
    that matching takes linear time."""
    forms = (
        r"\{\{\{?[^{}]*(?:\{[^{}]*\}[^{}]*)*\}?\}\}",
        r"[$#%!@]?\{[^{}]+\}",
        r"\$\([^()]+\)",
        r"\[[^\[\]]+\]",
        r"\[\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]\]",
        r"<%[^%]*(?:%(?!>)[^%]*)*%>",
        r"<\?[^?]*(?:\?(?!>)[^?]*)*\?>",
        rf"<{_NAME}>",
        r"<<[^<>]+>>",
        r"\u00ab[^\u00ab\u00bb]+\u00bb",
        # Marks that are the same on both sides also occur in text: ~5, #1, 50%, -- or --.
        *(
            rf"{mark}{{1,2}}(?![\s{mark}])[^{mark}]*(?<![\s{mark}]){mark}{{1,2}}"
            for mark in ("%", "~", "#", r"\|")
        ),
        r"--(?![\s-])[^-]*(?:-(?!-)[^-]*)*(?<![\s-])--",
        r"\*\|[^|]+\|\*",
        r"\|\*[^*]+\*\|",
    )
    return re.compile("|".join(forms))


@cache
def _several() -> re.Pattern[str]:
    one = _one().pattern
    return re.compile(rf"(?:{one})(?:[\s,;/-]*(?:{one}))*")


def is_unfilled(value: str) -> bool:
    """Whether the whole value is an unfilled placeholder, or several.

    JSON is data, even {} and [1], and so are a GUID in braces and a tag of HTML, also beside a
    placeholder.
    """
    value = value.strip()
    if value in _WORDS:
        return True
    if value[:1] not in _FIRST or value[-1] not in _LAST or len(value) > _MAX_LENGTH:
        return value[:1] in _FIRST_OF_WORDS and _has_words_only(value)
    if _named().fullmatch(value) is None and _several().fullmatch(value) is None:
        return False
    return not any(map(_is_data, (value, *_one().findall(value))))


def _has_words_only(value: str) -> bool:
    """Whether the value consists of words for missing values, such as a first and a last name."""
    if value[0] == "(":
        inner = value[1:-1].casefold().replace("_", " ").replace("-", " ")
        return value[-1] == ")" and inner.strip() in _IN_PARENTHESES
    return _WORDS.issuperset(value.replace(",", " ").split())


def has_unfilled(text: str) -> bool:
    """Whether the text is, or contains, an unfilled placeholder."""
    if is_unfilled(text):
        return True
    if _FIRST.isdisjoint(text) or len(text) > 256:
        return False
    return _named().search(text) is not None


_GUID = r"\{[0-9A-Fa-f]{8}(?:-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}\}"
_QUOTED = r"[\[{]\s*(?:'[^']*'|\"[^\"]*\")\s*[:,]"
"""A list or an object as Python and JavaScript print it, with quotes around the first member."""


_MAY_BE_JSON = r"\{\s*[\"}]|\[\s*[\"\[{\]\dtfn-]"


def _is_data(value: str) -> bool:
    if value[0] == "<":
        return re.fullmatch(_HTML_TAG, value) is not None
    if value[0] not in "[{":
        return False
    if re.fullmatch(_GUID, value) or re.match(_QUOTED, value):
        return True
    if re.match(_MAY_BE_JSON, value) is None:
        return False
    import json

    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True
