"""Types of planned tags: the canonical form of a value, or why there is none. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from shared.domain import caller_numbers, states, tag_dates
from shared.domain.errors import InvalidCallerNumber


class TagType(StrEnum):
    """The type of a tag's values."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    ZIP = "zip"
    POSTAL_CODE = "postal_code"
    STATE = "state"
    PHONE = "phone"
    EMAIL = "email"
    URL = "url"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Canonical:
    """A value in its canonical form, with a message if it was repaired."""

    value: str
    repair: str | None = None


_YES = frozenset(("true", "yes", "1", "y", "on", "t"))
_NO = frozenset(("false", "no", "0", "n", "off", "f"))

_NUMBER = re.compile(r"([+-]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|(?=\.[0-9]))(?:\.([0-9]*))?")
_ZIP = re.compile(r"([0-9]{4,5})(?:[- ]([0-9]{4}))?|([0-9]{5})([0-9]{4})")
_NO_ZIP = "00000"
_CANADIAN = re.compile(
    r"([ABCEGHJ-NPRSTVXY][0-9][ABCEGHJ-NPRSTV-Z])[ -]?([0-9][ABCEGHJ-NPRSTV-Z][0-9])"
)
_BRITISH = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)[ -]?([0-9][ABD-HJLNP-UW-Z]{2})")
_POSTAL = re.compile(r"(?=[A-Z -]*[0-9])[A-Z0-9](?:[ -]?[A-Z0-9]){2,9}")
_EMAIL = re.compile(
    r"(?P<mailbox>[^\s@<>,;:\"()\[\]\\]+)@"
    r"(?P<domain>(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_])"
)


def read(kind: TagType, text: str, *, region: str, day_first: bool = False) -> Canonical:
    """Return the canonical form of a value that is not a choice.

    Raises ValueError for a value of another type. The message does not repeat the value.
    """
    text = text.strip()
    if kind is TagType.DATE:
        return Canonical(tag_dates.read(text, day_first=day_first))
    if kind is TagType.PHONE:
        return Canonical(_phone(text, region))
    if kind is TagType.ZIP:
        return _zip(text)
    return Canonical(_READERS[kind](text))


def _decimal(text: str) -> tuple[str, str, str]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        message = "is not a number; send it as 1234.5"
        raise ValueError(message)
    whole = match[2].replace(",", "").lstrip("0") or "0"
    fraction = match[3] or ""
    sign = "-" if match[1] == "-" and (whole + fraction).strip("0") else ""
    return sign, whole, fraction


def _number(text: str) -> str:
    sign, whole, fraction = _decimal(text)
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _integer(text: str) -> str:
    sign, whole, fraction = _decimal(text)
    if fraction.strip("0"):
        message = "is not a whole number; send it as 39"
        raise ValueError(message)
    return f"{sign}{whole}"


def _boolean(text: str) -> str:
    word = text.casefold()
    if word not in _YES | _NO:
        message = "is neither true nor false; send one of them"
        raise ValueError(message)
    return "true" if word in _YES else "false"


def _zip(text: str) -> Canonical:
    match = _ZIP.fullmatch(text)
    code, extension = (match[1] or match[3], match[2] or match[4]) if match else (_NO_ZIP, None)
    full = code.zfill(len(_NO_ZIP))
    if full == _NO_ZIP:
        message = "is not a US ZIP code; send 5 digits, such as 90210"
        raise ValueError(message)
    repair = None if full == code else "has 4 digits; a leading zero was restored. Send it as text"
    return Canonical(f"{full}-{extension}" if extension else full, repair)


def _postal_code(text: str) -> str:
    code = " ".join(text.upper().split())
    for spaced in (_CANADIAN, _BRITISH):
        if match := spaced.fullmatch(code):
            return f"{match[1]} {match[2]}"
    if not _POSTAL.fullmatch(code):
        message = "is not a postal code; send it as K1A 0B6 or 90210"
        raise ValueError(message)
    return code


def _state(text: str) -> str:
    code = states.abbreviation(text)
    if code is None:
        message = "is not a state or province of the US or Canada; send two letters, such as CA"
        raise ValueError(message)
    return code


def _phone(text: str, region: str) -> str:
    try:
        return caller_numbers.read(text, region).number
    except InvalidCallerNumber as error:
        raise ValueError(str(error)) from error


def _email(text: str) -> str:
    match = _EMAIL.fullmatch(text)
    if match is None:
        message = "is not an email address; send it as name@example.com"
        raise ValueError(message)
    return f"{match['mailbox']}@{match['domain'].lower()}"


def _url(text: str) -> str:
    message = "is not an https address; send it as https://example.com/page"
    scheme, separator, rest = text.partition("://")
    if scheme.lower() != "https" or not separator or not text.isprintable() or " " in text:
        raise ValueError(message)
    try:
        host = urlsplit(f"https://{rest}").hostname
    except ValueError as error:
        raise ValueError(message) from error
    if not host:
        raise ValueError(message)
    return f"https://{rest}"


_READERS: Mapping[TagType, Callable[[str], str]] = {
    TagType.TEXT: str,
    TagType.NUMBER: _number,
    TagType.INTEGER: _integer,
    TagType.BOOLEAN: _boolean,
    TagType.POSTAL_CODE: _postal_code,
    TagType.STATE: _state,
    TagType.EMAIL: _email,
    TagType.URL: _url,
}
