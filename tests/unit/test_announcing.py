"""Which changes of a call are announced to the platform."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared.domain.announcing import needs_announcing, needs_end_announced
from shared.domain.calls import Call, CallEventType, announced_at
from shared.domain.merging import merge
from shared.domain.postings import Posting

MakePosting = Callable[..., Posting]
MakeCall = Callable[..., Call]

STARTED, ENDED = CallEventType.STARTED, CallEventType.ENDED


@pytest.mark.parametrize(
    ("so_far", "event", "after"),
    [
        (None, STARTED, 8),
        (None, ENDED, 8),
        (None, None, None),
        # Routing waits for the tags after every start: a repeated one, or one after the end, too.
        (3, STARTED, 8),
        (3, ENDED, 3),
        (3, None, 3),
    ],
)
def test_a_call_is_announced_by_every_start_and_by_an_end_that_arrives_first(
    make_call: MakeCall, so_far: int | None, event: CallEventType | None, after: int | None
) -> None:
    assert announced_at(make_call(version=7, announced_at=so_far), event) == after


def test_the_first_announcement_is_sent_even_without_tags(make_call: MakeCall) -> None:
    recorded = make_call(version=1)
    announced = make_call(version=2, announced_at=2)

    assert needs_announcing(recorded, announced)
    assert needs_announcing(None, announced)


def test_a_repeated_start_is_announced_without_other_changes(make_call: MakeCall) -> None:
    before = make_call(version=3, announced_at=2)

    assert needs_announcing(before, replace(before, version=4, announced_at=4))


def test_tags_from_before_the_first_event_wait_for_it(
    make_call: MakeCall, make_posting: MakePosting
) -> None:
    recorded = make_call(version=1)
    tagged = replace(recorded, version=2, tags=merge({}, [make_posting()]).tags)

    assert not needs_announcing(None, recorded)
    assert not needs_announcing(recorded, tagged)
    assert needs_announcing(tagged, replace(tagged, version=3, announced_at=3))


def test_changed_tags_are_announced_and_unchanged_ones_are_not(
    make_call: MakeCall, make_posting: MakePosting
) -> None:
    before = make_call(version=2, announced_at=2)
    tagged = replace(before, version=3, tags=merge({}, [make_posting()]).tags)

    assert needs_announcing(before, tagged)
    assert not needs_announcing(tagged, replace(tagged, version=4, ended_at=before.started_at))


def test_a_value_posted_again_by_another_publisher_is_announced(
    make_call: MakeCall, make_posting: MakePosting
) -> None:
    """The tag's attribution changes."""
    ours = make_posting()
    theirs = make_posting(request_id="s", publisher_id="pub_b")
    before = make_call(announced_at=2, tags=merge({}, [ours]).tags)
    after = replace(before, tags=merge(before.tags, [theirs]).tags)

    assert needs_announcing(before, after)


@pytest.mark.parametrize(
    ("announced_before", "ended_before", "announced_after", "ended_after", "expected"),
    [
        # The end of a call that is known becomes known.
        (2, None, 2, 5, True),
        (2, 5, 2, 5, False),
        (2, None, 2, None, False),
        # An end that is known before the call's first event is handled waits for that.
        (None, None, None, 5, False),
        (None, 5, 4, 5, True),
        # Another leg has continued the call, and then ended it.
        (2, 5, 2, None, False),
        (2, 5, 2, 9, True),
    ],
)
def test_a_calls_end_is_announced_when_it_becomes_known_after_the_first_event(
    make_call: MakeCall,
    noon: datetime,
    announced_before: int | None,
    ended_before: int | None,
    announced_after: int | None,
    ended_after: int | None,
    expected: bool,
) -> None:
    def call(version: int, announced: int | None, minutes: int | None) -> Call:
        ended_at = None if minutes is None else noon + timedelta(minutes=minutes)
        return make_call(version=version, announced_at=announced, ended_at=ended_at)

    before, after = call(3, announced_before, ended_before), call(4, announced_after, ended_after)

    assert needs_end_announced(before, after) is expected
    assert needs_end_announced(None, after) is (announced_after is not None and bool(ended_after))
