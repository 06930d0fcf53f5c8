"""Which changes of a call the platform hears of."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.domain.calls import Call, CallEventType, announced_at, merge, needs_announcing
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
        # Routing waits for the answer to a start: to one that comes again, or after the end, too.
        (3, STARTED, 8),
        (3, ENDED, 3),
        (3, None, 3),
    ],
)
def test_a_call_is_announced_with_every_start_and_with_an_end_that_came_first(
    make_call: MakeCall, so_far: int | None, event: CallEventType | None, after: int | None
) -> None:
    assert announced_at(make_call(version=7, announced_at=so_far), event) == after


def test_the_first_announcement_is_news_even_without_tags(make_call: MakeCall) -> None:
    recorded = make_call(version=1)
    announced = make_call(version=2, announced_at=2)

    assert needs_announcing(recorded, announced)
    assert needs_announcing(None, announced)


def test_another_start_is_news_though_nothing_else_has_changed(make_call: MakeCall) -> None:
    before = make_call(version=3, announced_at=2)

    assert needs_announcing(before, replace(before, version=4, announced_at=4))


def test_tags_that_came_before_the_first_event_was_done_with_wait_for_it(
    make_call: MakeCall, make_posting: MakePosting
) -> None:
    recorded = make_call(version=1)
    tagged = replace(recorded, version=2, tags=merge({}, [make_posting()]).tags)

    assert not needs_announcing(None, recorded)
    assert not needs_announcing(recorded, tagged)
    assert needs_announcing(tagged, replace(tagged, version=3, announced_at=3))


def test_changed_tags_are_news_and_unchanged_ones_are_not(
    make_call: MakeCall, make_posting: MakePosting
) -> None:
    before = make_call(version=2, announced_at=2)
    tagged = replace(before, version=3, tags=merge({}, [make_posting()]).tags)

    assert needs_announcing(before, tagged)
    assert not needs_announcing(tagged, replace(tagged, version=4, ended_at=before.started_at))


def test_a_value_posted_again_by_somebody_else_is_news(
    make_call: MakeCall, make_posting: MakePosting
) -> None:
    """The tag's attribution has changed."""
    ours = make_posting()
    theirs = make_posting(request_id="s", publisher_id="pub_b")
    before = make_call(announced_at=2, tags=merge({}, [ours]).tags)
    after = replace(before, tags=merge(before.tags, [theirs]).tags)

    assert needs_announcing(before, after)
