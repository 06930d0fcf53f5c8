"""Divides text into the numbers that it has: lists, HTML, formulas, and a number as display name of
another one. Imported only for such text."""

import re
from collections.abc import Callable

from shared.domain import spelled_words
from shared.domain.e164 import MIN_DIGITS, Reading
from shared.domain.errors import InvalidCallerNumber

HTML = "has HTML around the number, which was left out; send only the number"
FORMULA = "is a spreadsheet formula, which was read as its text; send only the number"

_TAG = r"(?i)</?(?:a|b|p|i|u|em|strong|span|div|font|li|td|br)(?:\s[^<>]*)?/?>"
_ESCAPED_TAG = r"(?i)&(?:amp;)*(?:lt|#0*60|#x0*3c);"
_LINK = r"(?i)<a\s[^<>]*?\bhref\s*=\s*[\"']?((?:tel|sms|sip|callto|whatsapp):[^\"'<>\s]+)"
_NAMED = r"([^<>]*)<([^<>]*)>[^<>]*"
_FORMULA = (
    r"=(?:(?:T|TEXT|VALUE|TRIM|CLEAN|CONCAT|CONCATENATE)?\()?([\"']?)([+0-9() ./-]+)\1"
    r"(?:[,;] ?\"[^\"]*\")?\)?"
)
_QUOTED = r"=\s*([\"'])[^\"']*\1"
"""A formula that only makes a spreadsheet keep text as it is."""


def read(text: str, read_one: Callable[[str], Reading]) -> Reading:
    """Read text that may have several numbers. Raises InvalidCallerNumber for different ones."""
    if re.search(_ESCAPED_TAG, text):
        decoded: list[str] = []
        text = spelled_words.decoded(text, decoded)
        reading = read(text, read_one)
        return Reading(reading.number, tuple(dict.fromkeys((*decoded, *reading.repairs))))
    if re.search(_TAG, text) and _count(text) >= MIN_DIGITS - 1:
        links = re.findall(_LINK, text)
        return _same([*links, re.sub(_TAG, " ", text)], HTML, read_one)
    if (match := re.fullmatch(_FORMULA, text)) and not re.fullmatch(_QUOTED, text):
        return _same([match[2]], FORMULA, read_one)
    if (match := re.fullmatch(_NAMED, text)) and min(map(_count, match.groups())) >= MIN_DIGITS - 1:
        return _same([f"<{match[2]}>", match[1]], None, read_one)
    parts = spelled_words.numbers_in(text)
    if not parts:
        return read_one(text)
    readings = [read_one(part) for part in dict.fromkeys(map(str.strip, parts))]
    return _one(readings, spelled_words.TWICE_SENT)


def _same(parts: list[str], repair: str | None, read_one: Callable[[str], Reading]) -> Reading:
    """Return the first number, if the others are the same or cannot be read."""
    whole = [part for part in parts if _count(part) >= MIN_DIGITS - 1]
    first, *others = whole or parts[:1]
    readings = [read_one(first)]
    unread = 0
    for other in others:
        try:
            readings.append(read_one(other))
        except InvalidCallerNumber:
            unread += 1
    return _one(readings, repair or (spelled_words.BESIDE if unread else None))


def _one(readings: list[Reading], repair: str | None) -> Reading:
    if len({reading.number for reading in readings}) > 1:
        raise InvalidCallerNumber(spelled_words.TWO_NUMBERS)
    repairs = [each for reading in readings for each in reading.repairs]
    if repair:
        repairs.insert(0, repair)
    return Reading(readings[0].number, tuple(dict.fromkeys(repairs)))


def _count(text: str) -> int:
    return sum(map(str.isdigit, text))
