"""Names that suggest a caller's number, and names of other numbers."""

import pytest

from shared.domain import caller_names


@pytest.mark.parametrize(
    "name",
    ["phone", "Phone", "home_phone", "mobile", "customer_phone_number", "CallerID", "tel", "cell",
     "lead[phone]", "phone1", "primaryPhone"],
)  # fmt: skip
def test_a_name_suggests_the_callers_number(name: str) -> None:
    assert caller_names.is_likely_caller(name)


@pytest.mark.parametrize(
    "name",
    ["tracking_phone_number", "destination_phone", "agent_phone", "businessPhone", "buyer_phone",
     "company_phone_number", "transfer_phone", "phone_code", "phone_verified", "mobileCarrier",
     "phone_type", "zip", "state"],
)  # fmt: skip
def test_a_name_of_another_number_or_of_a_fact_about_one_does_not(name: str) -> None:
    assert not caller_names.is_likely_caller(name)
