"""Whether a posting belongs to a call, by their own times: both sides of each rule."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from shared.domain.calls import Call, CallStatus, belongs, status_for
from shared.domain.postings import Posting, Status

LONGEST_CALL = timedelta(hours=4)
MS = timedelta(milliseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ZERO = timedelta(0)

MakePosting = Callable[..., Posting]
MakeCall = Callable[..., Call]


@pytest.mark.parametrize(
    ("before_the_start", "stored_for", "expected"),
    [
        (MS, MINUTE, True),
        (MINUTE - MS, MINUTE, True),
        (MINUTE, MINUTE, True),
        (MINUTE + MS, MINUTE, False),
        (30 * 24 * HOUR, 30 * 24 * HOUR, True),
        (24 * HOUR + MS, 24 * HOUR, False),
    ],
)
def test_a_posting_before_a_call_belongs_to_it_until_it_expires(
    make_posting: MakePosting,
    make_call: MakeCall,
    noon: datetime,
    before_the_start: timedelta,
    stored_for: timedelta,
    expected: bool,
) -> None:
    posting = make_posting(at=noon - before_the_start, stored_for=stored_for)

    assert belongs(posting, make_call(), LONGEST_CALL) is expected


@pytest.mark.parametrize("after_the_start", [ZERO, MS, HOUR, 3 * HOUR])
def test_a_posting_during_a_call_belongs_to_it_however_short_its_storage(
    make_posting: MakePosting, make_call: MakeCall, noon: datetime, after_the_start: timedelta
) -> None:
    posting = make_posting(at=noon + after_the_start, stored_for=MINUTE, cutoff=ZERO)

    assert belongs(posting, make_call(), LONGEST_CALL)
    assert belongs(posting, make_call(ended_at=noon + 3 * HOUR), LONGEST_CALL)


@pytest.mark.parametrize(
    ("after_the_end", "cutoff", "expected"),
    [
        (ZERO, ZERO, True),
        (MS, ZERO, False),
        (MS, HOUR, True),
        (HOUR, HOUR, True),
        (HOUR + MS, HOUR, False),
        (7 * 24 * HOUR, 7 * 24 * HOUR, True),
    ],
)
def test_a_posting_after_a_call_belongs_to_it_until_the_keys_cutoff(
    make_posting: MakePosting,
    make_call: MakeCall,
    noon: datetime,
    after_the_end: timedelta,
    cutoff: timedelta,
    expected: bool,
) -> None:
    ended_at = noon + 5 * MINUTE
    posting = make_posting(at=ended_at + after_the_end, cutoff=cutoff)

    assert belongs(posting, make_call(ended_at=ended_at), LONGEST_CALL) is expected


@pytest.mark.parametrize(
    ("after_the_start", "expected"),
    [(4 * HOUR, True), (5 * HOUR, True), (5 * HOUR + MS, False)],
)
def test_a_call_without_a_reported_end_is_over_after_the_longest_call(
    make_posting: MakePosting,
    make_call: MakeCall,
    noon: datetime,
    after_the_start: timedelta,
    expected: bool,
) -> None:
    posting = make_posting(at=noon + after_the_start, cutoff=HOUR)

    assert belongs(posting, make_call(), LONGEST_CALL) is expected


def test_a_call_longer_than_the_longest_call_is_over_when_it_ended(
    make_posting: MakePosting, make_call: MakeCall, noon: datetime
) -> None:
    posting = make_posting(at=noon + 6 * HOUR, cutoff=ZERO)

    assert belongs(posting, make_call(ended_at=noon + 6 * HOUR), LONGEST_CALL)


def test_a_short_cutoff_does_not_affect_postings_from_before_the_call(
    make_posting: MakePosting, make_call: MakeCall, noon: datetime
) -> None:
    posting = make_posting(at=noon - HOUR, cutoff=ZERO)

    assert belongs(posting, make_call(ended_at=noon + MINUTE), LONGEST_CALL)


@pytest.mark.parametrize(
    ("after_the_start", "ended_after", "status"),
    [
        (-HOUR, None, CallStatus.IN_PROGRESS),
        (ZERO, None, CallStatus.IN_PROGRESS),
        (4 * HOUR, None, CallStatus.IN_PROGRESS),
        (4 * HOUR + MS, None, CallStatus.COMPLETED),
        (MINUTE, HOUR, CallStatus.COMPLETED),
        (2 * HOUR, HOUR, CallStatus.COMPLETED),
    ],
)
def test_a_call_is_completed_once_its_end_is_reported_or_certain(
    make_posting: MakePosting,
    make_call: MakeCall,
    noon: datetime,
    after_the_start: timedelta,
    ended_after: timedelta | None,
    status: CallStatus,
) -> None:
    at = noon + after_the_start
    call = make_call(ended_at=noon + ended_after if ended_after else None)
    expected = {
        CallStatus.IN_PROGRESS: Status.APPLIED_IN_PROGRESS,
        CallStatus.COMPLETED: Status.APPLIED_COMPLETED,
    }

    assert call.status(at, LONGEST_CALL) is status
    assert status_for(make_posting(at=at), call, LONGEST_CALL) is expected[status]
