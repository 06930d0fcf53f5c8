"""Publishers and their postback keys. Pure; nothing here reads or writes them."""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.errors import InvalidInput, Problem

KEY_TYPE = "call_data_writing"
"""The one type of postback key there is today."""

DEFAULT_STORAGE_DURATION = timedelta(hours=24)
DEFAULT_END_CALL_CUTOFF = timedelta(hours=1)
DEFAULT_REGION = "US"

MIN_STORAGE_DURATION = timedelta(minutes=1)
MAX_STORAGE_DURATION = timedelta(days=30)
MAX_END_CALL_CUTOFF = timedelta(days=7)
MAX_NOTE_LENGTH = 500
MIN_EXPECTED = timedelta(minutes=5)
MAX_EXPECTED = timedelta(days=30)
MIN_MATCH_RATE_FLOOR = 0.01

DEFAULT_OVERLAP = timedelta(hours=24)
MAX_OVERLAP = timedelta(days=30)
"""How long a key that is rotated may go on beside its successor."""

_ID_LENGTH = 12
"""In base 32, so 60 bits: short enough to read out, long enough not to meet another by chance."""

_ID = re.compile(f"(pub|pbk)_[a-z2-7]{{{_ID_LENGTH}}}")

# The class UUID reads many spellings more: signs, braces, underscores, digits of other scripts.
_UUID = re.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    publisher_id: str
    name: str
    created_at: datetime
    note: str = ""


# Never made by itself: what it does not need is not made either, since cold starts wait for it.
@dataclass(frozen=True, slots=True, kw_only=True, init=False, repr=False, eq=False)
class KeySettings:
    """What an operator chooses for a key, and may change.

    A field has the same name in the operator API's bodies and answers and in the stored item. One
    that is added needs a default: it is what the keys that are stored already have.

    A key is silent when nothing was posted for as long as `expects_every`. `match_rate_floor` is a
    share, up to 1.
    """

    name: str
    storage_duration: timedelta
    end_call_cutoff: timedelta
    default_region: str
    note: str = ""
    expires_at: datetime | None = None
    expects_every: timedelta | None = None
    match_rate_floor: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostbackKey(KeySettings):
    """`key` is the credential in the posting link, a UUID; `key_id` names it in logs and lists.

    Of a key that was rotated, `replaced_by` is its successor's `key_id`, whose `replaces` is its.
    """

    key: str
    key_id: str
    publisher_id: str
    paused: bool
    created_at: datetime
    replaces: str | None = None
    replaced_by: str | None = None

    def has_expired(self, at: datetime) -> bool:
        """Whether a posting of this time comes too late for the key."""
        return self.expires_at is not None and self.expires_at <= at


def rotate(
    key: PostbackKey, credential: str, *, at: datetime, overlap: timedelta
) -> tuple[PostbackKey, PostbackKey]:
    """The key as it is once it is replaced, and its successor, which has the same settings.

    The successor is not paused, and has the key's own end unless that has come. Raises InvalidInput
    for a key that has a successor.
    """
    if key.replaced_by:
        message = f"was rotated already; rotate {key.replaced_by}, which replaced it"
        raise InvalidInput(Problem("key_id", message))
    successor = replace(
        key,
        key=credential,
        key_id=key_id(credential),
        paused=False,
        created_at=at,
        expires_at=None if key.has_expired(at) else key.expires_at,
        replaces=key.key_id,
    )
    ends = [at + overlap, *([key.expires_at] if key.expires_at else [])]
    return replace(key, expires_at=min(ends), replaced_by=successor.key_id), successor


def canonical_uuid(text: str) -> str | None:
    """The lower-case form of a hyphenated UUID; None if the text is none."""
    return text.lower() if _UUID.fullmatch(text) else None


def key_id(key: str) -> str:
    """The id of a key: a digest, by which the key is found, and which gives nothing of it away."""
    return f"pbk_{_short(hashlib.sha256(key.encode()).digest())}"


def publisher_id(random_bytes: bytes) -> str:
    return f"pub_{_short(random_bytes)}"


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id of ours, so that a table need not be asked."""
    return _ID.fullmatch(text) is not None


def _short(data: bytes) -> str:
    return base64.b32encode(data).decode().lower()[:_ID_LENGTH]
