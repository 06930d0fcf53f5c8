"""How postings change a call's tags, in any order."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.calls import Tag
from shared.domain.merging import MAX_SHARE_BYTES, merge
from shared.domain.postings import Posting

MakePosting = Callable[..., Posting]

SECOND = timedelta(seconds=1)

VALUES = st.text("xyz", max_size=2) | st.sampled_from(["{{x}}", "[y]", "undefined"])
TAGS = st.dictionaries(st.sampled_from("abcd"), VALUES, min_size=1)
BATCHES = st.lists(TAGS, min_size=1, max_size=6).flatmap(
    lambda tags: st.tuples(
        st.just(tags), st.permutations(range(len(tags))), st.integers(1, len(tags))
    )
)


def _values(tags: Mapping[str, Tag]) -> dict[str, str]:
    return {name: tag.value for name, tag in tags.items()}


def _fill(make_posting: MakePosting, *, at: datetime, name: str) -> Posting:
    """Return a publisher's only tags, of about a sixth of a call's maximum."""
    tags = {f"{name}_{i}": "v" * 2000 for i in range(23)}
    return make_posting(at=at, tags=tags, publisher_id=f"pub_{name}")


def test_the_later_posting_wins_tag_by_tag(make_posting: MakePosting, noon: datetime) -> None:
    earlier = make_posting(tags={"age": "39", "zip": "90210"})
    later = make_posting(at=noon + SECOND, tags={"age": "40", "state": "CA"})

    for order in ([earlier, later], [later, earlier]):
        merged = merge({}, order)

        assert _values(merged.tags) == {"age": "40", "zip": "90210", "state": "CA"}
        assert merged.applied == (earlier, later)
        assert merged.left_out == ()


def test_a_late_posting_changes_only_tags_that_no_later_one_has_set(
    make_posting: MakePosting, noon: datetime
) -> None:
    tags = merge({}, [make_posting(at=noon + SECOND, tags={"age": "40"})]).tags

    merged = merge(tags, [make_posting(tags={"age": "39", "zip": "90210"})])

    assert _values(merged.tags) == {"age": "40", "zip": "90210"}
    assert len(merged.applied) == 1


def test_postings_of_one_millisecond_are_ordered_by_request_id(
    make_posting: MakePosting,
) -> None:
    one = make_posting(request_id="a", tags={"age": "1"})
    other = make_posting(request_id="b", tags={"age": "2"})

    assert _values(merge({}, [other, one]).tags) == {"age": "2"}


def test_an_empty_value_replaces_an_earlier_one(make_posting: MakePosting, noon: datetime) -> None:
    postings = [make_posting(), make_posting(at=noon + SECOND, tags={"age": ""})]

    assert _values(merge({}, postings).tags) == {"age": ""}


@pytest.mark.parametrize(
    ("sent", "kept", "beside_it"),
    [
        (["39", "{{age}}"], "39", "{{age}}"),
        (["{{age}}", "39"], "39", "{{age}}"),
        (["39", "{{age}}", "40"], "40", "39"),
        (["39", "40", "{{age}}"], "40", "39"),
        (["{{age}}", "[age]"], "[age]", "{{age}}"),
        # An empty value is a real value.
        (["{{age}}", ""], "", "{{age}}"),
        (["", "{{age}}"], "", "{{age}}"),
        (["39", ""], "", "39"),
        (["39", "about {{age}}"], "about {{age}}", "39"),
    ],
)
def test_a_placeholder_never_replaces_a_real_value_in_any_order(
    make_posting: MakePosting, noon: datetime, sent: Sequence[str], kept: str, beside_it: str
) -> None:
    postings = [
        make_posting(at=noon + i * SECOND, tags={"age": value}) for i, value in enumerate(sent)
    ]

    for order in permutations(postings):
        tags: Mapping[str, Tag] = {}
        for posting in order:
            tags = merge(tags, [posting]).tags
        for merged in (tags, merge({}, order).tags):
            age = merged["age"]
            assert age.replaced is not None
            assert (age.value, age.replaced.value) == (kept, beside_it)
            assert age.source.posting_id == postings[sent.index(kept)].posting_id


@given(BATCHES)
def test_a_tag_is_the_last_real_value_or_else_the_last_placeholder(
    make_posting: MakePosting,
    noon: datetime,
    batches: tuple[Sequence[Mapping[str, str]], Sequence[int], int],
) -> None:
    posted, order, _ = batches
    postings = [make_posting(at=noon + i * SECOND, tags=tags) for i, tags in enumerate(posted)]

    merged = merge({}, [postings[i] for i in order])

    for name in "abcd":
        values = [tags[name] for tags in posted if name in tags]
        real = [value for value in values if value not in ("{{x}}", "[y]", "undefined")]
        expected = (real or values)[-1:]
        assert [tag.value for tag in [merged.tags.get(name)] if tag] == expected
    assert {posting.posting_id for posting in merged.applied} == {p.posting_id for p in postings}


def test_every_tag_is_attributed_to_the_publisher_whose_key_posted_it(
    make_posting: MakePosting, noon: datetime
) -> None:
    ours = make_posting(tags={"age": "39", "zip": "90210"})
    theirs = make_posting(
        at=noon + SECOND, tags={"age": "40"}, key_id="pbk_b", publisher_id="pub_b"
    )

    tags = merge({}, [ours, theirs]).tags

    assert (tags["zip"].source.publisher_id, tags["zip"].source.key_id) == ("pub_a", "pbk_a")
    assert (tags["age"].source.publisher_id, tags["age"].source.key_id) == ("pub_b", "pbk_b")
    assert tags["age"].source.posting_id == theirs.posting_id
    assert tags["age"].source.posted_at == theirs.posted_at


@given(BATCHES)
def test_the_result_depends_neither_on_order_nor_on_batches(
    make_posting: MakePosting,
    noon: datetime,
    batches: tuple[Sequence[Mapping[str, str]], Sequence[int], int],
) -> None:
    posted, order, batch_size = batches
    postings = [make_posting(at=noon + i * SECOND, tags=tags) for i, tags in enumerate(posted)]
    in_order = merge({}, postings).tags

    tags: Mapping[str, Tag] = {}
    for start in range(0, len(order), batch_size):
        tags = merge(tags, [postings[i] for i in order[start : start + batch_size]]).tags

    assert tags == in_order


def test_a_posting_that_does_not_fit_is_left_out_completely(
    make_posting: MakePosting, noon: datetime
) -> None:
    fillings = [_fill(make_posting, at=noon + i * SECOND, name=f"f{i}") for i in range(6)]

    merged = merge({}, fillings)

    assert merged.applied == tuple(fillings[:5])
    assert merged.left_out == (fillings[5],)
    assert not [name for name in merged.tags if name.startswith("f5")]


def test_a_posting_that_does_not_fit_does_not_block_the_next_one(
    make_posting: MakePosting, noon: datetime
) -> None:
    fillings = [_fill(make_posting, at=noon + i * SECOND, name=f"f{i}") for i in range(6)]
    small = make_posting(at=noon + 10 * SECOND, tags={"age": "39"})

    merged = merge({}, [*fillings, small])

    assert merged.left_out == (fillings[5],)
    assert merged.tags["age"].value == "39"


def test_tags_of_a_full_call_can_be_replaced_by_tags_that_are_no_longer(
    make_posting: MakePosting, noon: datetime
) -> None:
    fillings = [_fill(make_posting, at=noon + i * SECOND, name=f"f{i}") for i in range(5)]
    again = _fill(make_posting, at=noon + 10 * SECOND, name="f0")

    merged = merge({}, [*fillings, again])

    assert merged.left_out == ()
    assert merged.tags["f0_0"].source.posting_id == again.posting_id


def test_the_size_of_a_calls_tags_is_counted_in_utf_8_bytes(
    make_posting: MakePosting, noon: datetime
) -> None:
    wide = {f"t{i}": "\U0001f600" * 2000 for i in range(40)}
    narrow = {f"t{i}": "v" * 2000 for i in range(40)}

    assert sum(map(len, wide.values())) < MAX_SHARE_BYTES
    assert merge({}, [make_posting(tags=wide)]).applied == ()
    assert len(merge({}, [make_posting(tags=narrow)]).applied) == 1


def test_a_tag_has_the_latest_value_that_it_replaced_in_any_order(
    make_posting: MakePosting, noon: datetime
) -> None:
    postings = [make_posting(at=noon + i * SECOND, tags={"age": str(39 + i)}) for i in range(3)]

    for order in permutations(postings):
        tags: Mapping[str, Tag] = {}
        for posting in order:
            tags = merge(tags, [posting]).tags
        age = tags["age"]
        assert age.replaced is not None
        assert (age.value, age.replaced.value, age.replaced.replaced) == ("41", "40", None)


def test_a_full_call_drops_replaced_values_before_it_leaves_a_posting_out(
    make_posting: MakePosting, noon: datetime
) -> None:
    fillings = [_fill(make_posting, at=noon + i * SECOND, name="f") for i in range(2)]
    others = [_fill(make_posting, at=noon + i * SECOND, name=f"g{i}") for i in range(2, 6)]

    merged = merge({}, [*fillings, *others])

    assert merged.left_out == ()
    assert merged.tags["f_0"].replaced is None
