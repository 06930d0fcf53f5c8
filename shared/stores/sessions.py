"""The console's sessions, stored under the digest of the browser's token.

A session keeps Cognito's refresh token, encrypted with the browser's token, which the table lacks.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shared.stores import tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IDLE_SECONDS = 2 * 3600
MAX_SESSION_SECONDS = 12 * 3600
_TOUCH_SECONDS = 300
"""A session's expiry is moved at most this often."""
_MAX_TOKEN_LENGTH = 100
_SALT_BYTES = 16

ADMIN, MANAGER, VIEWER = "admin", "manager", "viewer"

_SESSION, _SIGN_IN = "SESSION", "SIGN-IN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in person and their role.

    `checked_at` and `asked_at` are the times of the last check at Cognito that was confirmed, and
    of the last one that was sent. `subject` is Cognito's ID of the person.
    """

    email: str
    role: str
    subject: str = field(default="", compare=False)
    refresh_token: str = field(default="", compare=False, repr=False)
    checked_at: float = field(default=0, compare=False)
    asked_at: float = field(default=0, compare=False)

    @property
    def is_manager(self) -> bool:
        """Whether the person may make changes, as admins may too."""
        return self.role in (ADMIN, MANAGER)

    @property
    def is_admin(self) -> bool:
        return self.role == ADMIN


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSignIn:
    """A sign-in that the previous release began."""

    state: str
    nonce: str
    verifier: str
    path: str


class SessionStore:
    """`now` returns seconds since the Unix epoch."""

    def __init__(
        self, client: "DynamoDBClient", table: str, now: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._table = table
        self._now = now

    def start(self, session: Session) -> str:
        """Store a new session and return the token for its cookie: 256 random bits."""
        token = secrets.token_urlsafe(32)
        now = self._now()
        kept = (session.email, session.role, str(int(now)))
        item = _key(_SESSION, token) | {
            tables.TTL_ATTRIBUTE: {"N": str(int(now) + IDLE_SECONDS)},
            # The previous release reads this list.
            "kept": {"L": [{"S": value} for value in kept]},
            "subject": {"S": session.subject},
            "checked_at": {"N": str(session.checked_at or now)},
            "asked_at": {"N": str(session.asked_at or now)},
        }
        if session.refresh_token:
            item["refresh_token"] = {"B": _encrypt(session.refresh_token, token)}
        self._client.put_item(TableName=self._table, Item=item)
        return token

    def find(self, token: str) -> Session | None:
        """Return the session, or None if the token is unknown or the session has ended."""
        item = self._get(_SESSION, token)
        if item is None:
            return None
        email, role, started_at = (value["S"] for value in item["kept"]["L"])
        now = self._now()
        ends_at = int(started_at) + MAX_SESSION_SECONDS
        if now >= ends_at:
            return None
        self._extend(token, int(min(now + IDLE_SECONDS, ends_at)))
        # A session that the previous release began has no times and no refresh token.
        return Session(
            email=email,
            role=role,
            subject=item.get("subject", {}).get("S", ""),
            refresh_token=_decrypt(item.get("refresh_token", {}).get("B", b""), token),
            checked_at=float(item.get("checked_at", {}).get("N", started_at)),
            asked_at=float(item.get("asked_at", {}).get("N", started_at)),
        )

    def claim_check(self, token: str, session: Session, at: float) -> bool:
        """Note that the session is checked now; False if another request has noted that first."""
        return self._update(
            token,
            "SET asked_at = :at",
            "attribute_exists(pk) AND (attribute_not_exists(asked_at) OR asked_at = :before)",
            {":at": {"N": str(at)}, ":before": {"N": str(session.asked_at)}},
        )

    def confirm(self, token: str, session: Session) -> bool:
        """Store what the check found, with the time when it was sent; False if it is outdated."""
        values = {
            ":at": {"N": str(session.asked_at)},
            ":email": {"S": session.email},
            ":role": {"S": session.role},
        }
        update = "SET checked_at = :at, kept[0] = :email, kept[1] = :role"
        return self._update(token, update, "asked_at = :at", values)

    def end(self, token: str) -> None:
        self._client.delete_item(TableName=self._table, Key=_key(_SESSION, token))

    def finish_sign_in(self, token: str, state: str) -> StoredSignIn | None:
        """Delete a sign-in that the previous release began, and return it.

        Returns None if it is unknown or has another state.
        """
        item = self._get(_SIGN_IN, token)
        if item is None:
            return None
        values = [value["S"] for value in item["kept"]["L"]]
        sign_in = StoredSignIn(state=values[0], nonce=values[1], verifier=values[2], path=values[3])
        if not hmac.compare_digest(sign_in.state.encode(), state.encode("utf-8", "replace")):
            return None
        self._client.delete_item(TableName=self._table, Key=_key(_SIGN_IN, token))
        return sign_in

    def _get(self, kind: str, token: str) -> dict[str, Any] | None:
        if not token or len(token) > _MAX_TOKEN_LENGTH:
            return None
        item: dict[str, Any] = self._client.get_item(
            TableName=self._table, Key=_key(kind, token), ConsistentRead=True
        ).get("Item", {})
        # DynamoDB deletes expired items up to two days late.
        if not item or int(item[tables.TTL_ATTRIBUTE]["N"]) <= self._now():
            return None
        return item

    def _extend(self, token: str, expires_at: int) -> None:
        """Move a session's expiry, unless it was moved recently or the session has ended."""
        values = {
            ":new": {"N": str(expires_at)},
            ":old": {"N": str(expires_at - _TOUCH_SECONDS)},
        }
        self._update(token, "SET expires_at = :new", "expires_at < :old", values)

    def _update(self, token: str, update: str, condition: str, values: Any) -> bool:
        """Update a session; False if the condition is not true, or the session has ended."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(_SESSION, token),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(kind: str, token: str) -> Any:
    """Return the item's key. A reader of the table cannot use the digest to sign in."""
    digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
    return {tables.PARTITION_KEY: {"S": digest}, tables.SORT_KEY: {"S": kind}}


def _encrypt(text: str, token: str) -> bytes:
    """Encrypt a text with a key stream that only the holder of the token can make (SHAKE256)."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return salt + _apply_stream(text.encode(), token, salt)


def _decrypt(data: bytes, token: str) -> str:
    return _apply_stream(data[_SALT_BYTES:], token, data[:_SALT_BYTES]).decode("utf-8", "replace")


def _apply_stream(data: bytes, token: str, salt: bytes) -> bytes:
    seed = b"refresh token\0" + salt + token.encode("utf-8", "replace")
    stream = hashlib.shake_256(seed).digest(len(data))
    return bytes(a ^ b for a, b in zip(data, stream, strict=True))
