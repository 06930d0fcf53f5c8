"""What senders without a call ID write in its place, so that it does not join strangers' calls."""

import pytest

from functions.data_writing import refusals
from shared.domain import call_ids


@pytest.mark.parametrize(
    "text",
    [
        "unknown",
        "Unknown",
        " missing ",
        "string",
        "not_set",
        "call_uuid",
        "default",
        "null-null",
        "000000",
        "-------",
        "00000000-0000-0000-0000-000000000000",
        "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
    ],
)
def test_a_stand_in_is_no_call_id_and_is_ignored_beside_a_number(text: str) -> None:
    assert call_ids.canonical(text) is None
    assert refusals.is_unfilled_call_id(text)


@pytest.mark.parametrize(
    "text",
    ["unknown-1", "string.7", "000001", "11111111-1111-4111-8111-111111111111", "CA" + "0" * 32],
)
def test_a_nearly_empty_id_is_an_id(text: str) -> None:
    assert call_ids.canonical(text) == text
    assert not refusals.is_unfilled_call_id(text)
