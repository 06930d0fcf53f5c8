"""Numbering plans: which digits are a number, and where. The only file that imports phonenumbers.

`country_codes` is enough for most numbers with a country code: importing the library takes a tenth
of a cold start.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from shared.domain.country_codes import PLANS
from shared.domain.e164 import NORTH_AMERICAN

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_MEXICO = re.compile(r"52(?:1|0[12]|04[45])([0-9]{10})")
"""Until 2019 Mexican mobile numbers had a 1 after the country code, and callers within Mexico
dialed 01, 044 or 045. Many systems still send them."""
_CHILE = r"560([2-9][0-9]{8})"
"""Until 2016 callers within Chile dialed 09 for mobile numbers, which begin with 9."""
_IN_NORTH_AMERICA = re.compile(r"1?([2-9][0-9]{9})")
_ABROAD_FROM_NORTH_AMERICA = "011"
_ABROAD_ELSEWHERE = re.compile(r"0011|00[0-25-9]|001[245]|0021|00700|01[01]|810|119|00")
"""What callers dial before a country code: in Australia, in Africa and Asia, in Brazil with the
most common carriers, in South Korea, Japan, North America, Russia, Cuba, and everywhere else.

Left out are prefixes with which numbers of other countries begin, such as Thailand's 004: a digit
too few after 0044 must not become a number of Norway."""

_MANY_LENGTHS = 7
"""Lengths from which on a plan is wide: Austria, Finland, Germany, Indonesia, Italy and a few."""

MIN_ABROAD = 9
"""Minimum digits after an international prefix such as 011: fewer are often the rest of a British
number, such as 0113 496 0142."""


def is_region(code: str) -> bool:
    import phonenumbers

    return code in phonenumbers.SUPPORTED_REGIONS


def country_code(region: str) -> int:
    """Return the region's country code, or 0 for an unknown region."""
    if region in NORTH_AMERICAN:
        return 1
    import phonenumbers

    return phonenumbers.country_code_for_region(region)


def is_country_code(digits: str) -> bool:
    return digits in PLANS


def country_code_of(digits: str) -> str:
    """Return the country code that international digits start with, or "" if there is none."""
    # No country code is a prefix of another.
    return next((digits[:n] for n in (1, 2, 3) if digits[:n] in PLANS), "")


def international(digits: str) -> str | None:
    """Return digits that start with a country code in E.164, if its plan allows such a number."""
    digits = _without_obsolete_prefix(digits)
    code = country_code_of(digits)
    if not code:
        return None
    national_digits = digits[len(code) :]
    lengths, pattern, prefix = PLANS[code]
    if not (prefix and re.match(prefix, national_digits)):
        # Without a prefix dialed before it, the number is in its plan as it is or not at all.
        fits = len(national_digits) in lengths and re.fullmatch(pattern, national_digits)
        return f"+{digits}" if fits else None
    number = _possible(f"+{digits}", None)
    # Lengths alone would accept any eight-digit number of a country that has a single service of
    # that length.
    if number is None or not re.fullmatch(pattern, number.removeprefix(f"+{code}")):
        return None
    return number


def national(digits: str, region: str) -> str | None:
    """Return digits as dialed in the region in E.164, if they are possible there."""
    if is_north_american(region):
        # Neither area codes nor exchanges begin with 0 or 1. The library checks only the length.
        match = _IN_NORTH_AMERICA.fullmatch(digits)
        return f"+1{match[1]}" if match else None
    if digits.startswith("0"):
        international_digits = f"{country_code(region)}{digits}"
        without = _without_obsolete_prefix(international_digits)
        if without != international_digits:
            return international(without)
    return _possible(digits, region)


def _without_obsolete_prefix(digits: str) -> str:
    match = _MEXICO.fullmatch(digits) or re.fullmatch(_CHILE, digits)
    return f"{digits[:2]}{match[1]}" if match else digits


def is_valid(number: str, region: str) -> bool:
    """Whether a number in E.164 is one that the region assigns, not only of a possible length."""
    import phonenumbers

    return phonenumbers.is_valid_number_for_region(phonenumbers.parse(number), region)


