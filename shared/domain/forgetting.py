"""What forgetting a caller leaves of a call. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from shared.domain.calls import Call, Tag


def is_forgotten_with(call: Call, caller_number: str, at: datetime) -> bool:
    """Whether the call is forgotten with its caller: one that began after `at` is new."""
    return call.caller_number == caller_number and call.started_at <= at


def mark(call: Call, at: datetime) -> Call:
    """The call without its caller, from now on. Its id, its times and its campaign stay; so do its
    tags, by which the postings are found that are to be erased with them."""
    return replace(
        call,
        caller_number=None,
        dialed_number=None,
        forgotten_at=call.forgotten_at or at,
        version=call.version + 1,
    )


def forget(call: Call, at: datetime) -> Call:
    """The call without its caller, and without what was posted up to `at`: what was posted later
    is new."""
    return replace(mark(call, at), tags=_later_than(call.tags, at))


def without_tags_until(call: Call, at: datetime) -> Call:
    """The call without what was posted up to `at`, and all else as it is."""
    return replace(call, tags=_later_than(call.tags, at), version=call.version + 1)


def without_postings(call: Call, posting_ids: Iterable[str]) -> Call:
    """The call without the tags of these postings. What they replaced comes back."""
    gone = frozenset(posting_ids)
    tags: dict[str, Tag] = {}
    for name, tag in call.tags.items():
        replaced = tag.replaced if tag.replaced and tag.replaced.posting_id not in gone else None
        if tag.posting_id not in gone:
            tags[name] = replace(tag, replaced=replaced)
        elif replaced:
            tags[name] = replaced
    return replace(call, tags=tags, version=call.version + 1)


def postings_until(call: Call, at: datetime) -> dict[str, str]:
    """The keys of the postings up to `at` of which the call has tags, by the postings' ids."""
    return {
        tag.posting_id: tag.source.key_id
        for shown in call.tags.values()
        for tag in (shown, shown.replaced)
        if tag and tag.source.posted_at <= at
    }


def _later_than(tags: Mapping[str, Tag], at: datetime) -> dict[str, Tag]:
    kept: dict[str, Tag] = {}
    for name, tag in tags.items():
        later = [t for t in (tag, tag.replaced) if t and t.source.posted_at > at]
        if later:
            kept[name] = replace(later[0], replaced=later[1] if later[1:] else None)
    return kept
