"""Finds the digits of a phone number in a URI, a display name, quotes, separators, or before an
extension. `spelled_numbers` decides which number they mean."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote

from shared.domain import numbering_plans, placeholders
from shared.domain.e164 import EXAMPLE, MIN_DIGITS
from shared.domain.errors import InvalidCallerNumber

MAX_LENGTH = 256

_READ = frozenset("0123456789+ -.()/[]~")
"""Characters allowed after `_plain`; the separators are those that phonenumbers skips."""

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff0d\ufe58\ufe63"
_PLAIN = str.maketrans(
    f"{_DASHES}\uff0b\ufe62\uff08\uff09\uff3b\uff3d\uff0e\uff0f\u2053\u223c\uff5e",
    f"{'-' * len(_DASHES)}++()[]./~~~",
)
_QUOTES = re.compile("[\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00ab\u00bb]")

_NAMED = re.compile(r"([^<>]*)<([^<>]*)>[^<>]*")
_SCHEME = re.compile(r"(tel|sips?|callto|sms|whatsapp):(?://)?", re.IGNORECASE)
_URI_IN_BRACKETS = re.compile(r"<(?:tel|sips?):([^<>]*)>", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
"""An IP address: in a SIP URI without a user, the host is in the user's place."""
_CONTEXT = re.compile(r";phone-context=\+([0-9]{1,3})(?=;|$)", re.IGNORECASE)
_URI_PARAMETER = re.compile(r";(?!ext=)[a-z-]+(=[^;]*)?", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?<![ ,;-])[ ,;-]*"
    r"(?:;ext=|\b(?:extension|extensi[o\u00f3]n|extn?|xtn?|anexo|int)\b[.:]?|[x#])"
    r"[.: -]*[0-9]{1,9}#?$"
    # Seven digits after a comma may be a second number.
    r"|(?<![ ,;-])[ ,;-]*[,;][ -]*[0-9]{1,6}#?$"
    r"|(?<=[0-9])(?:extension|extn?|x)[.: -]*[0-9]{1,9}#?$",
    re.IGNORECASE | re.ASCII,
)
_WHOLE_FLOAT = re.compile(r"([+ ]*[0-9]{7,15})\.0+")
_FRACTION = re.compile(r"[+ ]*[0-9]{7,}\.[0-9]*[1-9][0-9]*")
_SCIENTIFIC = re.compile(r"([+ ]*)([0-9])(?:[.,]([0-9]+))?e\+?([0-9]{1,2})", re.IGNORECASE)
_FIRST_GROUP = re.compile(r"[^0-9]*\+[^0-9(]*\(([0-9]+)\)")

_NO_NUMBER = (
    "anonym",
    "block",
    "not available",
    "out of area",
    "private",
    "restrict",
    "unavail",
    "unknown",
    "withheld",
    "no caller id",
    "hidden",
)

TWO_PLUSES = (
    "has two pluses, and could be either of two numbers; send one number, such as " + EXAMPLE
)
WITHHELD = (
    "is what phone networks send for a withheld number, not the caller's own; leave such callers "
    "out, or send call_uuid instead"
)
UNFILLED = "looks like an unfilled placeholder; make your tool replace it with the caller's number"
_FRACTION_SENT = "is not a whole number; send its digits as text"

EXTENSION = "has an extension, which was left out; send the number without it"
FLOAT = "was sent as a floating-point number; send its digits as text"
ENCODED_TWICE = "was percent-encoded twice; encode it once"


@dataclass(frozen=True, slots=True)
class Spelled:
    """The digits of a number; `inner` has those after a second plus, if there is one."""

    digits: str
    has_plus: bool
    inner: str | None = None
    is_area_code_first: bool = False
    has_trunk_zero: bool = False


