"""What holds of every caller number, in every region and every script."""

import re
import sys
import unicodedata

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from shared.domain import caller_numbers
from shared.domain.errors import InvalidCallerNumber
from tests.unit import wild

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
ZEROS = [
    zero
    for zero in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(zero) == "Nd" and unicodedata.decimal(zero) == 0
]
"""Of each script that has digits of its own; the others follow it."""

regions = st.sampled_from(REGIONS)
digits = st.text("0123456789", max_size=18)


def _normalized(text: str, region: str) -> str | None:
    try:
        return caller_numbers.normalize(text, region)
    except InvalidCallerNumber:
        return None


def _in_script(text: str, zero: str) -> str:
    return "".join(chr(ord(zero) + int(c)) if c in "0123456789" else c for c in text)


@given(
    wild.text
    | st.text("+ 0123456789()-./x#;,*pw", max_size=24)
    | st.builds("{}{}".format, st.sampled_from(["", "+", " ", "00", "011", "tel:"]), digits),
    regions,
)
def test_whatever_is_sent_becomes_e164_or_a_refusal(text: str, region: str) -> None:
    number = _normalized(text, region)

    assert number is None or re.fullmatch(r"\+[0-9]{8,15}", number)


@given(st.builds("{}{}".format, st.sampled_from(["", "+", " ", "0"]), digits), regions, regions)
def test_a_number_once_normalized_stays_what_it_is_in_every_region(
    text: str, region: str, another: str
) -> None:
    number = _normalized(text, region)

    assert number is None or _normalized(number, another) == number


@given(digits, regions)
def test_a_leading_space_is_a_plus(text: str, region: str) -> None:
    assert _normalized(f" {text}", region) == _normalized(f"+{text}", region)


@given(
    st.builds("{}{}".format, st.sampled_from(["", "+"]), digits), st.sampled_from(ZEROS), regions
)
def test_a_number_is_the_same_in_the_digits_of_every_script(
    text: str, zero: str, region: str
) -> None:
    assert _normalized(_in_script(text, zero), region) == _normalized(text, region)


@given(
    st.lists(st.text("0123456789", min_size=1, max_size=4), min_size=1, max_size=5),
    st.sampled_from([" ", "-", "/", "(", ") ", "\u00a0", "\u2011", "\u202f", "\t"]),
    regions,
)
def test_separators_make_no_difference(groups: list[str], separator: str, region: str) -> None:
    assert _normalized(separator.join(groups), region) == _normalized("".join(groups), region)


@given(digits, st.sampled_from("aXé#*;,%\0\n\u200b\u202e\ufeff\ud800😀"), st.data())
def test_what_is_neither_digit_nor_separator_is_refused_by_name(
    text: str, stranger: str, data: st.DataObject
) -> None:
    """Letters above all: 1-800-FLOWERS and extensions are nobody's caller number. Nor is what
    cannot be seen dropped in silence."""
    at = data.draw(st.integers(0, len(text)))
    sent = text[:at] + stranger + text[at:]
    # A line feed at the ends is white space there, as in any number that was pasted.
    if sent.strip() == text:
        return

    with pytest.raises(InvalidCallerNumber, match=re.escape(f"contains {stranger!a}")):
        caller_numbers.normalize(sent, "US")


@pytest.mark.parametrize("region", REGIONS)
def test_an_example_number_of_every_region_is_read_in_every_form(region: str) -> None:
    """As the library that knows them writes them: for dialling there, from abroad, and as E.164."""
    example = phonenumbers.example_number(region)
    assert example is not None
    e164 = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    is_long_enough = len(e164) - 1 >= caller_numbers.SHORTEST

    for form in (
        PhoneNumberFormat.E164,
        PhoneNumberFormat.INTERNATIONAL,
        PhoneNumberFormat.NATIONAL,
    ):
        spelled = phonenumbers.format_number(example, form)
        assert _normalized(spelled, region) == (e164 if is_long_enough else None), spelled


@given(st.text("0123456789", min_size=8, max_size=15), regions)
def test_a_possible_number_is_read_as_the_library_reads_it(text: str, region: str) -> None:
    """Where phonenumbers finds a number possible and whole, we make the same of it."""
    try:
        parsed = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return
    if (
        phonenumbers.is_possible_number_with_reason(parsed)
        != phonenumbers.ValidationResult.IS_POSSIBLE
    ):
        return
    e164 = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)

    if caller_numbers.SHORTEST <= len(e164) - 1 <= caller_numbers.LONGEST:
        assert _normalized(text, region) == e164