def is_north_american(region: str) -> bool:
    return country_code(region) == 1


def is_assigned(number: str) -> bool:
    """Whether a number in E.164 is one that its country assigns."""
    import phonenumbers

    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def is_mobile(number: str) -> bool:
    """Whether a number in E.164 can only be a mobile phone's."""
    import phonenumbers

    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind == phonenumbers.PhoneNumberType.MOBILE


def with_own_code(digits: str, national: str, region: str) -> str | None:
    """Return digits in E.164 if they start with the region's own country code, and are more likely
    its number than `national`, which has the code twice: 49 151 23456789 in Germany."""
    if not digits.startswith(str(country_code(region))) or is_mobile(national):
        return None
    number = international(digits)
    if number != f"+{digits}" or not is_valid(number, region):
        return None
    return number if is_mobile(number) or not is_valid(national, region) else None


def is_wide(region: str) -> bool:
    """Whether numbers of the region have almost any length, so that many foreign ones fit."""
    return len(PLANS[str(country_code(region))][0]) >= _MANY_LENGTHS


def has_trunk_zero(region: str) -> bool:
    """Whether callers within the region dial a 0 before its numbers."""
    from phonenumbers import PhoneMetadata

    metadata = PhoneMetadata.metadata_for_region(region, None)
    return metadata is not None and metadata.national_prefix == "0"


def is_length_known(digits: str) -> bool:
    """Whether international digits are of a length that their country's plan has."""
    code = country_code_of(digits)
    return bool(code) and len(digits) - len(code) in PLANS[code][0]


def in_national_form(number: str) -> str | None:
    """Return a number in E.164 in its region's national format, after the region: GB 020 7946 0958.

    Returns None for a number that is not in any region's plan.
    """
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(parsed)
    if not region or not region.isalpha() or not phonenumbers.is_valid_number(parsed):
        return None
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return f"{region} {text}"


def without_international_prefix(digits: str, region: str) -> str | None:
    """Return the digits after the region's international prefix, such as 011; None without it."""
    if region in NORTH_AMERICAN:
        prefix = _ABROAD_FROM_NORTH_AMERICA
        return digits[len(prefix) :] if digits.startswith(prefix) else None
    from phonenumbers import PhoneMetadata

    metadata = PhoneMetadata.metadata_for_region(region, None)
    if metadata is None or not metadata.international_prefix:
        return None
    match = re.match(metadata.international_prefix, digits)
    return digits[match.end() :] if match else None


def after_foreign_prefixes(digits: str) -> set[str]:
    """Return the numbers in E.164 that the digits mean after any region's international prefix."""
    followings = (
        digits[length:]
        for length in range(2, 6)
        if _ABROAD_ELSEWHERE.fullmatch(digits[:length]) and len(digits) - length >= MIN_ABROAD
    )
    return {number for each in followings if (number := international(each))}


def _possible(text: str, region: str | None) -> str | None:
    import phonenumbers

    try:
        number: PhoneNumber = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    # A number that is possible only locally has no area code: no call would ever match it.
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def plans() -> Iterator[tuple[str, tuple[tuple[int, ...], str, str]]]:
    """Yield the content of `country_codes.PLANS` from the library: each country code with the
    possible lengths of its national numbers, their pattern, and the prefix dialed before them."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    for code, regions in sorted(COUNTRY_CODE_TO_REGION_CODE.items()):
        all_of_them = [PhoneMetadata.metadata_for_region_or_calling_code(code, r) for r in regions]
        # The library uses the lengths and prefix of the first region, its country code's main one.
        main = all_of_them[0]
        if main is None or main.general_desc is None:
            continue
        patterns = dict.fromkeys(
            region.general_desc.national_number_pattern
            for region in all_of_them
            if region and region.general_desc and region.general_desc.national_number_pattern
        )
        lengths = tuple(n for n in main.general_desc.possible_length if n > 0)
        yield str(code), (lengths, "|".join(patterns), main.national_prefix_for_parsing or "")
