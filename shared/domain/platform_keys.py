"""Platform keys: what a campaign platform sends over HTTP to say that it is one. Pure."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

PREFIX = "cdw_"
"""By which programs that look for leaked secrets can tell one."""

RANDOM_BYTES = 32

_ID_LENGTH = 12
_ID = re.compile(f"plk_[a-z2-7]{{{_ID_LENGTH}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformKey:
    """`digest` is the SHA-256 of the credential, which is kept nowhere."""

    platform_key_id: str
    name: str
    digest: str
    paused: bool
    created_at: datetime

    def accepts(self, credential: str) -> bool:
        """In a time that tells nothing of how much of a guess was right."""
        return hmac.compare_digest(self.digest, digest(credential))


def credential(random_bytes: bytes) -> str:
    """A new one, of letters and digits that need no escaping in an address."""
    return PREFIX + base64.b32encode(random_bytes).decode().lower().rstrip("=")


def digest(credential: str) -> str:
    return hashlib.sha256(credential.encode()).hexdigest()


def platform_key_id(credential: str) -> str:
    """By which a key is found and told of; it gives nothing of the credential away."""
    hashed = hashlib.sha256(b"id of " + credential.encode()).digest()
    return f"plk_{base64.b32encode(hashed).decode().lower()[:_ID_LENGTH]}"


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id of ours, so that a table need not be asked."""
    return _ID.fullmatch(text) is not None
