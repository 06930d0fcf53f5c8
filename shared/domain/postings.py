"""A posting: tags for a caller's call, and the rules for what a publisher may post. Pure."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain import placeholders, timestamps
from shared.domain.errors import Problem
from shared.domain.posting_warnings import PostingWarning, WarningKind

MAX_TAGS = 100
MAX_NAME_LENGTH = 128
MAX_VALUE_LENGTH = 8192

_BREAKS = dict.fromkeys(map(ord, "\t\n\r"), " ")
"""Control characters that a value may have: an address has lines."""

MAX_PROBLEMS = 10
"""How many problems one answer lists; a posting with more gets the first ones."""


class Status(StrEnum):
    """What a publisher is told became of the tags, word for word."""

    STORED = "call not found, tags stored"
    APPLIED_IN_PROGRESS = "in progress call found, tags applied"
    APPLIED_COMPLETED = "completed call found, tags applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Tags that a publisher posted, for one call. `call_uuid` decides where both are given.

    `warnings` are for the answer and the log; where the posting waits they are not kept.
    """

    posting_id: str
    key_id: str
    publisher_id: str
    posted_at: datetime
    stored_until: datetime
    end_call_cutoff: timedelta
    tags: Mapping[str, str]
    caller_number: str | None = None
    call_uuid: str | None = None
    warnings: tuple[PostingWarning, ...] = field(default=(), compare=False)


def posting_id(posted_at_epoch_ms: int, request_id: str) -> str:
    """An id that sorts by time. The milliseconds keep 13 digits until the year 2286."""
    return f"{posted_at_epoch_ms:013d}-{request_id}"


def posted_at(posting_id: str) -> datetime:
    """The time that the id carries."""
    return timestamps.from_epoch_ms(int(posting_id.split("-", 1)[0]))


def problems_with_tags(tags: Mapping[str, str]) -> list[Problem]:
    """What is wrong with a posting's tags, the first MAX_PROBLEMS of it; empty if nothing is."""
    if not tags:
        return [Problem(None, "there are no tags: add at least one parameter such as age=39")]
    if len(tags) > MAX_TAGS:
        message = (
            f"there are {len(tags)} tags; send {MAX_TAGS} at most, the rest in another posting"
        )
        return [Problem(None, message)]
    problems = [p for name, value in tags.items() for p in _problems_with_tag(name, value)]
    return problems[:MAX_PROBLEMS]


def warnings_about_tags(tags: Mapping[str, str]) -> list[PostingWarning]:
    """What a publisher is to know of tags that were accepted as they stand."""
    warnings = []
    for name, value in tags.items():
        if placeholders.is_unfilled(value):
            message = "looks like a placeholder that was not filled in, and was kept as it stands"
            warnings.append(PostingWarning(WarningKind.PLACEHOLDER, shown_name(name), message))
        if name.startswith("amp;"):
            message = "the link was HTML-escaped, so this is the tag's name; put & for &amp;"
            warnings.append(PostingWarning(WarningKind.NAME, shown_name(name), message))
    return warnings[:MAX_PROBLEMS]


def is_plain_text(text: str) -> bool:
    """Whether `text` is free of control characters, and of what UTF-8 or XML cannot carry.

    SQS takes only what XML 1.0 can carry, and a platform may have its events in a queue.
    """
    return text.isprintable() or not any(
        unicodedata.category(c) in ("Cc", "Cs") or c in "\ufffe\uffff" for c in text
    )


def shown_name(name: str) -> str:
    """A name as an answer or a log can show it, whatever was sent."""
    shown = name[:MAX_NAME_LENGTH]
    return shown if is_plain_text(shown) else shown.encode("unicode_escape").decode()


def _problems_with_tag(name: str, value: str) -> Iterator[Problem]:
    if not name:
        yield Problem(None, "a tag has no name: nothing stands before its =; name it")
        return
    param = shown_name(name)
    if len(name) > MAX_NAME_LENGTH:
        yield Problem(param, f"the name has {len(name)} characters; send {MAX_NAME_LENGTH} at most")
    elif not is_plain_text(name):
        yield Problem(param, f"the name {_why_not_plain(name)}")
    if len(value) > MAX_VALUE_LENGTH:
        yield Problem(
            param, f"the value has {len(value)} characters; send {MAX_VALUE_LENGTH} at most"
        )
    elif not is_plain_text(value) and not is_plain_text(spaced := value.translate(_BREAKS)):
        yield Problem(param, f"the value {_why_not_plain(spaced)}")


def _why_not_plain(text: str) -> str:
    culprit = next(c for c in text if not is_plain_text(c))
    # Bytes that are not UTF-8 come as surrogates, which a JSON text may have by itself too.
    if unicodedata.category(culprit) == "Cs":
        return "is not UTF-8, or has half a surrogate pair; send it in UTF-8"
    if unicodedata.category(culprit) == "Cn":
        return f"has U+{ord(culprit):04X}, which is no character; send it without"
    return f"has the control character U+{ord(culprit):04X}; send it without"
