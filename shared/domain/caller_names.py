"""Names under which senders send a caller's number, instead of caller_number.

Imported only if caller_number is missing.
"""

_NAMES = frozenset((
    "ani", "caller", "callerid", "callerphone", "cli", "clid", "from", "fromnumber", "number",
    "phone", "phonenumber",
))  # fmt: skip
_LIKELY_NAMES = _NAMES | {"cell", "cid", "msisdn", "tel"}
_LIKELY_WORDS = (
    "phone", "mobile", "callerid", "callernumber", "cellular", "telefon", "msisdn",
)  # fmt: skip

_OTHERS = (
    "agent", "business", "buyer", "called", "callee", "company", "destination", "dialed", "dialled",
    "fax", "forward", "office", "publisher", "support", "target", "tollfree", "tracking",
    "transfer",
)  # fmt: skip
"""Words in the names of numbers that are not the caller's."""
_ABOUT = (
    "carrier", "code", "consent", "country", "extension", "optin", "status", "type", "valid",
    "verified",
)  # fmt: skip
"""Ends of the names of what is known about a number."""


def letters(name: str) -> str:
    return "".join(filter(str.isalpha, name)).lower()


def is_caller(name: str) -> bool:
    """Whether a name can only mean the caller's number, so that a report with it has a caller."""
    return letters(name) in _NAMES


def is_likely_caller(name: str) -> bool:
    """Whether a name suggests a caller's number. An error may mention it, no more."""
    folded = letters(name)
    if folded not in _LIKELY_NAMES and not any(word in folded for word in _LIKELY_WORDS):
        return False
    return not folded.endswith(_ABOUT) and not any(word in folded for word in _OTHERS)
