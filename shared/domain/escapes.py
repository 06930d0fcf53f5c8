"""Reads text as browsers and programs would show it: without HTML, escapes and unusual digits.

Pure, in linear time. The copies are only searched for numbers, and never shown.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

MAX_LAYERS = 8
"""Maximum encodings around a text, one in another, that are read."""

_MARKUP = re.compile(r"<[^<>]*>")
_CHARACTERS = re.compile(
    r"\\U([H]{8})|[\\%]u([H]{4})|\\[ux]\{([H]{1,8})\}|[uU]\+([H]{4,6})|\\([H]{4,6})"
    r"|0[xX]([H]{4,6})|&#[xX]0*([H]{1,6});?".replace("H", "0-9a-fA-F")
)
"""Characters written as their code in hexadecimal."""
_DECIMAL = re.compile(r"&#0*([0-9]{1,7});?")
_BYTES = re.compile(r"(?:\\x|=|0[xX]|%)(?=[0-9a-fA-F]{2})")
"""What is written before the two hexadecimal digits of a byte."""
_BACKSLASHES = re.compile(r"\\{2,}")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LARGEST = 0x10FFFF
_MAX_NUMERAL = 99

_NEWER_DIGITS = (
    0x10D40, 0x116D0, 0x116DA, 0x11BF0, 0x11DE0, 0x11F50, 0x16D70, 0x1CCF0, 0x1E4F0, 0x1E5F1,
    0xE0030,
)  # fmt: skip
"""Zeros of the digits that Unicode got after Python 3.11, and of the tag characters."""


class UnreadableText(ValueError):
    """A text is encoded too many times, or has a code that no decoder reads."""


def readings(text: str) -> Iterator[str]:
    """Yield the text as it can be read, layer by layer, with and without its HTML tags.

    Raises UnreadableText after MAX_LAYERS.
    """
    has_tags = "<" in text
    for each in _layers(text, without_tags=False):
        has_tags = has_tags or "<" in each
        yield each
    if has_tags:
        yield from _layers(text, without_tags=True)


def _layers(text: str, *, without_tags: bool) -> Iterator[str]:
    for _ in range(MAX_LAYERS):
        bare = _MARKUP.sub("", text) if without_tags else text
        if bare != text:
            yield bare
        decoded = _decoded(bare)
        if decoded == text:
            return
        yield decoded
        text = decoded
    raise UnreadableText


def _decoded(text: str) -> str:
    """Return the text with one layer of each encoding removed."""
    text = _BACKSLASHES.sub(r"\\", text)
    text = _DECIMAL.sub(lambda match: _character(int(match[1])), text)
    text = _CHARACTERS.sub(lambda match: _character(int(match[match.lastindex or 0], 16)), text)
    text = unquote(_BYTES.sub("%", text), errors="replace")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    try:
        text = html.unescape(text)
    except ValueError as error:  # a code of more digits than Python converts
        raise UnreadableText from error
    return _NOT_ASCII.sub(lambda match: _plain(match[0]), text)


def _character(code: int) -> str:
    return chr(code) if code <= _LARGEST else " "


@lru_cache(maxsize=2048)
def _plain(character: str) -> str:
    """Return a digit or a sign in ASCII; other characters as they are."""
    code = ord(character)
    for zero in _NEWER_DIGITS:
        if zero <= code <= zero + 9:
            return str(code - zero)
    value = unicodedata.numeric(character, -1)
    if value == int(value) and 0 <= value <= _MAX_NUMERAL:
        return str(int(value))
    normal = unicodedata.normalize("NFKC", character)
    return normal if normal[:1].isascii() and not normal.isspace() else character
