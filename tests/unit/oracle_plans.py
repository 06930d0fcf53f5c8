"""Numbering plans for the second reading of caller numbers, from the phonenumbers library alone."""

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberFormat

DOCUMENTED = ("+10123456789", "+3569878933094")


def is_valid(number: str, region: str | None) -> bool:
    whole = phonenumbers.parse(number)
    if region:
        return phonenumbers.is_valid_number_for_region(whole, region)
    return phonenumbers.is_valid_number(whole)


def in_plan(digits: str) -> str | None:
    """Return digits with a country code in E.164, if their length and pattern are in its plan."""
    if match := re.fullmatch("52(?:1|01|02|044|045)([0-9]{10})", digits):
        digits = f"52{match[1]}"
    if re.fullmatch("560[2-9][0-9]{8}", digits):
        digits = f"56{digits[3:]}"
    if digits.startswith("1") and len(digits) != 11:
        return None
    number = parsed(f"+{digits}", None)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    national = phonenumbers.national_significant_number(number)
    code = number.country_code or 0
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]:
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
        pattern = (
            metadata and metadata.general_desc and metadata.general_desc.national_number_pattern
        )
        if pattern and re.fullmatch(pattern, national):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def in_plan_here(digits: str, region: str) -> str | None:
    """Return digits as dialed in the region in E.164, if they are possible there."""
    if is_north_american(region):
        match = re.fullmatch("1?([2-9][0-9]{9})", digits)
        return f"+1{match[1]}" if match else None
    code = phonenumbers.country_code_for_region(region)
    if re.fullmatch("0(?:1|2|44|45)[0-9]{10}", digits) and region == "MX":
        return in_plan(f"{code}{digits}")
    number = parsed(digits, region)
    if number is None:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != 0:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def parsed(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def is_length_known(number: str) -> bool:
    """Whether the library knows numbers of this length, or the vendor documents the number."""
    found = parsed(number, None)
    return number in DOCUMENTED or bool(found and phonenumbers.is_possible_number(found))


def country_code(digits: str) -> str | None:
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return next((digits[:n] for n in (1, 2, 3) if digits[:n] and int(digits[:n]) in codes), None)


def own_prefix(region: str) -> str:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    prefix = metadata.international_prefix if metadata else None
    if region == "AU":
        return "0011"  # the library also knows those of single carriers
    return prefix if prefix and prefix.isdecimal() else "00"


def is_north_american(region: str) -> bool:
    return phonenumbers.country_code_for_region(region) == 1


def main_region(region: str) -> str:
    code = phonenumbers.country_code_for_region(region)
    return phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code][0]


def is_mobile(number: str) -> bool:
    kind = phonenumbers.number_type(phonenumbers.parse(number))
    return kind == phonenumbers.PhoneNumberType.MOBILE


def has_many_lengths(region: str) -> bool:
    """Whether numbers of the region's country code have seven or more lengths."""
    code = phonenumbers.country_code_for_region(region)
    main = PhoneMetadata.metadata_for_region_or_calling_code(code, main_region(region))
    lengths = main.general_desc.possible_length if main and main.general_desc else ()
    return len([length for length in lengths if length > 0]) >= 7


def is_dialed_with_zero(region: str) -> bool:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    return metadata is not None and metadata.national_prefix == "0"
