"""One publisher's share of a call: nothing that it posts leaves the others without room."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.merging import MAX_SHARE_BYTES, Merge, merge, tag_bytes
from shared.domain.postings import MAX_VALUE_LENGTH, Posting

MakePosting = Callable[..., Posting]

SECOND = timedelta(seconds=1)


def _sized(name: str, size: int) -> dict[str, str]:
    """Return tags that count this many bytes, at least a few hundred."""
    tags: dict[str, str] = {}
    while size:
        own = f"{name}{len(tags):02}"
        empty = tag_bytes(own, "")
        # No tag is left that is smaller than an empty one.
        taken = size if size <= MAX_VALUE_LENGTH else min(MAX_VALUE_LENGTH, size - empty)
        tags[own] = "v" * (taken - empty)
        size -= taken
    return tags


def _bytes(merged: Merge, publisher_id: str) -> int:
    values = ((name, v) for name, tag in merged.tags.items() for v in (tag, tag.replaced) if v)
    return sum(
        tag_bytes(name, value.value)
        for name, value in values
        if value.source.publisher_id == publisher_id
    )


@pytest.mark.parametrize(("size", "is_applied"), [(100_000, True), (100_001, False)])
def test_a_publishers_tags_take_at_most_100_000_bytes_of_a_call(
    make_posting: MakePosting, noon: datetime, size: int, is_applied: bool
) -> None:
    first = make_posting(tags=_sized("a", 60_000))
    second = make_posting(at=noon + SECOND, tags=_sized("b", size - 60_000))
    small = make_posting(at=noon + 2 * SECOND, tags={"a00": "39"})

    merged = merge({}, [first, second, small])

    assert merged.applied == ((first, second, small) if is_applied else (first, small))
    assert merged.over_share == (() if is_applied else (second,))
    assert merged.left_out == ()


def test_all_keys_of_a_publisher_share_its_bytes(make_posting: MakePosting, noon: datetime) -> None:
    first = make_posting(tags=_sized("a", 60_000), key_id="pbk_a")
    second = make_posting(at=noon + SECOND, tags=_sized("b", 60_000), key_id="pbk_b")

    assert merge({}, [first, second]).over_share == (second,)


def test_77_large_tags_do_not_keep_the_next_publishers_tag_off_the_call(
    make_posting: MakePosting, noon: datetime
) -> None:
    large = [
        make_posting(at=noon + i * SECOND, tags={f"t{i}": "v" * 3600}, publisher_id="pub_b")
        for i in range(77)
    ]
    other = make_posting(at=noon + 100 * SECOND)

    merged = merge({}, [*large, other])

    assert other in merged.applied
    assert len(merged.over_share) == 77 - 100_000 // (3600 + 250 + 3)


def test_a_publishers_own_replaced_values_make_room_for_its_share(
    make_posting: MakePosting, noon: datetime
) -> None:
    ours = [make_posting(at=noon + i * SECOND, tags=_sized("a", 60_000)) for i in range(2)]
    theirs = [
        make_posting(at=noon + i * SECOND, tags={"age": str(i)}, publisher_id="pub_b")
        for i in range(2, 4)
    ]

    merged = merge({}, [*ours, *theirs])

    assert merged.refused == ()
    assert merged.tags["a00"].replaced is None
    # Values that other publishers replaced stay.
    assert merged.tags["age"].replaced is not None


def test_a_value_that_another_publisher_replaced_counts_until_the_room_is_needed(
    make_posting: MakePosting, noon: datetime
) -> None:
    ours = make_posting(tags=_sized("a", 60_000))
    theirs = make_posting(at=noon + SECOND, tags=_sized("a", 60_000), publisher_id="pub_b")
    again = make_posting(at=noon + 2 * SECOND, tags=_sized("b", 60_000))

    assert _bytes(merge({}, [ours, theirs]), "pub_a") == 60_000
    merged = merge({}, [ours, theirs, again])

    assert merged.refused == ()
    assert _bytes(merged, "pub_a") == 60_000


# A small set of names, so that publishers replace each other's and their own tags.
_POSTS = st.lists(
    st.tuples(
        st.sampled_from(["pub_b", "pub_c"]),
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from([300, 5_000, 33_000, 60_000, 90_000]),
    ),
    max_size=25,
)


def _make(
    make_posting: MakePosting, noon: datetime, posts: Sequence[tuple[str, str, int]]
) -> list[Posting]:
    return [
        make_posting(at=noon + i * SECOND, tags=_sized(name, size), publisher_id=publisher)
        for i, (publisher, name, size) in enumerate(posts)
    ]


@given(posts=_POSTS, position=st.integers(0, 25), size=st.integers(300, 100_000))
def test_whatever_two_others_post_a_publisher_has_its_share(
    make_posting: MakePosting,
    noon: datetime,
    posts: Sequence[tuple[str, str, int]],
    position: int,
    size: int,
) -> None:
    own = make_posting(at=noon + position * SECOND, request_id="a", tags=_sized("a", size))

    merged = merge({}, [*_make(make_posting, noon, posts), own])

    assert own in merged.applied
    assert merged.left_out == ()
    assert all(_bytes(merged, publisher) <= MAX_SHARE_BYTES for publisher in ("pub_b", "pub_c"))


@given(
    posts=_POSTS,
    chance=st.randoms(use_true_random=False),
    sizes=st.lists(st.just(30_000), max_size=5),
)
def test_who_is_refused_depends_on_the_publishers_own_postings_in_their_order(
    make_posting: MakePosting,
    noon: datetime,
    posts: Sequence[tuple[str, str, int]],
    chance: Random,
    sizes: Sequence[int],
) -> None:
    """Others' postings change nothing, as long as they have other names, whenever they come."""
    own = [
        make_posting(at=noon + 3 * i * SECOND, request_id="a", tags=_sized(f"own{i}", size))
        for i, size in enumerate(sizes)
    ]
    alone = merge({}, own)
    together = [*_make(make_posting, noon, posts), *own]
    chance.shuffle(together)

    merged = merge({}, together)

    assert [p for p in merged.refused if p in own] == list(alone.refused)
    tags = merge({}, _make(make_posting, noon, posts)).tags
    assert [p for p in merge(tags, own).refused if p in own] == list(alone.refused)


@given(posts=_POSTS, chance=st.randoms(use_true_random=False))
def test_within_a_batch_the_order_of_reading_does_not_matter(
    make_posting: MakePosting,
    noon: datetime,
    posts: Sequence[tuple[str, str, int]],
    chance: Random,
) -> None:
    postings = _make(make_posting, noon, posts)
    shuffled = list(postings)
    chance.shuffle(shuffled)

    assert merge({}, shuffled) == merge({}, postings)


@given(posts=_POSTS, size=st.integers(1, 5))
def test_the_sizes_of_the_batches_do_not_matter(
    make_posting: MakePosting,
    noon: datetime,
    posts: Sequence[tuple[str, str, int]],
    size: int,
) -> None:
    postings = _make(make_posting, noon, posts)
    whole = merge({}, postings)

    merged = merge({}, [])
    for start in range(0, len(postings), size):
        merged = merge(merged.tags, postings[start : start + size])

    assert merged.tags == whole.tags
