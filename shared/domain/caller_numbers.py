"""Text to E.164, or a refusal with the reason. The only file that imports phonenumbers.

It does so when the first number comes that needs it: numbers with a plus do not, and loading the
numbering plans is a tenth of what a function does to start.
"""

import re
import unicodedata

from shared.domain.errors import InvalidCallerNumber

SHORTEST = 8
LONGEST = 15
"""Digits of a number with a plus. E.164 allows 15 (ITU-T E.164, 6.2.1)."""

EXAMPLE = "+12025550123"
"""Kept for fiction by the North American plan: no call will ever come from it."""

_SEPARATORS = frozenset(" \t-.()/\u00a0\u2010\u2011\u2012\u2013\u202f")
_PLUSES = ("+", "\uff0b")
_FLOAT = re.compile(r"([ +]?[0-9]+)\.0")
"""A number as spreadsheets export it: its last digit is no part of it."""


def is_region(code: str) -> bool:
    """Whether `code` is an ISO 3166-1 region with a numbering plan, such as "US"."""
    import phonenumbers

    return code in phonenumbers.SUPPORTED_REGIONS


def country_code(region: str) -> int:
    """What numbers of the region start with, after the plus: 1 for "US"; 0 if it is none."""
    import phonenumbers

    return phonenumbers.country_code_for_region(region)


def normalize(text: str, default_region: str) -> str:
    """The E.164 form of a phone number as publishers and phone systems spell it.

    A leading plus is taken at its word, even where the numbering plan calls the number impossible,
    and so is a leading space: it is a plus that somebody forgot to percent-encode. Without one, the
    number must be possible in `default_region`, or else with a plus put before it.

    Raises InvalidCallerNumber; its message does not repeat the number.
    """
    text = match[1] if (match := _FLOAT.fullmatch(text)) else text
    has_plus = text.startswith((" ", *_PLUSES))
    digits = _digits(text.strip().lstrip("".join(_PLUSES)))
    if has_plus:
        return _taken_at_its_word(digits)
    for candidate, region in ((digits, default_region), (f"+{digits}", None)):
        number = _possible(candidate, region)
        if number:
            return number
    raise InvalidCallerNumber(
        f"is not a possible phone number in region {default_region}, nor with a plus before it; "
        "send it as + followed by country code and number"
    )


def mask(number: str) -> str:
    """A number as it may stand in a log line: enough to compare by eye, too little to call."""
    return f"{number[:-7]}***{number[-4:]}" if len(number) > SHORTEST else "***"


def _digits(text: str) -> str:
    digits: list[str] = []
    for character in text:
        if character.isdecimal():
            digits.append(str(unicodedata.decimal(character)))
        elif character not in _SEPARATORS:
            raise InvalidCallerNumber(
                f"contains {character!a}; send a phone number such as {EXAMPLE}: digits, a leading "
                "plus, spaces and -.()/ are all that is read"
            )
    if not digits:
        raise InvalidCallerNumber(f"has no digits; send a phone number such as {EXAMPLE}")
    return "".join(digits)


def _taken_at_its_word(digits: str) -> str:
    if not SHORTEST <= len(digits) <= LONGEST:
        raise InvalidCallerNumber(
            f"has {len(digits)} digits after the plus; {SHORTEST} to {LONGEST} are needed, "
            "country code included"
        )
    return f"+{digits}"


def _possible(text: str, region: str | None) -> str | None:
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # A number that is possible only locally lacks its area code: no call would ever match it.
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # Some plans allow more digits or fewer. With its plus such a number would be refused, and so
    # the platform's would be: tags for it would wait for a call that never matches.
    return e164 if SHORTEST <= len(e164) - 1 <= LONGEST else None
