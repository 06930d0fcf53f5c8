"""Removes text around the digits of a phone number: words, thousands separators, HTML entities.

Imported only for a number that has such text.
"""

import re
import unicodedata

from shared.domain.e164 import EXAMPLE, MIN_DIGITS
from shared.domain.errors import InvalidCallerNumber
from shared.domain.spelled_digits import (
    EXTENSION,
    EXTENSION_WORDS,
    WITHHELD,
    has_extension,
    is_withheld_word,
)

ENTITY = "has an HTML entity or an escape sequence, which was decoded; send plain text"
THOUSANDS = "has thousands separators, which were left out; send its digits as text"
BESIDE = "has other text beside the number, which was ignored; send only the number"
UNKNOWN = 'has "{}" beside the number, which was ignored; send only the number'
SEPARATORS = "has unusual characters between its digits, which were left out; send only digits"
TWICE_SENT = "was sent more than once, and was read once; send it once"
TWO_NUMBERS = f"has more than one number; send one, such as {EXAMPLE}"
_ANOTHER = (
    "says that its digits are not the caller's own number; send the caller's number without text"
)
_DIGITS_IN_WORDS = f"has digits in words; send digits only, such as {EXAMPLE}"
_ANOTHER_COUNTRY = "names a country; send the number as + followed by country code and number"

# Compiled when first used, as most spellings need none of them.
_PLUS = r"(?i)&(?:amp;)*(?:#0*43|#x0*2b|plus|add);?|\\u002b|\\x2b"
_SPACE = r"(?i)&(?:amp;)*(?:#0*(?:32|160)|#x0*(?:20|a0)|nbsp);?"
_THOUSANDS = (
    r"([+ ]*[0-9]{1,3}(?:([,\u066c\uff0c_])[0-9]{3})(?:\2[0-9]{3})+)(?:\.0+)?"
    # India's groups of two, and Europe's dots with a comma before the decimals.
    r"|([+ ]*[0-9]{1,2}(?:,[0-9]{2}){2,}?,[0-9]{3})(?:\.0+)?"
    r"|([+ ]*[0-9]{1,3}(?:\.[0-9]{3}){2,}),0+"
    r"|([+ ]*(?:1,)?[2-9][0-9]{2},[0-9]{3},[0-9]{4})"
)
_BETWEEN = r"\s*(?:,|;(?![^;,]*=|npdi\b|enumdi\b)|[/|\n]|&)\s*"
_WORDS_BETWEEN = r"(?<=[0-9)\]])[^\w+]{1,9}[^\W\d_][^0-9+(]*"
"""Words between two numbers: 202-555-0142 or 202-555-0143, (cell), then."""
_IN_ADDRESS = frozenset("@;=<>%\\")
_EXTENSION = rf"(?i)[\s,;.-]*[(\[]?\s*(?:;ext=|{EXTENSION_WORDS}|x)[.:= -]*#?[\s)\].:-]*"
_IN_PARENTHESES = r"\([^()]*\)|\[[^\[\]]*\]"
_NAME = r"[^\W\d_][^\W\d]*\s*=\s*"
"""A parameter with its name, as in a link: tel=."""
_UNUSUAL_SEPARATOR = (
    r"(?<=[0-9)\]])\s*[_\u00b7\u2022\u2027\u2043\u2219\u22c5\u25aa\u25cf\u30fb\u00a6]"
    r"\s*(?=[0-9(\[])"
)
_MAX_SHOWN = 40
"""Maximum characters of the words that a warning repeats."""
_VANITY_JOINED = r"[-.][A-Z]{2,}"
_VANITY = r"[ ][A-Z]{2,10}"
_FREEPHONE = r"(?:800|900|1300)"

_PUNCTUATION = frozenset(" .,:;-()[]/|'\u2019\u00b7\u2022\uff1a\uff0c\uff1b\u3001\u3010\u3011")
_SYMBOLS = frozenset("\u260e\u260f\u2706\U0001f4de\U0001f4f1\U0001f4f2\u2116\u00ba\u00aa\ufe0f")
_COUNTRIES = frozenset((
    "AU", "BR", "CN", "DE", "ES", "FR", "GB", "IN", "IT", "JP", "MX", "NZ", "UK", "australia",
    "brazil", "china", "deutschland", "england", "france", "germany", "india", "ireland", "italy",
    "japan", "mexico", "spain",
))  # fmt: skip


def decoded(text: str, repairs: list[str]) -> str:
    """Decode HTML entities, also without their semicolon or escaped twice, and an escaped plus."""
    import html

    plain = re.sub(_SPACE, " ", re.sub(_PLUS, "+", text))
    plain = html.unescape(html.unescape(plain))
    if plain != text:
        repairs.append(ENTITY)
    return plain


