"""The console's sessions and unfinished sign-ins, stored under the digest of the browser's token.

No token of Cognito is stored, here or in the browser: it only identifies the person who signs in.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.stores import tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IDLE_SECONDS = 2 * 3600
MAX_SESSION_SECONDS = 12 * 3600
SIGN_IN_SECONDS = 15 * 60
_TOUCH_SECONDS = 300
"""A session's expiry is moved at most this often."""
_MAX_TOKEN_LENGTH = 100

MANAGER, VIEWER = "manager", "viewer"

_SESSION, _SIGN_IN = "SESSION", "SIGN-IN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in person and their role."""

    email: str
    role: str

    @property
    def is_manager(self) -> bool:
        return self.role == MANAGER


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in in progress: the values that Cognito must return, and the path to go to then."""

    state: str
    nonce: str
    verifier: str
    path: str


class SessionStore:
    """Stores sessions and sign-ins in one table. `now` returns seconds since the Unix epoch."""

    def __init__(
        self, client: "DynamoDBClient", table: str, now: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._table = table
        self._now = now

    def start(self, session: Session) -> str:
        """Store a new session and return the token for its cookie: 256 random bits."""
        token = secrets.token_urlsafe(32)
        started_at = str(int(self._now()))
        self._put(_SESSION, token, IDLE_SECONDS, session.email, session.role, started_at)
        return token

    def find(self, token: str) -> Session | None:
        """Return the session, or None if the token is unknown or the session has ended."""
        values = self._get(_SESSION, token)
        if values is None:
            return None
        email, role, started_at = values
        now = self._now()
        ends_at = int(started_at) + MAX_SESSION_SECONDS
        if now >= ends_at:
            return None
        self._extend(token, int(min(now + IDLE_SECONDS, ends_at)))
        return Session(email=email, role=role)

    def end(self, token: str) -> None:
        self._client.delete_item(TableName=self._table, Key=_key(_SESSION, token))

    def begin_sign_in(self, path: str) -> tuple[str, SignIn]:
        """Store a new sign-in and return it, with the token for its cookie first."""
        token = secrets.token_urlsafe(32)
        sign_in = SignIn(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(64),
            path=path,
        )
        values = (sign_in.state, sign_in.nonce, sign_in.verifier, sign_in.path)
        self._put(_SIGN_IN, token, SIGN_IN_SECONDS, *values)
        return token, sign_in

    def finish_sign_in(self, token: str, state: str) -> SignIn | None:
        """Delete a sign-in and return it, or None if it is unknown or has another state."""
        values = self._get(_SIGN_IN, token)
        if values is None:
            return None
        sign_in = SignIn(state=values[0], nonce=values[1], verifier=values[2], path=values[3])
        if not hmac.compare_digest(sign_in.state.encode(), state.encode("utf-8", "replace")):
            return None
        self._client.delete_item(TableName=self._table, Key=_key(_SIGN_IN, token))
        return sign_in

    def _put(self, kind: str, token: str, seconds: int, *values: str) -> None:
        self._client.put_item(
            TableName=self._table,
            Item=_key(kind, token)
            | {
                tables.TTL_ATTRIBUTE: {"N": str(int(self._now()) + seconds)},
                "kept": {"L": [{"S": value} for value in values]},
            },
        )

    def _get(self, kind: str, token: str) -> list[str] | None:
        if not token or len(token) > _MAX_TOKEN_LENGTH:
            return None
        item: dict[str, Any] = self._client.get_item(
            TableName=self._table, Key=_key(kind, token), ConsistentRead=True
        ).get("Item", {})
        # DynamoDB deletes expired items up to two days late.
        if not item or int(item[tables.TTL_ATTRIBUTE]["N"]) <= self._now():
            return None
        return [value["S"] for value in item["kept"]["L"]]

    def _extend(self, token: str, expires_at: int) -> None:
        """Move a session's expiry, unless it was moved recently or the session has ended."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(_SESSION, token),
                UpdateExpression="SET expires_at = :new",
                ConditionExpression="expires_at < :old",
                ExpressionAttributeValues={
                    ":new": {"N": str(expires_at)},
                    ":old": {"N": str(expires_at - _TOUCH_SECONDS)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return


def _key(kind: str, token: str) -> Any:
    """Return the item's key. A reader of the table cannot use the digest to sign in."""
    digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
    return {tables.PARTITION_KEY: {"S": digest}, tables.SORT_KEY: {"S": kind}}
