"""What to tell the sender of a refused posting: the likely mistake, and the way out.

Imported only for a refusal, to keep cold starts short.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from functions.data_writing import bodies, labeled_values, near_misses
from functions.data_writing.parameters import CALL_UUID, CALLER_NUMBER, KEY, RESERVED
from shared.domain import call_ids, caller_names, caller_numbers, keys, placeholders, postings
from shared.domain.errors import InvalidCallerNumber
from shared.domain.posting_warnings import PostingWarning, WarningKind

if TYPE_CHECKING:
    from functions.data_writing.request import Request

_ESCAPED = "amp;"

_KEY_NAMES = frozenset(
    ("apikey", "postbackkey", "accesskey", "token", "keyid", "postingkey", "apitoken", "pkey")
)
_KEY_HEADERS = ("x-api-key", "authorization", "api-key", "x-auth-token", "x-key")

_MAX_LISTED = 10
"""Maximum names that an error lists."""

_MISSING_VALUES = frozenset(("-", "--", "0", "n/a", "na", "nan", "nil", "none", "null"))
IGNORED_CALL_ID = PostingWarning(
    WarningKind.PLACEHOLDER,
    CALL_UUID,
    f"looks like an unfilled placeholder, and was ignored, because {CALLER_NUMBER} was sent too",
)

_GET_BODY = "the body of a GET request is ignored, so use POST"


def missing_number(request: "Request", default_region: str) -> str:
    """Explain a missing caller number."""
    # A posting may repeat a name thousands of times.
    names = [name for name in dict.fromkeys(request.names) if name not in RESERVED]
    hint = (
        _sent_as_file(request, CALLER_NUMBER)
        or _escaped_link(names)
        or _json_in_link(names)
        or _stringified(names)
        or _misnamed(request, names)
        or _labeled(request, default_region)
    )
    if hint:
        return hint
    message = f"is missing or empty; send {CALLER_NUMBER} or {CALL_UUID}"
    if names:
        message = f"{message}; received: {_listed(names)}"
    return f"{message}; {_GET_BODY}" if request.has_unread_body else message


def _sent_as_file(request: "Request", name: str) -> str | None:
    is_file = any(w.kind is WarningKind.LEFT_OUT and w.param == name for w in request.warnings)
    return "was sent as a file; send it as text, without a file name" if is_file else None


def _escaped_link(names: Sequence[str]) -> str | None:
    for name in names:
        if name.startswith(_ESCAPED):
            shown = postings.shown_name(name)
            return (
                f"is missing, but {shown} was sent, because the link is HTML-escaped; replace "
                "&amp; with & in the link"
            )
    return None


def _json_in_link(names: Sequence[str]) -> str | None:
    if any(re.match(r"\s*[{\[]+\s*\"", name) for name in names[:1]):
        return "is missing; JSON is read from the body of a POST, not from the link"
    return None


def _stringified(names: Sequence[str]) -> str | None:
    """Explain a form whose only name is a JavaScript object as text."""
    if any(re.search(bodies.STRINGIFIED, name) for name in names[:1]):
        return f"is missing, {bodies.HOW_TO_STRINGIFY}"
    return None


def _misnamed(request: "Request", names: Sequence[str]) -> str | None:
    named = [name for name in names if caller_names.is_likely_caller(name)]
    # One of them that is not empty, if there is one.
    named.sort(key=lambda name: not request.parameters.get(name, "").strip())
    near = near_misses.find(name for name in names if name not in named)
    if near:
        name, meant = near
        return f"is missing, but {postings.shown_name(name)} was sent; did you mean {meant}?"
    if named:
        shown = postings.shown_name(named[0])
        return f"is missing, but {shown} was sent; rename it to {CALLER_NUMBER}"
    return None


def _labeled(request: "Request", default_region: str) -> str | None:
    found = labeled_values.find_number(request.tags, default_region, caller_names.is_likely_caller)
    if found is None:
        return None
    shown = postings.shown_name(found[0])
    return f"is missing, but a phone number was sent as {shown}; send it as {CALLER_NUMBER}"


def _listed(names: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(map(postings.shown_name, filter(None, names))))
    more = len(distinct) - _MAX_LISTED
    listed = ", ".join(distinct[:_MAX_LISTED])
    return f"{listed} and {more} more" if more > 0 else listed


def find_number(request: "Request", default_region: str) -> str | None:
    """Return a caller number that was sent under another name, so that the log shows whose the
    refused posting is. The name must suggest a number, or the value must start with a plus."""
    sent = {
        name: request.parameters.get(name, "") for name in request.names if name not in RESERVED
    }
    near = near_misses.find(sent)
    named = [
        v
        for name, v in sent.items()
        if caller_names.is_likely_caller(name) or near == (name, CALLER_NUMBER)
    ]
    for value in (*named, *(value for value in sent.values() if value.lstrip().startswith("+"))):
        try:
            return caller_numbers.normalize(value, default_region)
        except InvalidCallerNumber:
            continue
    found = labeled_values.find_number(request.tags, default_region, caller_names.is_likely_caller)
    return found[1] if found else None


def missing_key(request: "Request") -> str:
    """Explain a missing postback key."""
    if hint := _sent_as_file(request, KEY):
        return hint
    for name in request.names:
        if name != KEY and (name == _ESCAPED + KEY or caller_names.letters(name) in _KEY_NAMES):
            return f"is missing, but {postings.shown_name(name)} was sent; rename it to {KEY}"
    for header in _KEY_HEADERS:
        if header in request.headers:
            return (
                f"is missing, and the header {header} is ignored; send the key in your posting "
                f"link, as {KEY}=…"
            )
    message = "is missing; use your posting link, which contains it"
    return f"{message}; {_GET_BODY}" if request.has_unread_body else message


def unknown_key(sent: str) -> str | None:
    """Explain why a text cannot be a postback key; None if it looks like one."""
    if keys.is_id(sent):
        return "is the ID of a key or publisher; use the key in your posting link"
    if placeholders.has_unfilled(sent):
        return "looks like an unfilled placeholder; use the key in your posting link"
    if keys.canonical_uuid(sent[: keys.KEY_LENGTH]) and sent[keys.KEY_LENGTH :].startswith(
        ("?", "&")
    ):
        return "has parameters attached; put ? before the first parameter and & between the others"
    return None


def is_unfilled_call_id(sent: str) -> bool:
    """Whether a text has an unfilled placeholder, or is a word for a missing value."""
    text = sent.replace("+", " ")  # in a query string, a space of a call ID is read as a plus
    word = text.strip("()<> ").casefold()
    return placeholders.has_unfilled(text) or word in _MISSING_VALUES or call_ids.is_stand_in(word)


def invalid_call_id(sent: str) -> str:
    """Explain why a text is not a call ID."""
    if is_unfilled_call_id(sent):
        return "looks like an unfilled placeholder; send the call ID"
    return f"is not a call ID ({call_ids.RULE}); send the call ID, or caller_number instead"
