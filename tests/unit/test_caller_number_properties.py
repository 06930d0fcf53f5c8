"""Properties of caller numbers in every region and every script."""

import random
import re
import sys
import time
import unicodedata

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from shared.domain import caller_numbers, country_codes
from shared.domain.e164 import MIN_DIGITS
from shared.domain.errors import InvalidCallerNumber
from tests.unit import wild

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
ZEROS = [
    zero
    for zero in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(zero) == "Nd" and unicodedata.decimal(zero) == 0
]
"""The zero of each script with digits of its own; its other digits follow it."""

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
def test_any_text_becomes_e164_or_is_refused(text: str, region: str) -> None:
    number = _normalized(text, region)

    assert number is None or re.fullmatch(r"\+[0-9]{8,15}", number)


spelled = wild.text | st.one_of(
    st.text("+ 0123456789()-./x#;,*pw", max_size=24),
    st.builds("{}{}".format, st.sampled_from(["", "+", "+(", "00", "+00", "011", "tel:"]), digits),
    st.builds("+{}{}".format, st.sampled_from(sorted(country_codes.PLANS)), digits),
    st.builds("+{0}{0}{1}".format, st.sampled_from(sorted(country_codes.PLANS)), digits),
)


@given(spelled, regions)
def test_reading_a_result_again_returns_the_same_number(text: str, region: str) -> None:
    number = _normalized(text, region)

    assert number is None or _normalized(number, region) == number


@given(spelled, regions)
def test_a_number_has_only_the_sent_digits_in_order_and_a_country_code(
    text: str, region: str
) -> None:
    number = _normalized(text, region)
    if number is None:
        return

    sent = [str(unicodedata.decimal(c)) for c in text if unicodedata.category(c) == "Nd"]
    code = str(phonenumbers.country_code_for_region(region))
    whole, national = number[1:], number[1:].removeprefix(code)

    assert _is_within(whole, sent) or _is_within(national, sent)


def _is_within(part: str, whole: list[str]) -> bool:
    remaining = iter(whole)
    return all(digit in remaining for digit in part)


@given(spelled | st.text("([{<%+#;, 0123456789extphone", max_size=400), regions)
def test_reading_a_number_takes_less_than_five_milliseconds(text: str, region: str) -> None:
    _normalized(text, region)  # loads the region, which is not counted
    took = min(_seconds(text, region) for _ in range(3))

    assert took < 0.005


def _seconds(text: str, region: str) -> float:
    started = time.process_time()
    _normalized(text, region)
    return time.process_time() - started


@given(digits, regions)
def test_white_space_before_a_number_makes_no_difference(text: str, region: str) -> None:
    assert _normalized(f" \t\u00a0{text}", region) == _normalized(text, region)


@given(
    st.builds("{}{}".format, st.sampled_from(["", "+"]), digits), st.sampled_from(ZEROS), regions
)
def test_a_number_is_the_same_in_the_digits_of_every_script(
    text: str, zero: str, region: str
) -> None:
    assert _normalized(_in_script(text, zero), region) == _normalized(text, region)


digit_groups = st.lists(st.text("0123456789", min_size=1, max_size=4), min_size=1, max_size=5)
separators = st.sampled_from([" ", "-", "/", "(", ") ", "\u00a0", "\u2011", "\u202f", "\t"])


@given(digit_groups, separators, regions)
def test_separators_never_make_another_number(
    groups: list[str], separator: str, region: str
) -> None:
    """They may show that the digits are more than a number, which is then refused."""
    read = _normalized(separator.join(groups), region)

    assert read in (_normalized("".join(groups), region), None)


@given(digit_groups.filter(lambda groups: groups[0][0] != "0"), separators, regions)
def test_separators_after_a_plus_make_no_difference(
    groups: list[str], separator: str, region: str
) -> None:
    whole = f"+{''.join(groups)}"

    assert _normalized(f"+{separator.join(groups)}", region) == _normalized(whole, region)


@given(st.from_regex("1?[2-9][0-9]{9}", fullmatch=True), st.data())
def test_separators_in_a_north_american_number_make_no_difference(
    number: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(4, 6))
    sent = f"{number[:at]}-{number[at:]}"

    assert _normalized(sent, "US") == _normalized(number, "US")


@given(digits, st.sampled_from("aé*\0\ud800😀_=!"), st.data())
def test_other_characters_are_refused_and_named(
    text: str, stranger: str, data: st.DataObject
) -> None:
    """Especially letters: 1-800-FLOWERS is never a caller's number."""
    # An underscore separates digits, and a formula starts with an equals sign.
    first, last = (1 if stranger == "=" else 0), len(text)
    is_separator = stranger == "_"
    places = st.sampled_from([first, last]) if is_separator else st.integers(min(first, last), last)
    at = data.draw(places)

    with pytest.raises(InvalidCallerNumber) as refusal:
        caller_numbers.normalize(text[:at] + stranger + text[at:], "US")

    assert str(refusal.value).startswith(f"contains {stranger!a}")


@given(st.sampled_from("\u200b\u202e\ufeff\u00ad\n\r\t"), st.integers(0, 12))
def test_invisible_characters_are_ignored(invisible: str, at: int) -> None:
    sent = "+15551230199"[:at] + invisible + "+15551230199"[at:]

    assert caller_numbers.normalize(sent, "US") == "+15551230199"


@pytest.mark.parametrize("region", REGIONS)
def test_an_example_number_of_every_region_is_read_in_every_format(region: str) -> None:
    """In the library's national and international format, and in E.164."""
    example = phonenumbers.example_number(region)
    assert example is not None
    e164 = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    is_long_enough = len(e164) - 1 >= MIN_DIGITS

    for form in (
        PhoneNumberFormat.E164,
        PhoneNumberFormat.INTERNATIONAL,
        PhoneNumberFormat.NATIONAL,
    ):
        spelled = phonenumbers.format_number(example, form)
        assert _normalized(spelled, region) == (e164 if is_long_enough else None), spelled


@given(st.text("123456789", min_size=8, max_size=15), regions)
def test_a_possible_number_is_read_as_the_library_reads_it(text: str, region: str) -> None:
    """Or refused, for limits that only E.164 has."""
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

    own = str(phonenumbers.country_code_for_region(region))
    with_own_code = f"+{text}" if text.startswith(own) else e164
    assert _normalized(text, region) in (e164, with_own_code, None)


@pytest.mark.parametrize("region", ["US", "GB", "DE", "MX"])
def test_most_numbers_that_the_library_finds_possible_are_accepted(region: str) -> None:
    """The refusals that the test above allows are exceptions."""
    chance = random.Random(7)  # noqa: S311
    read = total = 0
    for _ in range(300):
        text = "".join(chance.choices("123456789", k=10))
        number = phonenumbers.parse(text, region)
        is_refused = region == "US" and text.startswith("1")  # no area code does
        if phonenumbers.is_possible_number_with_reason(number) == 0 and not is_refused:
            total += 1
            read += _normalized(text, region) is not None

    assert total > 200
    assert read / total > 0.9
