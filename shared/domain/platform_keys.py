"""Platform keys: the credentials of campaign platforms over HTTP. Pure."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.errors import InvalidInput, Problem
from shared.domain.keys import ID_LENGTH, short_id

PREFIX = "cdw_"
"""The prefix by which secret scanners recognize a platform key."""

RANDOM_BYTES = 32

_ID = re.compile(f"plk_[a-z2-7]{{{ID_LENGTH}}}")


class Scope(StrEnum):
    """The rights of a platform key."""

    REPORT = "report"
    """Report calls. Without READ, responses have no tags."""
    READ = "read"
    """Read calls, callers and tags."""


ALL_SCOPES: frozenset[str] = frozenset(map(str, Scope))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformKey:
    """A platform key. `digest` is the SHA-256 of the credential, which is not stored.

    When a key is rotated, its `replaced_by` and its successor's `replaces` have each other's ID.
    `last_used_at` is the beginning of the hour in which the key was last used.
    """

    platform_key_id: str
    name: str
    digest: str
    paused: bool
    created_at: datetime
    scopes: frozenset[str] = ALL_SCOPES
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    replaces: str | None = None
    replaced_by: str | None = None

    def accepts(self, credential: str) -> bool:
        """Whether this is the key's credential, compared in constant time."""
        return hmac.compare_digest(self.digest, digest(credential))

    def has_expired(self, at: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= at


def rotate(
    key: PlatformKey, credential: str, *, at: datetime, overlap: timedelta
) -> tuple[PlatformKey, PlatformKey]:
    """Return the replaced key, and its successor with the same name and scopes.

    The successor is not paused, and expires when the key would have, unless that is over. Raises
    InvalidInput for a key that already has a successor.
    """
    if key.replaced_by:
        message = f"was already rotated; rotate {key.replaced_by}, which replaced it"
        raise InvalidInput(Problem("platform_key_id", message))
    successor = replace(
        key,
        platform_key_id=platform_key_id(credential),
        digest=digest(credential),
        paused=False,
        created_at=at,
        expires_at=None if key.has_expired(at) else key.expires_at,
        last_used_at=None,
        replaces=key.platform_key_id,
    )
    ends = [at + overlap, *([key.expires_at] if key.expires_at else [])]
    replaced = replace(key, expires_at=min(ends), replaced_by=successor.platform_key_id)
    return replaced, successor


def credential(random_bytes: bytes) -> str:
    """Return a new credential, of letters and digits that need no escaping in a URL."""
    return PREFIX + base64.b32encode(random_bytes).decode().lower().rstrip("=")


def digest(credential: str) -> str:
    return hashlib.sha256(credential.encode()).hexdigest()


def platform_key_id(credential: str) -> str:
    """Return the key's ID, which finds the key without revealing the credential."""
    hashed = hashlib.sha256(b"id of " + credential.encode()).digest()
    return f"plk_{short_id(hashed)}"


def is_id(text: str) -> bool:
    """Whether `text` looks like an ID of this service, to save a read of the table if not."""
    return _ID.fullmatch(text) is not None
