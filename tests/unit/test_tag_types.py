"""Types of planned tags: canonical forms, and values that are of another type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import tag_types
from shared.domain.tag_types import TagType

CANONICAL = [
    (TagType.TEXT, "  blue roof ", "blue roof"),
    (TagType.NUMBER, "1,234", "1234"),
    (TagType.NUMBER, "12,345,678.90", "12345678.90"),
    (TagType.NUMBER, "+07", "7"),
    (TagType.NUMBER, ".5", "0.5"),
    (TagType.NUMBER, "-0.0", "0.0"),
    (TagType.INTEGER, "39.0", "39"),
    (TagType.INTEGER, "-12", "-12"),
    (TagType.BOOLEAN, "Yes", "true"),
    (TagType.BOOLEAN, "T", "true"),
    (TagType.BOOLEAN, "off", "false"),
    (TagType.BOOLEAN, "0", "false"),
    (TagType.DATE, "2026-03-09", "2026-03-09"),
    (TagType.DATE, "2026-03-09T00:00:00Z", "2026-03-09"),
    (TagType.DATE, "20260309", "2026-03-09"),
    (TagType.DATE, "03/19/2026", "2026-03-19"),
    (TagType.DATE, "19.03.2026", "2026-03-19"),
    (TagType.DATE, "4/4/1961", "1961-04-04"),
    (TagType.DATE, "Mar 9th, 2026", "2026-03-09"),
    (TagType.DATE, "9 sept 2026", "2026-09-09"),
    (TagType.DATE, "29-Feb-2024", "2024-02-29"),
    (TagType.ZIP, "60614", "60614"),
    (TagType.ZIP, "606141203", "60614-1203"),
    (TagType.ZIP, "60614 1203", "60614-1203"),
    (TagType.POSTAL_CODE, "m5v2t6", "M5V 2T6"),
    (TagType.POSTAL_CODE, "ec1a-1bb", "EC1A 1BB"),
    (TagType.POSTAL_CODE, " 60614 ", "60614"),
    (TagType.STATE, "new  jersey", "NJ"),
    (TagType.STATE, "N.Y.", "NY"),
    (TagType.STATE, "Qu\u00e9bec", "QC"),
    (TagType.STATE, "Calif.", "CA"),
    (TagType.PHONE, "(312) 555-0187", "+13125550187"),
    (TagType.PHONE, "+44 20 7946 0321", "+442079460321"),
    (TagType.EMAIL, "Ana.Ruiz@Mail.EXAMPLE.com", "Ana.Ruiz@mail.example.com"),
    (TagType.URL, "HTTPS://cert.example.com/a1?b=2", "https://cert.example.com/a1?b=2"),
]

WRONG = [
    (TagType.NUMBER, "12,34"),
    (TagType.NUMBER, "1.234,5"),
    (TagType.NUMBER, "1e5"),
    (TagType.NUMBER, "12 apples"),
    (TagType.NUMBER, "."),
    (TagType.NUMBER, "\u0663"),
    (TagType.INTEGER, "39.5"),
    (TagType.BOOLEAN, "maybe"),
    (TagType.BOOLEAN, "2"),
    (TagType.DATE, "03/09/2026"),
    (TagType.DATE, "03/19/26"),
    (TagType.DATE, "2026-02-30"),
    (TagType.DATE, "2026-03-09T23:30:00Z"),
    (TagType.DATE, "13/19/2026"),
    (TagType.DATE, "Mars 9, 2026"),
    (TagType.DATE, "10"),
    (TagType.DATE, "0000-01-01"),
    (TagType.ZIP, "606"),
    (TagType.ZIP, "606140"),
    (TagType.ZIP, "00000"),
    (TagType.ZIP, "0000"),
    (TagType.ZIP, "M5V 2T6"),
    (TagType.POSTAL_CODE, "CHICAGO"),
    (TagType.POSTAL_CODE, "1"),
    (TagType.STATE, "Bavaria"),
    (TagType.STATE, "XX"),
    (TagType.PHONE, "12"),
    (TagType.EMAIL, "ana.ruiz"),
    (TagType.EMAIL, "ana@mail"),
    (TagType.EMAIL, "ana@mail.example.com, bo@mail.example.com"),
    (TagType.URL, "http://cert.example.com/a1"),
    (TagType.URL, "https:///a1"),
    (TagType.URL, "https://cert.example.com/a 1"),
    (TagType.URL, "https://[cert"),
]


@pytest.mark.parametrize(("kind", "sent", "canonical"), CANONICAL)
def test_a_value_has_one_canonical_form(kind: TagType, sent: str, canonical: str) -> None:
    read = tag_types.read(kind, sent, region="US")

    assert (read.value, read.repair) == (canonical, None)


@pytest.mark.parametrize(("kind", "sent"), WRONG)
def test_a_value_of_another_type_is_not_guessed(kind: TagType, sent: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as raised:
        tag_types.read(kind, sent, region="US")

    assert len(sent) < 3 or sent not in str(raised.value)


@pytest.mark.parametrize(("sent", "code"), [("2134", "02134"), ("2134-0021", "02134-0021")])
def test_a_zip_code_without_its_leading_zero_is_repaired_with_a_message(
    sent: str, code: str
) -> None:
    read = tag_types.read(TagType.ZIP, sent, region="US")

    assert read.value == code
    assert "leading zero" in (read.repair or "")


@pytest.mark.parametrize(
    ("sent", "day"), [("03/09/2026", "2026-09-03"), ("03/19/2026", "2026-03-19")]
)
def test_a_plan_with_days_first_reads_ambiguous_dates(sent: str, day: str) -> None:
    assert tag_types.read(TagType.DATE, sent, region="US", day_first=True).value == day


@given(
    kind=st.sampled_from([kind for kind in TagType if kind is not TagType.CHOICE]),
    text=st.sampled_from([sent for _, sent, _ in CANONICAL])
    | st.text("0123456789-/. ,aAeEm@:+", max_size=14),
    day_first=st.booleans(),
)
def test_a_canonical_form_is_read_as_itself(kind: TagType, text: str, day_first: bool) -> None:
    try:
        canonical = tag_types.read(kind, text, region="US", day_first=day_first).value
    except ValueError:
        return
    again = tag_types.read(kind, canonical, region="US", day_first=day_first)

    assert (again.value, again.repair) == (canonical, None)
