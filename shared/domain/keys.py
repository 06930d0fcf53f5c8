"""Publishers and their postback keys. Pure."""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.domain.errors import InvalidInput, Problem

KEY_TYPE = "call_data_writing"
"""The only type of postback key today."""

DEFAULT_STORAGE_DURATION = timedelta(hours=24)
DEFAULT_END_CALL_CUTOFF = timedelta(hours=1)
DEFAULT_REGION = "US"

MIN_STORAGE_DURATION = timedelta(minutes=1)
MAX_STORAGE_DURATION = timedelta(days=30)
MAX_END_CALL_CUTOFF = timedelta(days=7)
MAX_NAME_LENGTH = 200
MAX_NOTE_LENGTH = 500
MIN_EXPECTED = timedelta(minutes=5)
MAX_EXPECTED = timedelta(days=30)
MIN_MATCH_RATE_FLOOR = 0.01

DEFAULT_OVERLAP = timedelta(hours=24)
MAX_OVERLAP = timedelta(days=30)
"""How long a rotated key may stay valid beside its successor."""

ID_LENGTH = 12
"""Characters of an ID. In base 32 they are 60 bits: short to read out, long enough to be unique."""

KEY_LENGTH = 36
"""Characters of a postback key, a UUID with hyphens."""

_ID = re.compile(f"(pub|pbk)_[a-z2-7]{{{ID_LENGTH}}}")

# The class UUID accepts more spellings: signs, braces, underscores, digits of other scripts.
_UUID = re.compile("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    publisher_id: str
    name: str
    created_at: datetime
    note: str = ""


# Never instantiated: methods that it does not need would only make cold starts slower.
@dataclass(frozen=True, slots=True, kw_only=True, init=False, repr=False, eq=False)
class KeySettings:
    """The settings of a key that operators choose and may change.

    A field has the same name in the operator API and in the stored item, where durations end in
    `_seconds`. A new field needs a default, which keys stored before have.

    A key is silent if nothing was posted for `expects_every`. `match_rate_floor` is a share from 0
    to 1.
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
    """A postback key. `key` is the credential in the posting link, a UUID; `key_id` names the key
    in logs and lists.

    When a key is rotated, its `replaced_by` and its successor's `replaces` have each other's
    `key_id`.
    """

    key: str
    key_id: str
    publisher_id: str
    paused: bool
    created_at: datetime
    replaces: str | None = None
    replaced_by: str | None = None

    def has_expired(self, at: datetime) -> bool:
        """Whether the key refuses postings at this time because it has expired."""
        return self.expires_at is not None and self.expires_at <= at


def rotate(
    key: PostbackKey, credential: str, *, at: datetime, overlap: timedelta
) -> tuple[PostbackKey, PostbackKey]:
    """Return the replaced key, and its successor with the same settings.

    The successor is not paused, and expires when the key would have, unless that is over. Raises
    InvalidInput for a key that already has a successor.
    """
    if key.replaced_by:
        message = f"was already rotated; rotate {key.replaced_by}, which replaced it"
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
    """Return a hyphenated UUID in lower case, or None if the text is not one."""
    return text.lower() if _UUID.fullmatch(text) else None


def key_id(key: str) -> str:
    """Return the ID of a key: a digest, which finds the key without revealing it."""
    return f"pbk_{short_id(hashlib.sha256(key.encode()).digest())}"


def publisher_id(random_bytes: bytes) -> str:
    return f"pub_{short_id(random_bytes)}"


def is_id(text: str) -> bool:
    """Whether `text` looks like an ID of this service, to save a read of the table if not."""
    return _ID.fullmatch(text) is not None


def short_id(data: bytes) -> str:
    """Return the start of random bytes or a digest as the text of an ID."""
    return base64.b32encode(data).decode().lower()[:ID_LENGTH]
