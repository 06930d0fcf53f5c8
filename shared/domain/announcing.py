"""Which changes of a call are announced to the platform. Pure."""

from shared.domain.calls import Call


def needs_announcing(before: Call | None, after: Call) -> bool:
    """Whether a change of a call must be announced to the platform.

    Until the call's first event is handled nothing is, so that the first announcement is complete.
    """
    if after.announced_at is None:
        return False
    if before is None or before.announced_at != after.announced_at:
        return True
    return _shown(before) != _shown(after)


def needs_end_announced(before: Call | None, after: Call) -> bool:
    """Whether a change of a call has made its end known to the platform.

    An end that was known before the call's first announcement is announced with that.
    """
    if after.announced_at is None or after.ended_at is None:
        return False
    return before is None or before.announced_at is None or before.ended_at != after.ended_at


def _shown(call: Call) -> dict[str, tuple[str, str]]:
    """Return what the platform sees of a call's tags."""
    return {name: (tag.value, tag.posting_id) for name, tag in call.tags.items()}