def without_thousands(text: str, repairs: list[str]) -> str:
    """Remove the separators of 15,551,230,142, and decimals that are zero."""
    match = re.fullmatch(_THOUSANDS, text)
    if match is None:
        return text
    repairs.append(THOUSANDS)
    return re.sub(r"[^0-9+]", "", next(filter(None, match.group(1, 3, 4, 5))))


def with_spaces(text: str, repairs: list[str]) -> str:
    """Replace unusual separators between the digits, such as _ and dots in the middle."""
    spaced = re.sub(_UNUSUAL_SEPARATOR, " ", text)
    if spaced != text:
        repairs.append(SEPARATORS)
    return spaced


def numbers_in(text: str) -> list[str]:
    """Return the parts of a list that can each be a number; an empty list for a single number."""
    parts = [
        part
        for listed in re.split(_BETWEEN, text)
        for part in _between_words(listed)
        if _count(part) >= MIN_DIGITS - 1
    ]
    return parts if len(parts) > 1 else []


def _between_words(text: str) -> list[str]:
    """Divide text at the words between two numbers, except a word for an extension."""
    parts = re.split(_WORDS_BETWEEN, text)
    is_divided = sum(_count(part) >= MIN_DIGITS - 1 for part in parts) > 1
    if not is_divided or has_extension(text) or not _IN_ADDRESS.isdisjoint(text):
        return [text]
    return parts


def without_words(text: str, repairs: list[str]) -> str:
    """Remove the words before and after a number: (cell), Mobile:, (Jo Doe), and a word for an
    extension that is not there. Text with other characters is returned unchanged.

    Raises InvalidCallerNumber if the words say that the digits are not the caller's number.
    """
    start, end = _span(text)
    before, number, after = text[:start], text[start:end], text[end:]
    if re.fullmatch(_NAME, before):
        before = before.replace("=", ":").replace("_", " ")
    if re.fullmatch(_EXTENSION, after):
        after = ""
        repairs.append(EXTENSION)
    if not (_has_words_only(before) and _has_words_only(after)):
        return text
    if after[:1].isalpha() or (before[-1:].isalpha() and number[0].isdigit()):
        return text
    if re.match(_VANITY_JOINED, after) or (
        re.fullmatch(_VANITY, after) and re.search(_FREEPHONE, number[:8])
    ):
        return text
    if before or after:
        repairs.append(_judge(before, after, has_plus="+" in number))
    plus = "+" if re.search(r"(?i)\bplus[ :]*$", before) else ""
    return plus + number


def _judge(before: str, after: str, *, has_plus: bool) -> str:
    """Return the warning for the words beside a number."""
    from shared.domain import number_labels

    if is_withheld_word(f"{before} {after}"):
        raise InvalidCallerNumber(WITHHELD)
    if number_labels.names_another_number(before, after):
        raise InvalidCallerNumber(_ANOTHER)
    sent = {*number_labels.words(f"{before} {after}")}
    if not has_plus and (sent | {*map(str.casefold, sent)}) & _COUNTRIES:
        raise InvalidCallerNumber(_ANOTHER_COUNTRY)
    # A name in parentheses is usual.
    outside = re.sub(_IN_PARENTHESES, " ", f"{before} {after}")
    if number_labels.has_digit_word(outside):
        raise InvalidCallerNumber(_DIGITS_IN_WORDS)
    unknown = number_labels.unknown_words(outside)
    return UNKNOWN.format(" ".join(unknown)[:_MAX_SHOWN]) if unknown else BESIDE


def _span(text: str) -> tuple[int, int]:
    """Return where the number starts, with its plus and brackets, and where its digits end."""
    digits = [index for index, character in enumerate(text) if character.isdigit()]
    start, end = digits[0], digits[-1] + 1
    while start and text[start - 1] in "+( [~":
        start -= 1
    # A bracket that closes after the number belongs to it: [+1] 555 123 0142, (555 123 0142).
    while end < len(text) and text[end] in ")]" and _is_open(text[start:end]):
        end += 1
    return start, end


def _is_open(text: str) -> bool:
    return text.count("(") > text.count(")") or text.count("[") > text.count("]")


def _has_words_only(text: str) -> bool:
    has_letters = any(map(str.isalpha, text))
    return all(_is_word_character(c, has_letters=has_letters) for c in text) and (
        "&" not in text or " & " in text
    )


def _is_word_character(character: str, *, has_letters: bool) -> bool:
    if character in _PUNCTUATION or character in _SYMBOLS:
        return True
    if "\U0001f1e6" <= character <= "\U0001f1ff":  # a flag
        return True
    if has_letters and character in "#&":
        return True
    return unicodedata.category(character)[0] in "LM"


def _count(text: str) -> int:
    return sum(map(str.isdigit, text))
