"""Platform keys: the credentials of campaign platforms over HTTP. Pure."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from shared.domain.keys import ID_LENGTH, short_id

PREFIX = "cdw_"
"""The prefix by which secret scanners recognize a platform key."""

RANDOM_BYTES = 32

_ID = re.compile(f"plk_[a-z2-7]{{{ID_LENGTH}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformKey:
    """A platform key. `digest` is the SHA-256 of the credential, which is not stored."""

    platform_key_id: str
    name: str
    digest: str
    paused: bool
    created_at: datetime

    def accepts(self, credential: str) -> bool:
        """Whether this is the key's credential, compared in constant time."""
        return hmac.compare_digest(self.digest, digest(credential))


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
