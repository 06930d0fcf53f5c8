"""Postings: tags for a caller's call, and the rules for them. Pure."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain import placeholders, timestamps
from shared.domain.errors import Problem
from shared.domain.posting_warnings import PostingWarning, WarningKind

MAX_TAGS = 100
MAX_NAME_LENGTH = 128
MAX_VALUE_LENGTH = 8192

_BREAKS = dict.fromkeys(map(ord, "\t\n\r"), " ")
"""Control characters that a value may have: postal addresses have lines."""

MAX_PROBLEMS = 10
"""Maximum problems per response; the rest is not listed."""


NAMELESS = PostingWarning(
    WarningKind.LEFT_OUT, None, "a value without a name was left out; put a name before its ="
)


class Status(StrEnum):
    """What happened to the tags, word for word as in the response."""

    STORED = "call not found, tags stored"
    APPLIED_IN_PROGRESS = "in progress call found, tags applied"
    APPLIED_COMPLETED = "completed call found, tags applied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """Tags that a publisher posted, for one call. `call_uuid` decides if there is also a number.

    `warnings` are for the response and the log; pending postings do not keep them.
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
    """Return an ID that sorts by time. The milliseconds have 13 digits until the year 2286."""
    return f"{posted_at_epoch_ms:013d}-{request_id}"


def posted_at(posting_id: str) -> datetime:
    """Return the time that is part of the ID."""
    return timestamps.from_epoch_ms(int(posting_id.split("-", 1)[0]))


def problems_with_tags(tags: Mapping[str, str]) -> list[Problem]:
    """Return what is wrong with a posting's tags, at most MAX_PROBLEMS."""
    if not tags:
        return [Problem(None, "no tags were sent; add at least one parameter, such as age=39")]
    if len(tags) > MAX_TAGS:
        message = (
            f"{len(tags)} tags were sent; send {MAX_TAGS} or fewer, and the rest in another posting"
        )
        return [Problem(None, message)]
    problems = [p for name, value in tags.items() for p in _problems_with_tag(name, value)]
    return problems[:MAX_PROBLEMS]


def problems_left_out(warnings: Iterable[PostingWarning]) -> list[Problem]:
    """Return what was left out of a posting without tags, because its error has no warnings."""
    left_out = [Problem(w.param, w.message) for w in warnings if w.kind is WarningKind.LEFT_OUT]
    return left_out[: MAX_PROBLEMS - 1]


def warnings_about_tags(tags: Mapping[str, str]) -> list[PostingWarning]:
    """Return warnings about tags that were accepted as sent."""
    warnings = []
    for name, value in tags.items():
        if placeholders.is_unfilled(value):
            message = "looks like an unfilled placeholder, and was kept as sent"
            warnings.append(PostingWarning(WarningKind.PLACEHOLDER, shown_name(name), message))
        if name.startswith("amp;"):
            message = 'starts with "amp;", because the link is HTML-escaped: use & instead of &amp;'
            warnings.append(PostingWarning(WarningKind.NAME, shown_name(name), message))
    return warnings


def accepted_body(
    tags: Mapping[str, str],
    status: str,
    *,
    call_uuid: str | None,
    caller_number: str | None,
    warnings: Iterable[tuple[str | None, str]],
) -> dict[str, Any]:
    """Return the body of the response to an accepted posting, with its members in order."""
    target = {"call_uuid": call_uuid} if call_uuid else {"caller_number": caller_number}
    body = {"tag_values": tags, **target, "status": status}
    listed = [{"param": param, "message": message} for param, message in warnings]
    return body | {"warnings": listed} if listed else body


def is_plain_text(text: str) -> bool:
    """Whether `text` has no control characters, and no characters that UTF-8 or XML cannot have.

    SQS accepts only characters of XML 1.0, and a platform may receive its events from a queue.
    """
    return text.isprintable() or not any(
        unicodedata.category(c) in ("Cc", "Cs") or c in "\ufffe\uffff" for c in text
    )


def shown_name(name: str) -> str:
    """Return a name that responses and logs can show: shortened, and escaped if necessary."""
    shown = name[:MAX_NAME_LENGTH]
    return shown if is_plain_text(shown) else shown.encode("unicode_escape").decode()


def _problems_with_tag(name: str, value: str) -> Iterator[Problem]:
    if not name:
        yield Problem(None, "a tag has no name; put a name before its =")
        return
    param = shown_name(name)
    if len(name) > MAX_NAME_LENGTH:
        yield Problem(param, f"the name has {len(name)} characters; send at most {MAX_NAME_LENGTH}")
    elif not is_plain_text(name):
        yield Problem(param, f"the name {_why_not_plain(name)}")
    if len(value) > MAX_VALUE_LENGTH:
        yield Problem(
            param, f"the value has {len(value)} characters; send at most {MAX_VALUE_LENGTH}"
        )
    elif not is_plain_text(value) and not is_plain_text(spaced := value.translate(_BREAKS)):
        yield Problem(param, f"the value {_why_not_plain(spaced)}")


def _why_not_plain(text: str) -> str:
    culprit = next(c for c in text if not is_plain_text(c))
    # Bytes that are not UTF-8 arrive as surrogates; JSON may have surrogates of its own.
    if unicodedata.category(culprit) == "Cs":
        return "is not valid UTF-8, or has half a surrogate pair; send it in UTF-8"
    if unicodedata.category(culprit) == "Cn":
        return f"has U+{ord(culprit):04X}, which is not a character; remove it"
    return f"has the control character U+{ord(culprit):04X}; remove it"
