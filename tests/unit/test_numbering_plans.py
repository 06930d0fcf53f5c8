"""The table of country codes gives the same results as the library."""

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import country_codes, numbering_plans
from tests import generate_country_codes


def test_the_table_of_country_codes_equals_the_locked_librarys() -> None:
    """If it fails, run python -m tests.generate_country_codes."""
    assert generate_country_codes.FILE.read_text(encoding="utf-8") == generate_country_codes.text()


EXAMPLES = sorted(
    phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for region in phonenumbers.SUPPORTED_REGIONS
    if (number := phonenumbers.example_number(region))
)


@pytest.mark.parametrize("number", EXAMPLES)
def test_an_example_of_every_region_is_read_unchanged(number: str) -> None:
    assert numbering_plans.international(number[1:]) == number


def _as_the_library_reads(digits: str) -> str | None:
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    code = str(number.country_code)
    pattern = country_codes.PLANS[code][1]
    return e164 if re.fullmatch(pattern, e164.removeprefix(f"+{code}")) else None


@pytest.mark.parametrize("region", ["US", "CA"])
@given(digits=st.text("0123456789", min_size=9, max_size=15) | st.text("0129", min_size=10))
def test_the_built_in_rules_of_north_america_equal_the_librarys(region: str, digits: str) -> None:
    expected = None
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        number = None
    if number and phonenumbers.is_possible_number_with_reason(number) == 0:
        expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    # The library knows possible lengths. No area code begins with 0 or 1, and 011 comes before
    # another country's number.
    if expected and not re.fullmatch(r"\+1[2-9][0-9]{9}", expected):
        expected = None

    assert numbering_plans.national(digits, region) == expected
    assert numbering_plans.country_code(region) == phonenumbers.country_code_for_region(region)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    assert metadata
    assert metadata.international_prefix == "011"


@given(st.sampled_from(sorted(country_codes.PLANS)), st.text("0123456789", max_size=14))
def test_any_digits_with_a_country_code_are_read_as_by_the_library(code: str, rest: str) -> None:
    digits = code + rest

    if not re.fullmatch(r"52(1|0[12]|04[45])[0-9]{10}|560[2-9][0-9]{8}", digits):
        assert numbering_plans.international(digits) == _as_the_library_reads(digits)
