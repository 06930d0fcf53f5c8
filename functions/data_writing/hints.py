"""What is likely to be wrong where something is missing. Loaded for a refusal only."""

from typing import TYPE_CHECKING

from functions.data_writing.parameters import CALL_UUID, CALLER_NUMBER, KEY
from shared.domain import call_ids, caller_numbers, keys, placeholders, postings
from shared.domain.errors import InvalidCallerNumber

if TYPE_CHECKING:
    from functions.data_writing.request import Request

_ESCAPED = "amp;"

_NUMBERS = frozenset(
    ("ani", "caller", "callerid", "cell", "cid", "clid", "from", "msisdn", "number", "tel")
)
_LIKE_NUMBERS = ("phone", "mobile", "callerid", "callernumber", "cellular", "telefon", "msisdn")
_KEYS = frozenset(
    ("apikey", "postbackkey", "accesskey", "token", "keyid", "postingkey", "apitoken", "pkey")
)
_KEY_HEADERS = ("x-api-key", "authorization", "api-key", "x-auth-token", "x-key")

_KEY_LENGTH = 36

_GET_BODY = "the body of a GET is not read: send POST"


def missing_number(request: "Request") -> str:
    """What becomes of the caller's number on the way here, most often."""
    for name in request.names:
        if name.startswith(_ESCAPED):
            shown = postings.shown_name(name)
            return (
                f"is missing, and {shown} was sent: the link was HTML-escaped; put & where it has "
                "&amp;"
            )
    for name in request.names:
        if name not in (CALLER_NUMBER, CALL_UUID, KEY) and _is_like_a_number(name):
            return f"is missing, and {postings.shown_name(name)} was sent: name it {CALLER_NUMBER}"
    missing = f"is missing or empty, and so is {CALL_UUID}: send one of them"
    return f"{missing}; {_GET_BODY}" if request.has_unread_body else missing


def number_elsewhere(request: "Request", default_region: str) -> str | None:
    """A number that was sent by another name, if it can be read: whose the refused posting is. By
    a name that says so, or else with a plus before it."""
    sent = {
        name: request.parameters.get(name, "")
        for name in request.names
        if name not in (CALLER_NUMBER, CALL_UUID, KEY)
    }
    named = [value for name, value in sent.items() if _is_like_a_number(name)]
    for value in (*named, *(value for value in sent.values() if value.lstrip().startswith("+"))):
        try:
            return caller_numbers.normalize(value, default_region)
        except InvalidCallerNumber:
            continue
    return None


def missing_key(request: "Request") -> str:
    for name in request.names:
        if name != KEY and (name == _ESCAPED + KEY or _letters(name) in _KEYS):
            return f"is missing, and {postings.shown_name(name)} was sent: name it {KEY}"
    for header in _KEY_HEADERS:
        if header in request.headers:
            return f"is missing; the header {header} is not read: send the key in the posting link"
    missing = "is missing: send the key of your posting link"
    return f"{missing}; {_GET_BODY}" if request.has_unread_body else missing


def unknown_key(sent: str) -> str | None:
    """Why this cannot be a key; None if there is nothing to be said."""
    if keys.is_id(sent):
        return "is the id of a key or publisher; the key itself stands in the posting link"
    if placeholders.has_unfilled(sent):
        return (
            "looks like a placeholder that was not filled in; take the key from your posting link"
        )
    if keys.canonical_uuid(sent[:_KEY_LENGTH]) and sent[_KEY_LENGTH:].startswith(("?", "&")):
        return "has parameters behind it; put & between parameters, and ? only before the first"
    return None


def invalid_call_id(sent: str) -> str:
    if placeholders.has_unfilled(sent):
        return "looks like a placeholder that was not filled in; send the call's id"
    return f"is no call id: that is {call_ids.RULE}; send the call's, or caller_number instead"


def _is_like_a_number(name: str) -> bool:
    letters = _letters(name)
    return letters in _NUMBERS or any(word in letters for word in _LIKE_NUMBERS)


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name)).lower()
