"""Call IDs, as phone systems spell them. Pure."""

import re

from shared.domain import placeholders

MAX_LENGTH = 128

# The class UUID accepts more spellings: signs, underscores, digits of other scripts.
_UUID = re.compile(
    r"(?:urn:uuid:)?(?P<open>\{)?"
    r"([0-9a-f]{8})(-?)([0-9a-f]{4})\3([0-9a-f]{4})\3([0-9a-f]{4})\3([0-9a-f]{12})"
    r"(?(open)\})",
    re.IGNORECASE | re.ASCII,
)
PATTERN = rf"[A-Za-z0-9._:@\-+~=*!/\[\]]{{6,{MAX_LENGTH}}}"
"""Matches every call ID except a UUID in braces."""
_OTHER = re.compile(PATTERN)

RULE = (
    "a UUID, or 6 to 128 letters, digits and . _ : @ - + ~ = * ! / [ ], as the phone system writes "
    "it"
)


_STAND_INS = frozenset(
    (
        "anonymous", "call-id", "call-uuid", "call_id", "call_uuid", "calluuid", "default",
        "missing", "not-set", "not_set", "notset", "null-null", "private", "string", "unavailable",
        "unknown", "your_call_id", "your_call_uuid",
    )
)  # fmt: skip


def is_stand_in(text: str) -> bool:
    """Return whether a sender without a call ID wrote this in its place: a word, or one character
    repeated. Every such call would share it."""
    characters = set(filter(str.isalnum, text))
    return text.casefold() in _STAND_INS or len(characters) < 2


def is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def canonical(text: str) -> str | None:
    """Return the call ID as it is stored and compared, or None if the text is not one.

    A UUID in any usual spelling becomes its lower-case form with hyphens; other IDs stay as sent.
    """
    text = text.strip()
    if is_stand_in(text):
        return None
    if match := _UUID.fullmatch(text):
        return "-".join(match.group(2, 4, 5, 6, 7)).lower()
    if placeholders.is_unfilled(text):
        return None  # undefined, --A--call_uuid--B--: every call would share it
    return text if _OTHER.fullmatch(text) else None
