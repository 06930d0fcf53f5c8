"""Times as the APIs and the tables have them."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import timestamps

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=84_000)).map(EPOCH.__add__)


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime(2026, 11, 23, 8, 5, 31, 656000, UTC), "2026-11-23T08:05:31.656Z"),
        (datetime(2026, 11, 23, tzinfo=UTC), "2026-11-23T00:00:00.000Z"),
        (
            datetime(2026, 11, 23, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-22T23:00:00.000Z",
        ),
    ],
)
def test_times_are_written_in_utc_with_a_fixed_width(time: datetime, text: str) -> None:
    assert timestamps.to_text(time) == text
    assert timestamps.from_text(text) == time


@given(MOMENTS, MOMENTS)
def test_texts_sort_as_their_times_do(one: datetime, other: datetime) -> None:
    one, other = timestamps.to_milliseconds(one), timestamps.to_milliseconds(other)

    assert (timestamps.to_text(one) < timestamps.to_text(other)) == (one < other)


@given(MOMENTS)
def test_a_time_cut_to_milliseconds_is_written_exactly(time: datetime) -> None:
    cut = timestamps.to_milliseconds(time)

    assert timestamps.from_text(timestamps.to_text(cut)) == cut
    assert timedelta(0) <= time - cut < timedelta(milliseconds=1)


@given(st.integers(0, 4_102_444_800_000))
def test_epoch_milliseconds_are_read_exactly(epoch_ms: int) -> None:
    time = timestamps.from_epoch_ms(epoch_ms)

    assert (time - EPOCH) // timedelta(milliseconds=1) == epoch_ms
    assert time.microsecond % 1000 == 0


@pytest.mark.parametrize(
    ("milliseconds", "seconds"),
    [(1_741_608_000_000, 1_741_608_000), (1_741_608_000_001, 1_741_608_001), (999, 1)],
)
def test_expiry_is_rounded_up_so_that_nothing_expires_early(
    milliseconds: int, seconds: int
) -> None:
    assert timestamps.to_epoch_seconds(timestamps.from_epoch_ms(milliseconds)) == seconds


PRINTED = [
    "Mon Nov 23 2026 08:05:31 GMT+0000 (Coordinated Universal Time)",  # JavaScript
    "Mon Nov 23 2026 03:05:31 GMT-0500 (Eastern Standard Time)",
    "Mon Nov 23 2026 09:05:31 GMT+0100 (heure normale d\u2019Europe centrale)",
    "Mon Nov 23 2026 08:05:31 GMT+0000",
    "Mon, 23 Nov 2026 08:05:31 GMT",
    "Nov 23, 2026, 8:05:31\u202fAM UTC",
    "Mon Nov 23 03:05:31 UTC-0500 2026",  # Internet Explorer
    "Mon Nov 23 08:05:31 UTC 2026",  # Java, Unix
    "Mon Nov 23 03:05:31 EST 2026",
    "Nov 23, 2026 8:05:31 AM UTC",
    "2026-11-23T08:05:31Z[UTC]",
    "2026-11-23T03:05:31-05:00[America/New_York]",
    "2026-11-23 08:05:31.000000000 +0000 UTC m=+0.000012",  # Go
    "2026-11-23 08:05:31 +0000 UTC",
    "2026-11-23 03:05:31 -0500 EST",
    "2026/11/23 08:05:31 +0000",
    "Mon Nov 23 08:05:31 +0000 2026",  # Ruby
    "2026-11-23 08:05:31 UTC",
    "2026-11-23 08:05:31 +0000",
    "Monday, 23-Nov-2026 08:05:31 UTC",  # PHP
    "Monday, 23-Nov-26 08:05:31 UTC",
    "/Date(1795421131000)/",  # .NET
    "\\/Date(1795421131000-0500)\\/",
    "2026-11-23T08:05:31.0000000+00:00",
    "new Date(1795421131000)",
    'ISODate("2026-11-23T08:05:31Z")',  # MongoDB
    '"2026-11-23T08:05:31Z"',
    '#inst "2026-11-23T08:05:31.000-00:00"',  # Clojure
    "~U[2026-11-23 08:05:31Z]",  # Elixir
    "@1795421131",
    "Mon 23 Nov 2026 08:05:31 AM UTC",  # GNU date
    "Mon 2026-11-23 08:05:31 UTC",  # systemd
    "2026-11-23 08:05:31 GMT+0",
]


@pytest.mark.parametrize("text", PRINTED)
def test_a_time_is_read_as_languages_print_it(text: str) -> None:
    assert timestamps.parse(text) == datetime(2026, 11, 23, 8, 5, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Mon Nov 23 08:05:31 2026", timestamps.NO_OFFSET),  # C, Python, Perl
        ("2026-11-23 08:05:31", timestamps.NO_OFFSET),
        ("2026-11-23 08:05:31 America/New_York", timestamps.NO_OFFSET),
        ("Nov 23, 2026 8:05:31 AM", timestamps.NO_OFFSET),
        ("11/23/2026, 8:05:31 AM", timestamps.NOT_A_TIME),
        ("11/23/2026 8:05:31 AM +00:00", timestamps.NOT_A_TIME),  # the day or the month first
        ("Mon Nov 31 2026 08:05:31 GMT+0000", timestamps.NOT_A_TIME),
        ("Nov 23, 2026 18:05:31 PM UTC", timestamps.NOT_A_TIME),
        ("Mon Foo 23 2026 08:05:31 GMT+0000", timestamps.NOT_A_TIME),
        ("Invalid Date", timestamps.NOT_A_TIME),
        ("/Date(12)/", timestamps.NOT_A_TIME),
        ("0001-01-01 00:00:00 +0000 UTC m=" + "9" * 200, timestamps.NOT_A_TIME),
    ],
)
def test_a_printed_time_that_has_no_offset_or_does_not_exist_is_refused(
    text: str, message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        timestamps.parse(text)


@pytest.mark.parametrize("zone", ["CST", "CDT", "PST", "PDT", "IST", "BST", "AST", "SST", "CET"])
@pytest.mark.parametrize(
    "form",
    [
        "Mon Nov 23 08:05:31 {} 2026",  # Java, Unix
        "Mon 23 Nov 2026 08:05:31 AM {}",  # GNU date
        "Mon 23 Nov 2026 08:05:31 {}",
        "Mon 2026-11-23 08:05:31 {}",  # systemd
        "Nov 23, 2026, 8:05:31 AM {}",
        "2026-11-23 08:05:31 {}",
        "Monday, 23-Nov-2026 08:05:31 {}",  # PHP
    ],
)
def test_a_printed_time_whose_zones_name_has_several_meanings_is_refused(
    form: str, zone: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(timestamps.UNCLEAR_ZONE)):
        timestamps.parse(form.format(zone))


@pytest.mark.parametrize("zone", ["CST", "CDT", "PST", "PDT"])
def test_a_two_digit_year_does_not_make_a_zones_name_clear(zone: str) -> None:
    with pytest.raises(ValueError, match=re.escape(timestamps.UNCLEAR_ZONE)):
        timestamps.parse(f"Monday, 23-Nov-26 08:05:31 {zone}")


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("Mon, 23 Nov 2026 08:05:31 CST", 14),
        ("Mon, 23 Nov 2026 08:05:31 CDT", 13),
        ("Mon, 23 Nov 2026 08:05:31 PST", 16),
        ("23 Nov 2026 08:05:31 PDT", 15),
        ("Mon, 23 Nov 26 08:05:31 CST", 14),
        ("Mon, 23 Nov 2026 08:05:31 CST (Central)", 14),
        ("Mon, 23 Nov 2026 08:05:31 EST", 13),
        ("Mon Nov 23 08:05:31 MST 2026", 15),
        ("2026-11-23 08:05:31 +0800 CST", 0),  # Go in China: the offset counts
        ("Mon Nov 23 2026 08:05:31 GMT+0800 (CST)", 0),
    ],
)
def test_a_zones_name_is_read_as_rfc_2822_defines_it_or_by_the_offset_beside_it(
    text: str, hour: int
) -> None:
    assert timestamps.parse(text) == datetime(2026, 11, 23, hour, 5, 31, tzinfo=UTC)


@given(st.text("MonNv 2360:+-()[]/@'\"\\UTCGdate\u202f", max_size=200))
def test_any_text_is_a_time_with_an_offset_or_refused(text: str) -> None:
    try:
        time = timestamps.parse(text)
    except ValueError:
        return

    assert time.utcoffset() is not None
