"""Spellings of caller numbers, and the number that each is read as."""

import pytest

from tests.e2e.service import PostbackKey, Service


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("%2B15551234567", "+15551234567"),
        ("+15551234567", "+15551234567"),
        ("15551234567", "+15551234567"),
        ("5551234567", "+15551234567"),
        ("(555)%20123-4567", "+15551234567"),
        ("555.123.4567", "+15551234567"),
        ("%2B1%20(555)%20123-4567", "+15551234567"),
        ("+10123456789", "+10123456789"),
        ("%2B3569878933094", "+3569878933094"),
        ("+3569878933094", "+3569878933094"),
        ("442079460000", "+442079460000"),
        ("%2B49301234", "+49301234"),
        ("%2B491234567890123", "+491234567890123"),
    ],
)
def test_every_usual_spelling_of_a_number_is_read(
    service: Service, key: PostbackKey, sent: str, meant: str
) -> None:
    response = service.get(f"key={key.key}&caller_number={sent}&age=39")

    assert response.status_code == 200, response.body
    assert response.json()["caller_number"] == meant


@pytest.mark.parametrize(
    "sent",
    ["", "12", "1234567", "%2B1234567", "%2B1234567890123456", "anonymous", "555-CALL-NOW", "+"],
)
def test_an_invalid_number_is_refused_with_the_reason(
    service: Service, key: PostbackKey, sent: str
) -> None:
    response = service.get(f"key={key.key}&caller_number={sent}&age=39")

    assert response.status_code == 422
    assert response.params == ["caller_number"]
    assert response.json()["errors"][0]["message"]


def test_a_number_without_a_plus_is_read_in_the_keys_default_region(
    service: Service, publisher_id: str
) -> None:
    british = service.new_key(publisher_id, default_region="GB")

    response = service.get(f"key={british.key}&caller_number=020%207946%200958&age=39")

    assert response.status_code == 200, response.body
    assert response.json()["caller_number"] == "+442079460958"


def test_two_spellings_of_a_number_are_one_caller(
    service: Service, key: PostbackKey, caller_number: str
) -> None:
    national = caller_number.removeprefix("+1")

    service.get(f"key={key.key}&caller_number={national}&age=39")
    service.get(f"key={key.key}&caller_number=+1{national}&zip=90210")

    assert [posting["tags"] for posting in service.pending(caller_number)] == [
        {"age": "39"},
        {"zip": "90210"},
    ]
