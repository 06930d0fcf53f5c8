"""What remains of a call when its caller is forgotten. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from shared.domain.calls import Call, Tag


def is_forgotten_with(call: Call, caller_number: str, at: datetime) -> bool:
    """Whether forgetting the caller at this time includes the call: later calls are new."""
    return call.caller_number == caller_number and call.started_at <= at


def is_of_another(call: Call | None, caller_number: str) -> bool:
    """Whether the call has another caller, who is not forgotten with this one."""
    return call is not None and call.caller_number not in (None, caller_number)


def mark(call: Call, at: datetime) -> Call:
    """Return the call without its caller. Its ID, times and campaign stay. Its tags stay too: they
    name the postings that must be deleted with them."""
    return replace(
        call,
        caller_number=None,
        dialed_number=None,
        forgotten_at=call.forgotten_at or at,
        version=call.version + 1,
    )


def forget(call: Call, at: datetime) -> Call:
    """Return the call without its caller and without the tags posted up to `at`."""
    return replace(mark(call, at), tags=_later_than(call.tags, at))


def without_tags_until(call: Call, at: datetime) -> Call:
    """Return the call without the tags posted up to `at`, otherwise unchanged."""
    return replace(call, tags=_later_than(call.tags, at), version=call.version + 1)


def without_postings(call: Call, posting_ids: Iterable[str]) -> Call:
    """Return the call without the tags of these postings; the values they replaced come back."""
    removed = frozenset(posting_ids)
    tags: dict[str, Tag] = {}
    for name, tag in call.tags.items():
        replaced = tag.replaced if tag.replaced and tag.replaced.posting_id not in removed else None
        if tag.posting_id not in removed:
            tags[name] = replace(tag, replaced=replaced)
        elif replaced:
            tags[name] = replaced
    return replace(call, tags=tags, version=call.version + 1)


def postings_until(call: Call, at: datetime) -> dict[str, str]:
    """Return the IDs of the call's postings up to `at`, each with the ID of its key."""
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
