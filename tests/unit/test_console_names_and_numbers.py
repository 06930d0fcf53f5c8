"""The console's phone numbers, and its search for publishers by name."""

import pytest

from functions.console import phone_numbers
from functions.console.views import publisher_names


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+15551230101", "(555) 123-0101"),
        ("+442079460958", "GB 020 7946 0958"),
        ("+33123456789", "FR 01 23 45 67 89"),
        ("+390612345678", "IT 06 1234 5678"),
        ("+10123456789", "+10123456789"),
        ("+3569878933094", "+3569878933094"),
        ("+80012345678", "+80012345678"),
    ],
)
def test_numbers_are_shown_in_national_form(number: str, shown: str) -> None:
    assert phone_numbers.to_national(number) == shown


@pytest.mark.parametrize("number", ["+442079460958", "+33123456789", "+5511987654321"])
def test_a_number_as_the_console_shows_it_can_be_searched(number: str) -> None:
    assert phone_numbers.from_national(f" {phone_numbers.to_national(number)} ") == number


@pytest.mark.parametrize("text", ["", "(555) 123-0101", "+44 20 7946 0958", "GB", "ZZ 123", "a b"])
def test_other_text_is_left_to_the_operator_api(text: str) -> None:
    assert phone_numbers.from_national(text) == text


@pytest.mark.parametrize(
    ("typed", "segment"),
    [
        ("917/555/0142", "917 555 0142"),
        ("+1 917\t555\r\n0142", "+1 917 555 0142"),
        ("917#555?0142", "917 555 0142"),
        ("../publishers", "publishers"),
        ("..", "-"),
        ("/", "-"),
        ("GB 020 7946 0958", "+442079460958"),
        ("(917) 555-0142 x5", "(917) 555-0142 x5"),
    ],
)
def test_a_typed_number_is_one_segment_of_a_path(typed: str, segment: str) -> None:
    assert phone_numbers.in_path(typed) == segment


@pytest.mark.parametrize(
    ("text", "expected"), [("••• 0101", True), ("sip:••• 0101@a.example", True), ("CA-0101", False)]
)
def test_a_text_that_the_operator_api_masked_is_known(text: str, expected: bool) -> None:
    assert phone_numbers.is_masked(text) is expected


NAMES = {"pub_a": "Acme Leads", "pub_b": "Coast", "pub_c": "East Coast Quotes", "pub_d": "coast"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("acme", ["pub_a"]),
        (" COAST ", ["pub_b", "pub_d"]),
        ("quotes", ["pub_c"]),
        ("e", ["pub_a", "pub_c"]),
        ("unknown", []),
    ],
)
def test_publishers_are_found_by_name_or_otherwise_by_part_of_it(
    typed: str, found: list[str]
) -> None:
    assert publisher_names.find(typed, NAMES) == found
