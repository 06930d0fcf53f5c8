"""How the tags of postings merge into those of a call, and how many bytes they may take. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from shared.domain import placeholders
from shared.domain.calls import Source, Tag
from shared.domain.postings import Posting

MAX_TAG_BYTES = 300_000
"""Maximum bytes of a call's tags, so that the call fits in one DynamoDB item (400 KB)."""

MAX_SHARE_BYTES = 100_000
"""Maximum bytes of one publisher's tags in a call, so that none leaves the others without room."""

_TAG_OVERHEAD_BYTES = 250
"""More bytes than a tag takes in the item beside its name and value."""


@dataclass(frozen=True, slots=True)
class Merge:
    """A call's tags after merging postings.

    The call had no room for those `left_out`. Those `over_share` would have exceeded the bytes that
    one publisher's tags may take.
    """

    tags: Mapping[str, Tag]
    applied: tuple[Posting, ...]
    left_out: tuple[Posting, ...]
    over_share: tuple[Posting, ...]

    @property
    def refused(self) -> tuple[Posting, ...]:
        return self.left_out + self.over_share

    @property
    def decided(self) -> tuple[Posting, ...]:
        return self.applied + self.refused


def merge(tags: Mapping[str, Tag], postings: Iterable[Posting]) -> Merge:
    """Apply postings to a call's tags. The later posting wins, tag by tag, in whatever order they
    are merged; an unfilled placeholder never wins over a real value.

    A posting is applied completely or not at all. One that does not fit in the call's item, or in
    its publisher's share, is refused, and the next one still gets its chance. Replaced values make
    room first: the publisher's own for its share, all for the call.
    """
    applied: list[Posting] = []
    left_out: list[Posting] = []
    over_share: list[Posting] = []
    shares = _shares(tags)
    for posting in sorted(postings, key=lambda p: p.posting_id):
        publisher = posting.publisher_id
        merged = _merge_one(tags, posting)
        counted = _recount(shares, tags, merged, posting.tags)
        if counted[publisher] > MAX_SHARE_BYTES:
            merged = _without_replaced(merged, publisher)
            counted = _shares(merged)
        if sum(counted.values()) > MAX_TAG_BYTES:
            merged = _without_replaced(merged)
            counted = _shares(merged)
        if counted.get(publisher, 0) > MAX_SHARE_BYTES:
            over_share.append(posting)
        elif sum(counted.values()) > MAX_TAG_BYTES:
            left_out.append(posting)
        else:
            tags, shares = merged, counted
            applied.append(posting)
    return Merge(tags, tuple(applied), tuple(left_out), tuple(over_share))


def _merge_one(tags: Mapping[str, Tag], posting: Posting) -> dict[str, Tag]:
    source = Source(
        posting_id=posting.posting_id,
        key_id=posting.key_id,
        publisher_id=posting.publisher_id,
        posted_at=posting.posted_at,
    )
    merged = dict(tags)
    for name, value in posting.tags.items():
        merged[name] = _later(tags.get(name), Tag(value, source))
    return merged


def _later(known: Tag | None, new: Tag) -> Tag:
    """Return the later of two values, with the next best as `replaced`, in either order of merging.

    An unfilled placeholder counts as earlier than any real value.
    """
    if known is None:
        return new
    if _rank(known) < _rank(new):
        return replace(new, replaced=replace(known, replaced=None))
    if known.replaced is None or _rank(known.replaced) < _rank(new):
        return replace(known, replaced=new)
    return known


def _rank(tag: Tag) -> tuple[bool, str]:
    return not placeholders.is_unfilled(tag.value), tag.posting_id


def _without_replaced(tags: Mapping[str, Tag], publisher_id: str = "") -> dict[str, Tag]:
    """Return the tags without the replaced values of one publisher, or of all."""
    return {
        name: replace(tag, replaced=None)
        if tag.replaced and publisher_id in ("", tag.replaced.source.publisher_id)
        else tag
        for name, tag in tags.items()
    }


def tag_bytes(name: str, value: str) -> int:
    """Return the bytes that a tag counts."""
    return len(name.encode()) + len(value.encode()) + _TAG_OVERHEAD_BYTES


def _shares(tags: Mapping[str, Tag]) -> dict[str, int]:
    """Return the bytes of each publisher's tags, replaced ones included."""
    return _recount({}, {}, tags, tags)


def _recount(
    shares: Mapping[str, int],
    before: Mapping[str, Tag],
    after: Mapping[str, Tag],
    changed: Iterable[str],
) -> dict[str, int]:
    """Return the bytes of each publisher's tags after these names have changed."""
    counted = dict(shares)
    for name in changed:
        for tags, sign in ((before, -1), (after, 1)):
            tag = tags.get(name)
            while tag:
                publisher = tag.source.publisher_id
                added = sign * tag_bytes(name, tag.value)
                counted[publisher] = counted.get(publisher, 0) + added
                tag = tag.replaced
    return counted
