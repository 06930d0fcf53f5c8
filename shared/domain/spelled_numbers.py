"""Phone numbers in any other spelling than the usual: what stands around the digits, and which
digits are meant. What they may be, `numbering_plans` says."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from shared.domain import numbering_plans, placeholders
from shared.domain.caller_numbers import EXAMPLE, LONGEST, SHORTEST, Reading, is_withheld
from shared.domain.errors import InvalidCallerNumber

MOST_CHARACTERS = 256

_SEPARATORS = frozenset(" -.()/[]~")
"""As they are after `_plain`; those that the library of numbering plans skips."""
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff0d\ufe58\ufe63"
_PLAIN = {
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, "\uff0b\ufe62"), "+"),
    **dict.fromkeys(map(ord, "\uff08"), "("),
    **dict.fromkeys(map(ord, "\uff09"), ")"),
    **dict.fromkeys(map(ord, "\uff3b"), "["),
    **dict.fromkeys(map(ord, "\uff3d"), "]"),
    **dict.fromkeys(map(ord, "\uff0e"), "."),
    **dict.fromkeys(map(ord, "\uff0f"), "/"),
    **dict.fromkeys(map(ord, "\u2053\u223c\uff5e"), "~"),
}
_QUOTES = re.compile("[\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00ab\u00bb]")

_NAMED = re.compile(r"([^<>]*)<([^<>]*)>[^<>]*")
_SCHEME = re.compile(r"(tel|sips?|callto|sms|whatsapp):(?://)?", re.IGNORECASE)
_URI_IN_BRACKETS = re.compile(r"<(?:tel|sips?):([^<>]*)>", re.IGNORECASE)
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
"""Of a machine: where a SIP URI has no user, its host stands in its place."""
_CONTEXT = re.compile(r";phone-context=\+([0-9]{1,3})(?=;|$)", re.IGNORECASE)
_URI_PARAMETER = re.compile(r";(?!ext=)[a-z-]+(=[^;]*)?", re.IGNORECASE)
_EXTENSION = re.compile(
    r"(?<![ ,;-])[ ,;-]*"
    r"(?:;ext=|\b(?:extension|extensi[o\u00f3]n|extn?|xtn?|anexo|int)\b[.:]?|[x#])"
    r"[.: -]*[0-9]{1,9}#?$"
    # Seven digits behind a comma may be a second number.
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
    "has two pluses, and could be either of two numbers; send one number such as " + EXAMPLE
)
WITHHELD = (
    "is what phone networks send for a caller who withholds the number, so it is nobody's own; "
    "leave such callers out, or send call_uuid instead"
)
UNFILLED = (
    "looks like a placeholder that was not filled in; have your tool put the caller's number there"
)
_FRACTION_SENT = "is no whole number; send its digits as text"
_TWO_WAYS = (
    "could be read as two numbers; send it as + followed by country code and number, without any "
    "prefix that is dialed within the country"
)

SECOND_PLUS = "has two pluses, of which one was left out; send one, before the country code"
TWICE = "the country code stands there twice, and was read once; send it once"
NO_COUNTRY_CODE = (
    "no country code follows the plus, so it was read as a number of region {}; send the country "
    "code after the plus"
)
EXTENSION = "the extension was left out; send the number alone"
FLOAT = "came as a floating-point number; send its digits as text"
ENCODED_TWICE = "was percent-encoded twice; encode it once"
NATIONAL_PREFIX = (
    "digits that are dialed only within the country were left out; send it without them"
)


@dataclass(frozen=True, slots=True)
class _Spelled:
    """The digits of a number; `inner` are those after a second plus, if there is one."""

    digits: str
    has_plus: bool
    inner: str | None = None
    is_area_code_first: bool = False
    has_trunk_zero: bool = False


def read(text: str, region: str) -> Reading:
    """As `caller_numbers.read`."""
    if len(text) > MOST_CHARACTERS:
        raise InvalidCallerNumber(
            f"has {len(text)} characters; send a phone number such as {EXAMPLE}"
        )
    if placeholders.has_unfilled(_URI_IN_BRACKETS.sub(r"\1", text)):
        raise InvalidCallerNumber(UNFILLED)
    repairs: list[str] = []
    spelled = _spelled(_unwrapped(_plain(text), repairs), repairs)
    number = _number(spelled, region, repairs)
    _check(number, spelled, region)
    return Reading(number, tuple(dict.fromkeys(repairs)))


def _plain(text: str) -> str:
    """Without invisible characters, with one kind each of spaces, dashes, pluses and digits."""
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
    """The number itself, out of a URI, a display name, quotes, or one encoding too many."""
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
                raise InvalidCallerNumber("is the address of a machine; send the caller's number")
    elif "@" not in text:
        return text
    text = text.split("@", 1)[0]
    if match := _CONTEXT.search(text):
        local = text[: match.start()].strip()
        text = local if local.startswith("+") else _in_context(match[1], local)
    return _URI_PARAMETER.sub("", text).strip()


def _in_context(code: str, local: str) -> str:
    """A local number of the country that its URI names: nothing is guessed where it is none."""
    number = numbering_plans.international(code + _digits(local))
    if number is None:
        raise InvalidCallerNumber("is not a possible phone number in the phone-context of its URI")
    return number


def _says_something(text: str) -> bool:
    return any(map(str.isdigit, text)) or _is_withheld_word(text)


def _is_withheld_word(text: str) -> bool:
    folded = " ".join(re.split("[^a-z]+", text.lower()))
    return any(word in folded for word in _NO_NUMBER)


def _spelled(text: str, repairs: list[str]) -> _Spelled:
    if not any(map(str.isdigit, text)):
        if _is_withheld_word(text):
            raise InvalidCallerNumber(WITHHELD)
        _refuse_others(text)
        raise InvalidCallerNumber(f"has no digits; send a phone number such as {EXAMPLE}")
    text = _without_fraction(text, repairs)
    match = _EXTENSION.search(text)
    if match and sum(map(str.isdigit, text[: match.start()])) >= SHORTEST - 1:
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
    return _Spelled(
        digits=_digits(before),
        has_plus=has_plus,
        inner=_digits(after[0]) if after else None,
        is_area_code_first=bool(group and not _starts_with_country_code(group[1])),
        has_trunk_zero="(0)" in text,
    )


def _starts_with_country_code(group: str) -> bool:
    return numbering_plans.is_country_code(group.removeprefix("00"))


def _without_fraction(text: str, repairs: list[str]) -> str:
    """A float that is exact, as the integer that it is."""
    if match := _WHOLE_FLOAT.fullmatch(text):
        repairs.append(FLOAT)
        return match[1]
    if _FRACTION.fullmatch(text):
        raise InvalidCallerNumber(_FRACTION_SENT)
    if match := _SCIENTIFIC.fullmatch(text):
        plus, first, fraction, exponent = match.groups(default="")
        missing = int(exponent) - len(fraction)
        if missing > 0:
            raise InvalidCallerNumber(
                f"is a rounded number: its last {missing} digits are not in it; have your "
                "spreadsheet or program keep phone numbers as text"
            )
        if not set(fraction[int(exponent) :]) <= {"0"}:
            raise InvalidCallerNumber(_FRACTION_SENT)
        repairs.append(FLOAT)
        return f"{plus}{first}{fraction[: int(exponent)]}"
    return text


def _refuse_others(text: str) -> None:
    for character in text:
        if not (character.isdigit() and character.isascii()) and character not in _SEPARATORS | {
            "+"
        }:
            raise InvalidCallerNumber(
                f"contains {character!a}; send a phone number such as {EXAMPLE}: digits, a leading "
                "plus, spaces and -.()/ are all that is read"
            )


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _number(spelled: _Spelled, region: str, repairs: list[str]) -> str:
    if spelled.inner is not None:
        return _after_second_plus(spelled.digits, spelled.inner, repairs)
    digits = spelled.digits
    if is_withheld(digits):
        raise InvalidCallerNumber(WITHHELD)
    if spelled.is_area_code_first and (number := numbering_plans.national(digits, region)):
        repairs.append(NO_COUNTRY_CODE.format(region))
        return number
    abroad = _without_prefix(digits, region, has_plus=spelled.has_plus)
    if spelled.has_plus or abroad is not None:
        digits = digits if abroad is None else abroad
        return _with_plus(digits, region, repairs, has_trunk_zero=spelled.has_trunk_zero)
    number = numbering_plans.national(digits, region) or _international(digits, repairs)
    if number:
        return number
    raise InvalidCallerNumber(
        f"is not a possible phone number in region {region}, nor with a plus before it; "
        "send it as + followed by country code and number"
    )


def _without_prefix(digits: str, region: str, *, has_plus: bool) -> str | None:
    """What follows the digits that stand for a plus; None if none do.

    After a plus written out they stand for nothing else: no country code starts with a zero.
    """
    if not (digits.startswith("0") or not has_plus):
        return None
    followings = [*_after_prefixes(digits, region, has_plus=has_plus)]
    for following in followings:
        if numbering_plans.international(following):
            return following
    # Nor does a number as it is dialed in North America, nor one anywhere with two.
    is_only_reading = has_plus or digits.startswith("00") or _is_north_american(region)
    return followings[0] if followings and is_only_reading else None


def _after_prefixes(digits: str, region: str, *, has_plus: bool) -> Iterator[str]:
    following = numbering_plans.without_international_prefix(digits, region)
    if following:
        yield following
    for prefix in ("00", "011") if has_plus else ("00",):
        if digits.startswith(prefix) and digits[len(prefix) :] != following:
            yield digits[len(prefix) :]


def _is_north_american(region: str) -> bool:
    return numbering_plans.country_code(region) == 1


def _with_plus(digits: str, region: str, repairs: list[str], *, has_trunk_zero: bool) -> str:
    if is_withheld(digits):
        raise InvalidCallerNumber(WITHHELD)
    if number := _international(digits, repairs):
        return number
    code = numbering_plans.country_code_of(digits)
    if has_trunk_zero and code and digits.startswith(f"{code}0"):
        number = numbering_plans.international(code + digits[len(code) + 1 :])
        if number:
            repairs.append(NATIONAL_PREFIX)
            return number
    if code and digits.startswith(code + code):
        number = numbering_plans.international(digits[len(code) :])
        if number:
            repairs.append(TWICE)
            return number
    if number := numbering_plans.national(digits, region):
        if number != f"+{digits}":
            repairs.append(NO_COUNTRY_CODE.format(region))
        return number
    return _taken_at_its_word(digits)


def _international(digits: str, repairs: list[str]) -> str | None:
    number = numbering_plans.international(digits)
    if number and number != f"+{digits}":
        code = numbering_plans.country_code_of(digits)
        is_twice = code and digits == code + number[1:]
        repairs.append(TWICE if is_twice else NATIONAL_PREFIX)
    return number


def _after_second_plus(before: str, after: str, repairs: list[str]) -> str:
    """A number that somebody put behind a country code that it may have had already."""
    code = before.removeprefix("00")
    if not numbering_plans.is_country_code(code):
        raise InvalidCallerNumber(TWO_PLUSES)
    found = {
        number
        for digits in (after, code + after)
        if (number := numbering_plans.international(digits))
    }
    if len(found) != 1 or is_withheld(after):
        raise InvalidCallerNumber(TWO_PLUSES)
    repairs.append(SECOND_PLUS)
    return found.pop()


def _taken_at_its_word(digits: str) -> str:
    if not SHORTEST <= len(digits) <= LONGEST:
        raise InvalidCallerNumber(
            f"has {len(digits)} digits after the plus; {SHORTEST} to {LONGEST} are needed, "
            "country code included"
        )
    if digits.startswith("0"):
        raise InvalidCallerNumber(
            "has a zero after the plus, and no country code starts with one; send the country code"
        )
    return f"+{digits}"


def _check(number: str, spelled: _Spelled, region: str) -> None:
    """Refuse what would not be found again by its E.164 form, or has digits that nobody sent.

    Some plans allow more digits or fewer than E.164, and some add a digit to a number's national
    form. The platform sends a plus: tags for such a number would wait for a call that never comes.
    """
    digits = number[1:]
    if not SHORTEST <= len(digits) <= LONGEST:
        raise InvalidCallerNumber(
            f"has {len(digits)} digits with its country code; {SHORTEST} to {LONGEST} are needed"
        )
    if is_withheld(digits):
        raise InvalidCallerNumber(WITHHELD)
    sent = spelled.digits + (spelled.inner or "")
    if not _is_within(digits, sent):
        code = str(numbering_plans.country_code(region))
        if not (digits.startswith(code) and _is_within(digits.removeprefix(code), sent)):
            raise InvalidCallerNumber(_TWO_WAYS)
    if _with_plus(digits, region, [], has_trunk_zero=False) != number:
        raise InvalidCallerNumber(_TWO_WAYS)


def _is_within(part: str, whole: str) -> bool:
    """Whether the digits of `part` are among those of `whole`, in that order."""
    remaining = iter(whole)
    return all(digit in remaining for digit in part)
