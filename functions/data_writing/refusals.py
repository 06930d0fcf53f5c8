"""What to tell the sender of a refused posting: the likely mistake, and the way out.

Imported only for a refusal, to keep cold starts short.
"""

from collections.abc import Mapping, Sequence

from functions.data_writing.parameters import CALL_UUID, CALLER_NUMBER, KEY
from shared.domain import call_ids, caller_numbers, keys, placeholders, postings
from shared.domain.errors import InvalidCallerNumber
from shared.domain.posting_warnings import PostingWarning, WarningKind

_ESCAPED = "amp;"

_NUMBER_NAMES = frozenset(
    ("ani", "caller", "callerid", "cell", "cid", "clid", "from", "msisdn", "number", "tel")
)
_NUMBER_WORDS = ("phone", "mobile", "callerid", "callernumber", "cellular", "telefon", "msisdn")
_KEY_NAMES = frozenset(
    ("apikey", "postbackkey", "accesskey", "token", "keyid", "postingkey", "apitoken", "pkey")
)
_KEY_HEADERS = ("x-api-key", "authorization", "api-key", "x-auth-token", "x-key")

_KEY_LENGTH = 36

_GET_BODY = "the body of a GET is not read, so send POST"


def missing_number(names: Sequence[str], *, has_unread_body: bool) -> str:
    """Explain a missing caller number. `names` are the parameters' names as they were sent."""
    for name in names:
        if name.startswith(_ESCAPED):
            shown = postings.shown_name(name)
            return (
                f"is missing, but {shown} was sent: the link was HTML-escaped; replace &amp; by & "
                "in it"
            )
    for name in names:
        if name not in (CALLER_NUMBER, CALL_UUID, KEY) and _may_be_a_number(name):
            shown = postings.shown_name(name)
            return f"is missing, but {shown} was sent; rename it to {CALLER_NUMBER}"
    message = f"is missing or empty, and so is {CALL_UUID}; send one of them"
    return f"{message}; {_GET_BODY}" if has_unread_body else message


def find_number(
    names: Sequence[str], parameters: Mapping[str, str], default_region: str
) -> str | None:
    """Return a caller number that was sent under another name, so that the log shows whose the
    refused posting is. The name must suggest a number, or the value must start with a plus."""
    sent = {
        name: parameters.get(name, "")
        for name in names
        if name not in (CALLER_NUMBER, CALL_UUID, KEY)
    }
    named = [value for name, value in sent.items() if _may_be_a_number(name)]
    for value in (*named, *(value for value in sent.values() if value.lstrip().startswith("+"))):
        try:
            return caller_numbers.normalize(value, default_region)
        except InvalidCallerNumber:
            continue
    return None


def missing_key(names: Sequence[str], headers: Mapping[str, str], *, has_unread_body: bool) -> str:
    """Explain a missing postback key."""
    for name in names:
        if name != KEY and (name == _ESCAPED + KEY or _letters(name) in _KEY_NAMES):
            return f"is missing, but {postings.shown_name(name)} was sent; rename it to {KEY}"
    for header in _KEY_HEADERS:
        if header in headers:
            return f"is missing, and the header {header} is not read; use your posting link"
    message = "is missing; use your posting link, which contains it"
    return f"{message}; {_GET_BODY}" if has_unread_body else message


def unknown_key(sent: str) -> str | None:
    """Explain why a text cannot be a postback key; None if it looks like one."""
    if keys.is_id(sent):
        return "is the ID of a key or publisher; use the key in your posting link"
    if placeholders.has_unfilled(sent):
        return "looks like an unfilled placeholder; use the key in your posting link"
    if keys.canonical_uuid(sent[:_KEY_LENGTH]) and sent[_KEY_LENGTH:].startswith(("?", "&")):
        return "is followed by parameters; separate parameters by &, with ? before the first only"
    return None


UNFILLED_CALL_ID = PostingWarning(
    WarningKind.PLACEHOLDER,
    CALL_UUID,
    f"looks like an unfilled placeholder, and was ignored; {CALLER_NUMBER} was used",
)


def is_unfilled(sent: str) -> bool:
    """Whether a text is an unfilled placeholder, or contains one."""
    return placeholders.has_unfilled(sent)


def invalid_call_id(sent: str) -> str:
    """Explain why a text is not a call ID."""
    if is_unfilled(sent):
        return "looks like an unfilled placeholder; send the call ID"
    return f"is not a call ID ({call_ids.RULE}); send the call ID, or caller_number instead"


def _may_be_a_number(name: str) -> bool:
    letters = _letters(name)
    return letters in _NUMBER_NAMES or any(word in letters for word in _NUMBER_WORDS)


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name)).lower()
