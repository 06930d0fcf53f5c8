"""The rules for caller numbers, each with spellings that need it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import caller_numbers
from shared.domain.errors import InvalidCallerNumber, InvalidInput

READ_AS_WRITTEN = [
    # Examples of the vendor that no numbering plan allows.
    ("+10123456789", "+10123456789"),
    ("+3569878933094", "+3569878933094"),
    ("+15551234567", "+15551234567"),
    ("+1 (555) 123-4567", "+15551234567"),
    ("+1.555.123/4567", "+15551234567"),
    ("+1\u00a0555\u2011123\u202f4567", "+15551234567"),
    ("+29012345", "+29012345"),
    ("+999123456789012", "+999123456789012"),
    ("\uff0b15551234567", "+15551234567"),
    ("+15551234567 ", "+15551234567"),
    ("++15551234567", "+15551234567"),
    ("+15551234567.0", "+15551234567"),
    ("+\u0661\u0665\u0665\u0665\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "+15551234567"),
]

POSSIBLE_IN_THEIR_REGION = [
    ("5551234567", "US", "+15551234567"),
    ("15551234567", "US", "+15551234567"),
    ("(555) 123-4567", "US", "+15551234567"),
    ("555.123.4567", "US", "+15551234567"),
    ("1-800-555-0100", "US", "+18005550100"),
    # As exported by spreadsheets.
    ("5551234567.0", "US", "+15551234567"),
    ("011447700900123", "US", "+447700900123"),
    ("07700900123", "GB", "+447700900123"),
    ("07700 900 123", "GB", "+447700900123"),
    ("00447700900123", "GB", "+447700900123"),
    ("0015551234567", "GB", "+15551234567"),
    ("0212345678", "IT", "+390212345678"),
    ("\uff15\uff15\uff15\uff11\uff12\uff13\uff14\uff15\uff16\uff17", "US", "+15551234567"),
    ("\u0665\u0665\u0665\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "US", "+15551234567"),
]

POSSIBLE_WITH_A_PLUS = [
    ("447700900123", "US", "+447700900123"),
    ("15551234567", "GB", "+15551234567"),
    ("4915112345678", "US", "+4915112345678"),
]

REFUSED = [
    ("", "US", "has no digits"),
    ("   ", "US", "has no digits"),
    ("+", "US", "has no digits"),
    ("()-", "US", "has no digits"),
    ("1-800-FLOWERS", "US", "contains 'F'"),
    ("+1555+1234567", "US", "has two plus signs"),
    ("+\u00b2345678901", "US", r"contains '\xb2'"),
    ("\ud800", "US", r"contains '\ud800'"),
    ("+1234567", "US", "has 7 digits after the plus; send 8 to 15"),
    ("+1234567890123456", "US", "has 16 digits after the plus; send 8 to 15"),
    # Possible only locally: it has no area code.
    ("+12345678", "US", "+1 numbers have 10 digits after the country code; this one has 7"),
    ("+123456789012345", "US", "+1 numbers have 10 digits after the country code; this one has 14"),
    ("0491570156", "US", "is not a phone number of region US"),
    ("0491570156", "JM", "is not a phone number of region JM"),
    ("5551234", "US", "is not a valid phone number in region US"),
    ("555", "US", "is not a valid phone number in region US"),
    ("3569878933094", "US", "is not a valid phone number in region US"),
    ("12345678901234567890", "US", "is not a valid phone number in region US"),
    ("12" * 128, "US", "is not a valid phone number in region US"),
    ("12" * 128 + "1", "US", "has 257 characters"),
]


@pytest.mark.parametrize(("sent", "number"), READ_AS_WRITTEN)
def test_a_number_with_a_leading_plus_is_read_as_written(sent: str, number: str) -> None:
    assert caller_numbers.normalize(sent, "US") == number


@pytest.mark.parametrize(("sent", "region", "number"), POSSIBLE_IN_THEIR_REGION)
def test_a_number_without_a_plus_is_read_in_the_default_region(
    sent: str, region: str, number: str
) -> None:
    assert caller_numbers.normalize(sent, region) == number


@pytest.mark.parametrize(("sent", "region", "number"), POSSIBLE_WITH_A_PLUS)
def test_a_number_impossible_in_the_default_region_is_read_as_if_it_had_a_plus(
    sent: str, region: str, number: str
) -> None:
    assert caller_numbers.normalize(sent, region) == number


@pytest.mark.parametrize(("sent", "region", "reason"), REFUSED)
def test_other_text_is_refused_with_the_reason(sent: str, region: str, reason: str) -> None:
    with pytest.raises(InvalidCallerNumber) as refusal:
        caller_numbers.normalize(sent, region)

    assert str(refusal.value).startswith(reason)
    digits = "".join(filter(str.isdecimal, sent))
    assert not digits or digits not in str(refusal.value)


@pytest.mark.parametrize(
    ("sent", "region"),
    [
        ("4002", "NU"),  # possible in Niue, with seven digits in all
        ("1" * 15, "DE"),  # possible in Germany, with seventeen
        ("49" + "1" * 15, "US"),
        ("5551234567", "US"),
    ],
)
def test_an_accepted_number_is_also_accepted_in_e164(sent: str, region: str) -> None:
    """The platform reports E.164: otherwise tags for such a number would never find their call."""
    try:
        number = caller_numbers.normalize(sent, region)
    except InvalidCallerNumber:
        return

    assert caller_numbers.normalize(number, region) == number


@given(st.text(alphabet="+ 0123456789()-", max_size=20), st.sampled_from(["US", "GB", "DE", "NU"]))
def test_an_accepted_number_is_a_plus_and_eight_to_fifteen_digits(sent: str, region: str) -> None:
    try:
        number = caller_numbers.normalize(sent, region)
    except InvalidCallerNumber:
        return

    assert number[0] == "+"
    assert number[1:].isdecimal()
    assert 8 <= len(number[1:]) <= 15


@pytest.mark.parametrize(
    ("code", "known"), [("US", True), ("GB", True), ("us", False), ("", False)]
)
def test_regions_are_iso_codes(code: str, known: bool) -> None:
    assert caller_numbers.is_region(code) is known


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("+14155552671", ("+14155552671",)),
        ("(415) 555-2671", ("+14155552671",)),
        ("+1415555267", ("+1415555267",)),
        ("+141555526711", ("+141555526711",)),
        ("+910919876543217", ("+919876543217", "+910919876543217")),
        ("+91 0919876543217", ("+919876543217",)),
        ("+5215512345670", ("+525512345670", "+5215512345670")),
        ("+266696687", ("+266696687",)),
        ("+12345678", ("+12345678",)),
        ("+123456789012345", ("+123456789012345",)),
    ],
)
def test_a_number_in_e164_is_also_looked_up_as_it_is_written(
    text: str, numbers: tuple[str, ...]
) -> None:
    assert caller_numbers.look_up(text, "US") == numbers


@pytest.mark.parametrize("text", ["+1234567", "+1234567890123456", "+1 415 555 267", "1415555267"])
def test_other_text_that_is_not_a_number_is_refused_in_a_look_up(text: str) -> None:
    with pytest.raises(InvalidInput):
        caller_numbers.look_up(text, "US")