def read(text: str, repairs: list[str]) -> Spelled:
    """Find a number's digits.

    Raises InvalidCallerNumber for text without digits, or with more than a number.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidCallerNumber(
            f"has {len(text)} characters; send a phone number, such as {EXAMPLE}"
        )
    if placeholders.has_unfilled(_URI_IN_BRACKETS.sub(r"\1", text)):
        raise InvalidCallerNumber(UNFILLED)
    return _spelled(_unwrapped(_plain(text), repairs), repairs)


def _plain(text: str) -> str:
    """Remove invisible characters, and replace spaces, dashes, pluses and digits by plain ones."""
    return "".join(map(_plain_character, text.translate(_PLAIN))).strip()


def _plain_character(character: str) -> str:
    if character.isascii():
        return " " if character in "\t\n\r\v\f" else character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Cf", "Mn"):
        return ""
    return " " if category.startswith("Z") else character


def _unwrapped(text: str, repairs: list[str]) -> str:
    """Unwrap the number from a URI, a display name, quotes, or a second percent-encoding."""
    if "%" in text and (decoded := _plain(unquote(text))) != text:
        repairs.append(ENCODED_TWICE)
        text = decoded
    if match := _NAMED.fullmatch(text):
        text = match[2] if _says_something(match[2]) else match[1]
    text = _QUOTES.sub("", text.removeprefix("=") if text[1:2] in ('"', "'") else text).strip()
    if match := _SCHEME.match(text):
        text = unquote(text[match.end() :])
        if match[1].lower().startswith("sip"):
            text = text.split("@", 1)[0].split(":", 1)[0]  # a user may have a password
            if _ADDRESS.fullmatch(text.partition(";")[0]):
                raise InvalidCallerNumber("is an IP address; send the caller's number")
    elif "@" not in text:
        return text
    text = text.split("@", 1)[0]
    if match := _CONTEXT.search(text):
        local = text[: match.start()].strip()
        text = local if local.startswith("+") else _in_context(match[1], local)
    return _URI_PARAMETER.sub("", text).strip()


def _in_context(code: str, local: str) -> str:
    """Return a local number of the country in its URI. An invalid one is refused, not guessed."""
    number = numbering_plans.international(code + _digits(local))
    if number is None:
        raise InvalidCallerNumber(
            "is not a possible phone number in the phone-context of its URI; send it as + followed "
            "by country code and number"
        )
    return number


def _says_something(text: str) -> bool:
    return any(map(str.isdigit, text)) or _is_withheld_word(text)


def _is_withheld_word(text: str) -> bool:
    folded = " ".join(re.split("[^a-z]+", text.lower()))
    return any(word in folded for word in _NO_NUMBER)


def _spelled(text: str, repairs: list[str]) -> Spelled:
    if not any(map(str.isdigit, text)):
        if _is_withheld_word(text):
            raise InvalidCallerNumber(WITHHELD)
        _refuse_others(text)
        raise InvalidCallerNumber(f"has no digits; send a phone number, such as {EXAMPLE}")
    text = _without_fraction(text, repairs)
    match = _EXTENSION.search(text)
    if match and sum(map(str.isdigit, text[: match.start()])) >= MIN_DIGITS - 1:
        repairs.append(EXTENSION)
        text = text[: match.start()]
    text = text.rstrip("# ")
    _refuse_others(text)
    start = next(i for i, character in enumerate(text) if character.isdigit())
    before, *after = text[start:].split("+")
    if len(after) > 1:
        raise InvalidCallerNumber(TWO_PLUSES)
    has_plus = "+" in text[:start]
    group = _FIRST_GROUP.match(text)
    return Spelled(
        digits=_digits(before),
        has_plus=has_plus,
        inner=_digits(after[0]) if after else None,
        is_area_code_first=bool(group and not _starts_with_country_code(group[1])),
        has_trunk_zero="(0)" in text,
    )


def _starts_with_country_code(group: str) -> bool:
    return numbering_plans.is_country_code(group.removeprefix("00"))


def _without_fraction(text: str, repairs: list[str]) -> str:
    """Return an exact float as an integer. Raises InvalidCallerNumber for any other number."""
    if match := _WHOLE_FLOAT.fullmatch(text):
        repairs.append(FLOAT)
        return match[1]
    if _FRACTION.fullmatch(text):
        raise InvalidCallerNumber(_FRACTION_SENT)
    if match := _SCIENTIFIC.fullmatch(text):
        plus, first, fraction, exponent = match.groups(default="")
        missing = int(exponent) - len(fraction)
        if missing > 0:
            lost = "its last digit is" if missing == 1 else f"its last {missing} digits are"
            raise InvalidCallerNumber(
                f"is a rounded number: {lost} lost; store phone numbers as text in your "
                "spreadsheet or program"
            )
        if not set(fraction[int(exponent) :]) <= {"0"}:
            raise InvalidCallerNumber(_FRACTION_SENT)
        repairs.append(FLOAT)
        return f"{plus}{first}{fraction[: int(exponent)]}"
    return text


def _refuse_others(text: str) -> None:
    for character in text:
        if character not in _READ:
            raise InvalidCallerNumber(
                f"contains {character!a}; send a phone number, such as {EXAMPLE}: digits, a "
                "leading plus, spaces and -.()/"
            )


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
