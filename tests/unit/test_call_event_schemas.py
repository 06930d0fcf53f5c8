"""Call events from the platform: valid, tolerated and malformed ones."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.call_events import schemas
from shared.domain.calls import CallEventType
from shared.domain.errors import InvalidInput

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALL_UUID = "9b653cf0-4835-493b-860c-aed9b7af2a4a"

SampleEvent = Callable[[str], dict[str, Any]]


def _event(detail_type: str = "Call Started", /, **detail: Any) -> str:
    facts = {"call_uuid": CALL_UUID, "started_at": "2026-11-23T08:05:31.656Z"}
    members = {name: value for name, value in (facts | detail).items() if value is not ...}
    return json.dumps({"detail-type": detail_type, "detail": members})


def _problems(text: str) -> dict[str | None, str]:
    with pytest.raises(InvalidInput) as refusal:
        schemas.parse(text)
    return {problem.param: problem.message for problem in refusal.value.problems}


@pytest.mark.parametrize(
    ("name", "event_type", "caller_number", "ended_at"),
    [
        ("call_started", CallEventType.STARTED, "+15551234567", None),
        (
            "call_ended",
            CallEventType.ENDED,
            "+15551234567",
            datetime(2026, 11, 23, 8, 9, 11, 20_000, UTC),
        ),
        ("call_started_anonymous", CallEventType.STARTED, None, None),
    ],
)
def test_the_sample_events_report_a_call(
    sample_event: SampleEvent,
    name: str,
    event_type: CallEventType,
    caller_number: str | None,
    ended_at: datetime | None,
) -> None:
    event = schemas.parse(json.dumps(sample_event(name)))
    call = schemas.to_call(event.detail, "US")

    assert event.type is event_type
    assert call.caller_number == caller_number
    assert call.started_at == datetime(2026, 11, 23, 8, 5, 31, 656_000, UTC)
    assert call.ended_at == ended_at
    assert (call.version, call.announced_at, dict(call.tags)) == (0, None, {})


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("+15551234567", "+15551234567"),
        ("5551234567", "+15551234567"),
        (5551234567, "+15551234567"),
        ("+10123456789", "+10123456789"),
        (None, None),
        (..., None),
        ("", None),
        ("anonymous", None),
        ("Restricted", None),
        ("+1", None),
        ("sip:alice@example.com", None),
        ("sip:+15551234567@198.51.100.7:5060;user=phone", "+15551234567"),
        ("tel:+1-555-123-4567", "+15551234567"),
        ('"Jo 2" <sip:5551234567@pbx.example>', "+15551234567"),
        (15551234567.0, "+15551234567"),
        ("\t+6591230142\r\n", "+6591230142"),
        ("\u202d+1 (555) 123-4567\u202c", "+15551234567"),
        ("sip:198.51.100.142:5060", None),
        ("+15551234567\x00", None),
        ("5" * 300, None),
        (5551234567.5, None),
        ("+266696687", None),
        ("sip:anonymous@anonymous.invalid", None),
        (0, None),
        (True, None),
        (["+15551234567"], None),
        ({"e164": "+15551234567"}, None),
    ],
)
def test_an_unreadable_caller_number_means_an_anonymous_caller(
    sent: object, number: str | None
) -> None:
    event = schemas.parse(_event(caller_number=sent))

    assert schemas.to_call(event.detail, "US").caller_number == number


@pytest.mark.parametrize("member", ["campaign_id", "dialed_number"])
@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("c-42", "c-42"),
        (18005550100, "18005550100"),
        ("x" * 256, "x" * 256),
        (None, None),
        (..., None),
        ("", None),
        ("x" * 257, None),
        ("a\x00b", None),
        (True, None),
        (["x"], None),
        ({"a": 1}, None),
    ],
)
def test_an_unusable_optional_member_counts_as_missing(
    member: str, sent: object, read: str | None
) -> None:
    call = schemas.to_call(schemas.parse(_event(**{member: sent})).detail, "US")

    assert getattr(call, member) == read


CALLER, OURS = "+15552014477", "+15552019999"


@pytest.mark.parametrize(
    ("direction", "calling", "called", "caller", "other"),
    [
        (..., CALLER, OURS, CALLER, OURS),
        ("inbound", CALLER, OURS, CALLER, OURS),
        (" Inbound ", CALLER, OURS, CALLER, OURS),
        ("outbound", OURS, CALLER, CALLER, OURS),
        ("OUTBOUND", OURS, "(555) 201-4477", CALLER, OURS),
        # With one number only, that is the caller's.
        ("outbound", CALLER, ..., CALLER, None),
        ("outbound", ..., CALLER, CALLER, None),
        # The dialed text is not a number: the caller is unknown, and never our own number.
        ("outbound", OURS, "sip:agent7@pbx.example", None, OURS),
        # Any other value is treated as missing.
        ("sideways", CALLER, OURS, CALLER, OURS),
        (7, CALLER, OURS, CALLER, OURS),
        (None, CALLER, OURS, CALLER, OURS),
    ],
)
def test_the_caller_is_the_person_outside(
    direction: object, calling: object, called: object, caller: str | None, other: str | None
) -> None:
    sent = _event(direction=direction, caller_number=calling, dialed_number=called)
    call = schemas.to_call(schemas.parse(sent).detail, "US")

    is_outbound = isinstance(direction, str) and direction.lower() == "outbound"
    assert (call.caller_number, call.dialed_number) == (caller, other)
    assert call.direction == ("outbound" if is_outbound else "inbound")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (..., None),
        (None, None),
        ("", None),
        ("leg-000017", "leg-000017"),
        ("9B653CF048354 93B860CAED9B7AF2A4A".replace(" ", ""), CALL_UUID),
        (4477221199, "4477221199"),
    ],
)
def test_a_leg_names_its_call(sent: object, read: str | None) -> None:
    assert schemas.parse(_event(parent_call_uuid=sent)).detail.parent_call_uuid == read


@pytest.mark.parametrize("sent", ["a b", "{{parent}}", ["leg-000017"], True])
def test_an_invalid_parent_is_an_error_since_a_leg_must_not_become_a_call(sent: object) -> None:
    assert list(_problems(_event(parent_call_uuid=sent))) == ["detail.parent_call_uuid"]


def test_unknown_members_are_ignored() -> None:
    event = schemas.parse(_event(hangup_cause="16", ended_at="whenever"))

    assert schemas.to_call(event.detail, "US").ended_at is None


@pytest.mark.parametrize(
    "sent",
    [
        CALL_UUID.upper(),
        CALL_UUID.replace("-", ""),
        f"{{{CALL_UUID}}}",
        f"urn:uuid:{CALL_UUID}",
        f" {CALL_UUID}\n",
    ],
)
def test_a_call_uuid_is_read_in_any_spelling(sent: str) -> None:
    event = schemas.parse(_event(call_uuid=sent))

    assert schemas.to_call(event.detail, "US").call_uuid == CALL_UUID


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("CA5f1e0c7d2b9a48e3b6d0f7a1c4e8b2d9", "CA5f1e0c7d2b9a48e3b6d0f7a1c4e8b2d9"),
        ("v3:Kd_9-xYzAbC", "v3:Kd_9-xYzAbC"),
        ("1795421131.42", "1795421131.42"),
        (1795421131, "1795421131"),
        ("f81d4fae7dec@203.0.113.9", "f81d4fae7dec@203.0.113.9"),
        ("abcdef", "abcdef"),
        ("ab" * 64, "ab" * 64),
    ],
)
def test_other_call_ids_keep_the_phone_systems_spelling(sent: object, read: str) -> None:
    event = schemas.parse(_event(call_uuid=sent))

    assert schemas.to_call(event.detail, "US").call_uuid == read


@pytest.mark.parametrize(
    "sent",
    [
        "undefined",
        "--A--call_uuid--B--",
        "__call_uuid__",
        "abcde",
        "a" * 129,
        "two words",
        "half#id",
        "",
        None,
        True,
        1795421131.42,
        ["abcdef"],
    ],
)
def test_an_invalid_call_id_is_malformed(sent: object) -> None:
    assert list(_problems(_event(call_uuid=sent))) == ["detail.call_uuid"]


AT = datetime(2026, 11, 23, 8, 5, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    "sent",
    [
        "2026-11-23T08:05:31Z",
        "2026-11-23T08:05:31+0000",
        "20261123T080531Z",
        "2026-11-23 08:05:31 UTC",
        "2026-11-23 03:05:31 -05:00",
        "Mon, 23 Nov 2026 08:05:31 +0000",
        "Mon, 23 Nov 2026 03:05:31 -0500",
        "23 Nov 2026 08:05:31 GMT",
        "Mon, 23 Nov 2026 08:05:31 -0000",  # RFC 2822 for UTC in an unknown zone
        " 2026-11-23T08:05:31Z\n",
        1795421131,
        1795421131.0,
        "1795421131",
        1795421131000,
        "1795421131000",
        1795421131000000,
        1795421131000000000,
        "1795421131000000000",
    ],
)
def test_times_are_read_as_phone_systems_write_them(sent: object) -> None:
    event = schemas.parse(_event(started_at=sent))

    assert event.detail.started_at == AT


@pytest.mark.parametrize(
    "sent",
    [
        0,
        "0",
        946684799,  # 1999
        4102444800,  # 2100
        -1795421131,
        True,
        "23 Nov 2026 08:05:31",
        "Mon, 23 Nov 2026 08:05:31 CEST",
        10**400,
        float("1e308"),
        "99999999999999999",
        "2026-11-23T08:05:31",
        "2026-11-23",
        "now",
        {},
    ],
)
def test_a_time_without_an_offset_or_outside_the_century_is_malformed(sent: object) -> None:
    assert list(_problems(_event(started_at=sent))) == ["detail.started_at"]


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_an_epoch_is_between_2000_and_2100_in_any_unit(unit: int) -> None:
    first, end = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

    for written in (int, str, float):
        sent = written(946_684_800 * unit)
        assert schemas.parse(_event(started_at=sent)).detail.started_at == first
    last = schemas.parse(_event(started_at=4_102_444_799 * unit)).detail.started_at
    assert last == end - timedelta(seconds=1)
    for outside in (946_684_799 * unit, 4_102_444_800 * unit):
        with pytest.raises(InvalidInput):
            schemas.parse(_event(started_at=outside))


def test_a_detail_that_is_json_in_a_string_is_read() -> None:
    sent = json.loads(_event(caller_number="5551234567"))
    sent["detail"] = json.dumps(sent["detail"])

    call = schemas.to_call(schemas.parse(json.dumps(sent)).detail, "US")

    assert (call.call_uuid, call.caller_number) == (CALL_UUID, "+15551234567")


@pytest.mark.parametrize("detail", ["", "{", "[]", "null", '"{}"', "5"])
def test_a_detail_that_is_another_string_is_malformed(detail: str) -> None:
    assert _problems(json.dumps({"detail-type": "Call Started", "detail": detail}))


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-11-23T08:05:31.656789Z", datetime(2026, 11, 23, 8, 5, 31, 656_000, UTC)),
        ("2026-11-23T10:05:31+02:00", datetime(2026, 11, 23, 8, 5, 31, tzinfo=UTC)),
        ("2026-11-23 08:05:31Z", datetime(2026, 11, 23, 8, 5, 31, tzinfo=UTC)),
    ],
)
def test_times_are_cut_to_milliseconds_in_utc(sent: str, read: datetime) -> None:
    call = schemas.to_call(schemas.parse(_event(started_at=sent)).detail, "US")

    assert call.started_at == read
    assert call.started_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (_event(call_uuid=...), "detail.call_uuid"),
        (_event(call_uuid="c-42"), "detail.call_uuid"),
        (_event(started_at=...), "detail.started_at"),
        (_event(started_at=None), "detail.started_at"),
        (_event(started_at="yesterday"), "detail.started_at"),
        (_event(started_at="2026-11-23T08:05:31"), "detail.started_at"),
        (_event("Call Ended"), "detail.ended_at"),
        (_event("Call Ended", ended_at=None), "detail.ended_at"),
        (_event(started_at="0001-01-01T00:00:00+14:00"), "detail.started_at"),
        (json.dumps({"detail-type": "Call Started"}), "detail"),
        (json.dumps({"detail-type": "Call Started", "detail": []}), "detail"),
    ],
)
def test_a_malformed_event_names_the_member_that_is_wrong(text: str, named: str) -> None:
    assert list(_problems(text)) == [named]


@pytest.mark.parametrize(
    ("text", "param", "message"),
    [
        (_event(call_uuid=...), "detail.call_uuid", "is required"),
        (_event(call_uuid="c-42"), "detail.call_uuid", "must be a call ID: a UUID, or "),
        (_event(call_uuid=42), "detail.call_uuid", "must be a call ID: a UUID, or "),
        (_event(started_at=None), "detail.started_at", "must be a time with its UTC offset"),
        (_event(started_at="2026-11-23"), "detail.started_at", "has no UTC offset"),
        (_event(started_at="2026-13-23T08:05:31Z"), "detail.started_at", "must be a time "),
        (
            _event(started_at="0001-01-01T00:00:00+14:00"),
            "detail.started_at",
            "is outside the calendar",
        ),
        (_event("Call Parked"), "detail-type", "must be Call Started or Call Ended"),
        ("{}", "detail-type", "must be Call Started or Call Ended"),
        ('{"detail-type": "Call Started", "detail": 1}', "detail", "must be a JSON object"),
        ("[]", None, "must be a JSON object"),
        ("{", None, "is not valid JSON: "),
    ],
)
def test_a_malformed_events_error_says_what_is_expected(
    text: str, param: str | None, message: str
) -> None:
    ((named, problem),) = _problems(text).items()

    assert named == param
    assert problem.startswith(message)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"detail-type": "Call Parked"}', "{}"])
def test_text_that_is_not_a_call_event_is_malformed(text: str) -> None:
    assert _problems(text)


SENT = NOW - timedelta(minutes=2)
"""When the event was put on the bus."""
LATEST = NOW + timedelta(minutes=5)
"""The latest time that is not in the future."""
LATER = LATEST + timedelta(milliseconds=1)
EARLIER = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    ("sent_at", "started_at", "ended_at", "settled", "warned"),
    [
        (SENT, EARLIER, NOW, (EARLIER, NOW), []),
        (SENT, LATEST, LATEST, (LATEST, LATEST), []),
        (SENT, EARLIER, LATER, (EARLIER, SENT), ["ended_at"]),
        (SENT, LATER, LATER, (SENT, SENT), ["started_at", "ended_at"]),
        (None, LATER, LATER, (NOW, NOW), ["started_at", "ended_at"]),
        (LATER, LATER, LATER, (NOW, NOW), ["started_at", "ended_at"]),
        (SENT, EARLIER, EARLIER, (EARLIER, EARLIER), []),
        (SENT, EARLIER, EARLIER - timedelta(seconds=1), (EARLIER, SENT), ["ended_at"]),
        (None, EARLIER, EARLIER - timedelta(seconds=1), (EARLIER, NOW), ["ended_at"]),
        # A sender may set the event's time to the call's start, and an event may be handled late.
        (EARLIER, EARLIER, NOW, (EARLIER, NOW), []),
    ],
)
def test_a_wrong_time_becomes_that_of_the_event_or_of_its_handling(
    sent_at: datetime | None,
    started_at: datetime,
    ended_at: datetime,
    settled: tuple[datetime, datetime],
    warned: list[str],
) -> None:
    times = {"started_at": started_at.isoformat(), "ended_at": ended_at.isoformat()}
    sent = json.loads(_event("Call Ended", **times))
    event = schemas.parse(json.dumps(sent | ({"time": sent_at.isoformat()} if sent_at else {})))

    warnings = schemas.settle_times(event, NOW)
    call = schemas.to_call(event.detail, "US")

    assert (call.started_at, call.ended_at) == settled
    assert [warning.param for warning in warnings] == warned


def test_the_error_of_a_malformed_event_does_not_quote_it() -> None:
    problems = _problems(_event(caller_number="+15551234567", call_uuid="a secret", started_at="x"))

    assert len(problems) == 2
    assert not any("secret" in m or "5551234567" in m for m in problems.values())
