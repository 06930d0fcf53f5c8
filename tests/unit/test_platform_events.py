"""The event `Call Tagged`."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.calls import Call, Tag
from shared.domain.merging import merge
from shared.domain.platform_events import DETAIL_TYPE, MAX_DETAIL_BYTES, SOURCE, event_detail
from shared.domain.postings import Posting

LONGEST_CALL = timedelta(hours=4)

MakePosting = Callable[..., Posting]
MakeCall = Callable[..., Call]


def _detail(call: Call, at: datetime) -> dict[str, Any]:
    detail: dict[str, Any] = json.loads(event_detail(call, at, LONGEST_CALL))
    return detail


def test_the_event_has_the_calls_tags_and_their_sources(
    make_call: MakeCall, make_posting: MakePosting, noon: datetime
) -> None:
    posting = make_posting(at=noon - timedelta(minutes=1), request_id="JKJaXmPLvHcESHA=")
    tags = merge({}, [posting]).tags
    call = make_call(campaign_id="c-42", dialed_number="611", version=3, tags=tags)

    assert _detail(call, noon) == {
        "call_uuid": "9b653cf0-4835-493b-860c-aed9b7af2a4a",
        "caller_number": "+15551234567",
        "campaign_id": "c-42",
        "dialed_number": "611",
        "direction": "inbound",
        "call_status": "in_progress",
        "started_at": "2025-03-10T12:00:00.000Z",
        "ended_at": None,
        "version": 3,
        "tags": {"age": "39"},
        "attribution": {
            "age": {
                "publisher_id": "pub_a",
                "key_id": "pbk_a",
                "posting_id": "1741607940000-JKJaXmPLvHcESHA=",
                "posted_at": "2025-03-10T11:59:00.000Z",
            }
        },
    }


def test_the_event_has_the_end_and_the_direction_that_were_reported(
    make_call: MakeCall, noon: datetime
) -> None:
    ended_at = noon + timedelta(minutes=2)
    detail = _detail(make_call(direction="outbound", ended_at=ended_at), noon)

    assert detail["direction"] == "outbound"
    assert detail["ended_at"] == "2025-03-10T12:02:00.000Z"


def test_the_event_equals_the_sample_event(
    make_call: MakeCall, noon: datetime, sample_event: Callable[[str], dict[str, Any]]
) -> None:
    sample = sample_event("call_tagged")

    assert (sample["source"], sample["detail-type"]) == (SOURCE, DETAIL_TYPE)
    assert list(sample["detail"]) == list(_detail(make_call(), noon))


def test_the_event_of_a_call_without_tags_has_empty_members(
    make_call: MakeCall, noon: datetime
) -> None:
    detail = _detail(make_call(caller_number=None), noon)

    assert (detail["tags"], detail["attribution"]) == ({}, {})
    assert detail["caller_number"] is None
    assert detail["campaign_id"] is None
    assert "tags_omitted" not in detail


@pytest.mark.parametrize(
    ("ended", "after_the_start", "status"),
    [
        (False, timedelta(hours=4), "in_progress"),
        (False, timedelta(hours=5), "completed"),
        (True, timedelta(minutes=1), "completed"),
    ],
)
def test_the_status_is_as_of_the_change(
    make_call: MakeCall, noon: datetime, ended: bool, after_the_start: timedelta, status: str
) -> None:
    call = make_call(ended_at=noon if ended else None)

    assert _detail(call, noon + after_the_start)["call_status"] == status


@pytest.fixture
def many_tags(make_posting: MakePosting) -> Callable[[int, str], dict[str, Tag]]:
    """Return a function that makes tags of 8,192 characters, more than a call takes."""
    (age,) = merge({}, [make_posting()]).tags.values()
    return lambda count, character: {
        f"t{i}": Tag(character * 8192, age.source) for i in range(count)
    }


def test_an_event_too_large_for_the_bus_omits_the_tags_and_says_so(
    make_call: MakeCall, many_tags: Callable[[int, str], dict[str, Tag]], noon: datetime
) -> None:
    fitting = make_call(version=2, tags=many_tags(115, "v"))
    too_big = make_call(version=3, tags=many_tags(125, "v"))

    assert len(_detail(fitting, noon)["tags"]) == 115
    assert _detail(too_big, noon) == {
        "call_uuid": too_big.call_uuid,
        "caller_number": "+15551234567",
        "campaign_id": None,
        "dialed_number": None,
        "direction": "inbound",
        "call_status": "in_progress",
        "started_at": "2025-03-10T12:00:00.000Z",
        "ended_at": None,
        "version": 3,
        "tags": {},
        "attribution": {},
        "tags_omitted": True,
    }


def test_the_size_of_an_event_is_counted_in_utf_8_bytes(
    make_call: MakeCall, many_tags: Callable[[int, str], dict[str, Tag]], noon: datetime
) -> None:
    text = event_detail(make_call(tags=many_tags(50, "\u20ac")), noon, LONGEST_CALL)

    assert 50 * 8192 < MAX_DETAIL_BYTES < 50 * 8192 * 3
    assert len(text.encode()) <= MAX_DETAIL_BYTES
    assert json.loads(text)["tags_omitted"] is True


@pytest.mark.parametrize("character", ["v", '"', "\n", "\U0001f600"])
@pytest.mark.parametrize("length", [0, 100, 8192])
def test_all_tags_of_a_full_call_fit(
    make_call: MakeCall, make_posting: MakePosting, noon: datetime, character: str, length: int
) -> None:
    tags: Mapping[str, Tag] = {}
    for number in range(1300):
        name = f"{number:04}" + '"' * 124
        one = make_posting(tags={name: character * length}, publisher_id=f"pub_{number:012}")
        merged = merge(tags, [one])
        tags = merged.tags
        if merged.left_out:
            break

    assert merged.left_out
    assert "tags_omitted" not in _detail(make_call(tags=tags), noon)
