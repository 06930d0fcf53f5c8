"""Finds the digits of a phone number among separators, or before an extension.

`spelled_addresses` unwraps URIs and display names. `spelled_numbers` decides which number the
digits mean.
"""

import re
import unicodedata
from dataclasses import dataclass

from shared.domain import numbering_plans
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
EXTENSION_WORDS = (
    r"(?:extension|extensi[o\u00f3]n|extens[a\u00e3]o|extn?|xtn?|anexo|int|ramal|interno|poste"
    r"|durchwahl|nebenstelle|nst|apparat|toestel|linka|klapka|wewn?|dahili|anknytning|alanumero"
    r"|\u0434\u043e\u0431|\u0432\u043d\u0443\u0442\u0440|\u0432\u043d"
    r"|\u5206[\u673a\u6a5f]|[\u5185\u5167][\u7ebf\u7dda\u7db2]|\ub0b4\uc120)"
)
"""Words for an extension in several languages, also Russian, Chinese, Japanese and Korean."""

_EXTENSION = re.compile(
    r"(?<![ ,;.(\[-])[ ,;.(\[-]*"
    rf"(?:;ext=|(?<![^\W\d_]){EXTENSION_WORDS}[.:]?|(?<![^\W\d_])x|#)"
    r"[.:= -]*[0-9]{1,9}#?[)\]]?$"
    # Seven digits after a comma may be a second number.
    r"|(?<![ ,;-])[ ,;-]*[,;][ -]*[0-9]{1,6}#?$"
    r"|(?<=[0-9])[pw]{1,3}[0-9]{1,9}#?$",
    re.IGNORECASE,
)
_WHOLE_FLOAT = re.compile(r"([+ ]*[0-9]{7,15})\.0+")
_FRACTION = re.compile(r"[+ ]*[0-9]{7,}\.[0-9]*[1-9][0-9]*")
_SCIENTIFIC = re.compile(r"([+ ]*)([0-9])(?:[.,]([0-9]+))?e\+?([0-9]{1,2})", re.IGNORECASE)
_FIRST_GROUP = re.compile(r"[^0-9]*\+[^0-9(]*\(([0-9]+)\)")
_AREA_CODE = re.compile(r"[ 1.-]*[(\[][2-9][0-9]{2}[)\]]")

_LAST_GROUP = re.compile(r"[(\[][0-9]+[)\]][^0-9]*$")

_WAITING = ("8~10", "0~0")

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
    "has two plus signs, and could be either of two numbers; send one number, such as " + EXAMPLE
)
WITHHELD = (
    "means that the caller withheld their number; skip this caller, or send call_uuid instead"
)
UNFILLED = "looks like an unfilled placeholder; make your tool replace it with the caller's number"
PLUS_BEHIND = "has a plus behind the number; put it before the country code, such as " + EXAMPLE
SECOND_PLUS = "has two plus signs, and one was ignored; send one plus, before the country code"
DIGITS_BEHIND = "has more digits behind the number; send one number, with its area code first"
_FRACTION_SENT = "is not a whole number; send its digits as text"

EXTENSION = "has an extension, which was ignored; send the number without the extension"
FLOAT = "was sent as a floating-point number; send its digits as text"


@dataclass(frozen=True, slots=True)
class Spelled:
    """The digits of a number; `inner` has those after a second plus, if there is one.

    `groups` are the digits as separators divide them. `prefix` is an international prefix that is
    marked as one: 8~10 means to wait for a second tone.
    """

    digits: str
    has_plus: bool
    inner: str | None = None
    is_area_code_first: bool = False
    has_trunk_zero: bool = False
    has_digits_behind: bool = False
    is_first_in_parentheses: bool = False
    is_area_code_in_parentheses: bool = False
    groups: tuple[str, ...] = ()
    prefix: str = ""


def read(text: str, repairs: list[str]) -> Spelled:
    """Find a number's digits.

    Raises InvalidCallerNumber for text without digits, or with more than a number.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidCallerNumber(
            f"has {len(text)} characters; send a phone number, such as {EXAMPLE}"
        )
    text = plain(text)
    if not _READ.issuperset(text):
        # Imported here: most numbers have digits and separators only.
        from shared.domain import spelled_addresses

        text = spelled_addresses.unwrapped(text, repairs)
    return _spelled(text, repairs)


def plain(text: str) -> str:
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


def is_withheld_word(text: str) -> bool:
    folded = " ".join(re.split("[^a-z]+", text.lower()))
    return any(word in folded for word in _NO_NUMBER)


def has_extension(text: str) -> bool:
    return _EXTENSION.search(text) is not None


def _spelled(text: str, repairs: list[str]) -> Spelled:
    if not any(map(str.isdigit, text)):
        if is_withheld_word(text):
            raise InvalidCallerNumber(WITHHELD)
        _refuse_others(text)
        raise InvalidCallerNumber(f"has no digits; send a phone number, such as {EXAMPLE}")
    text = _without_fraction(_without_thousands(text, repairs), repairs)
    match = _EXTENSION.search(text)
    if match and sum(map(str.isdigit, text[: match.start()])) >= MIN_DIGITS - 1:
        repairs.append(EXTENSION)
        text = text[: match.start()]
    text = text.rstrip("# ")
    if not _READ.issuperset(text):
        from shared.domain import spelled_words

        text = spelled_words.without_words(spelled_words.with_spaces(text, repairs), repairs)
    _refuse_others(text)
    start = next(i for i, character in enumerate(text) if character.isdigit())
    before, *after = text[start:].split("+")
    if len(after) > 1:
        raise InvalidCallerNumber(TWO_PLUSES)
    has_plus = "+" in text[:start]
    if after and not digits_of(after[0]):
        if not has_plus:
            raise InvalidCallerNumber(PLUS_BEHIND)
        repairs.append(SECOND_PLUS)
        after = []
    group = _FIRST_GROUP.match(text)
    return Spelled(
        digits=digits_of(before),
        has_plus=has_plus,
        inner=digits_of(after[0]) if after else None,
        is_area_code_first=bool(group and not _starts_with_country_code(group[1])),
        has_trunk_zero="(0)" in text,
        is_first_in_parentheses=group is not None,
        is_area_code_in_parentheses=_AREA_CODE.match(text) is not None,
        has_digits_behind=_has_digits_behind(text),
        groups=tuple(re.findall("[0-9]+", text)),
        prefix=digits_of(next(filter(text.lstrip(" (+").startswith, _WAITING), "")),
    )


def _has_digits_behind(text: str) -> bool:
    """Whether the last digits are in parentheses behind a whole number: 555-0142 (212)."""
    match = _LAST_GROUP.search(text)
    return bool(match and sum(map(str.isdigit, text[: match.start()])) >= MIN_DIGITS - 1)


def _starts_with_country_code(group: str) -> bool:
    return numbering_plans.is_country_code(group.removeprefix("00"))


def _without_thousands(text: str, repairs: list[str]) -> str:
    if _READ.issuperset(text):
        return text
    from shared.domain import spelled_words

    return spelled_words.without_thousands(text, repairs)


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


def digits_of(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def is_within(part: str, whole: str) -> bool:
    """Whether the digits of `part` are in `whole`, in this order."""
    remaining = iter(whole)
    return all(digit in remaining for digit in part)
