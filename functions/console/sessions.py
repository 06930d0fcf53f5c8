"""Who is signed in: rows of the sessions table, under the digest of what the browser holds.

No token of Cognito's is kept, here or in the browser: it says once who somebody is.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IDLE_SECONDS = 2 * 3600
LONGEST_SECONDS = 12 * 3600
SIGN_IN_SECONDS = 15 * 60
_TOUCH_SECONDS = 300
"""A session is written to no more often than this."""

MANAGER, VIEWER = "manager", "viewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    email: str
    role: str

    @property
    def is_manager(self) -> bool:
        return self.role == MANAGER


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One that has begun: what must come back, and where to go then."""

    state: str
    nonce: str
    verifier: str
    path: str


class SessionStore:
    """`now` gives seconds of the Unix epoch."""

    def __init__(
        self, client: "DynamoDBClient", table: str, now: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._table = table
        self._now = now

    def start(self, session: Session) -> str:
        """The token for the cookie: 256 random bits."""
        token = secrets.token_urlsafe(32)
        now = int(self._now())
        self._put("SESSION", token, IDLE_SECONDS, session.email, session.role, str(now))
        return token

    def find(self, token: str) -> Session | None:
        """None for one that never was, was ended, idle for too long, or is too old."""
        row = self._get("SESSION", token)
        if row is None:
            return None
        email, role, started = row
        now = self._now()
        ends = int(started) + LONGEST_SECONDS
        if now >= ends:
            return None
        self._touch("SESSION", token, int(min(now + IDLE_SECONDS, ends)))
        return Session(email=email, role=role)

    def end(self, token: str) -> None:
        self._client.delete_item(TableName=self._table, Key=_key("SESSION", token))

    def begin_sign_in(self, path: str) -> tuple[str, SignIn]:
        """The token for the cookie of a sign-in, and what it stands for."""
        token = secrets.token_urlsafe(32)
        made = SignIn(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(64),
            path=path,
        )
        self._put(
            "SIGN-IN", token, SIGN_IN_SECONDS, made.state, made.nonce, made.verifier, made.path
        )
        return token, made

    def take_sign_in(self, token: str, state: str) -> SignIn | None:
        """It can be taken once; None if there is none, or it has another state."""
        row = self._get("SIGN-IN", token)
        if row is None:
            return None
        found = SignIn(state=row[0], nonce=row[1], verifier=row[2], path=row[3])
        if not hmac.compare_digest(found.state.encode(), state.encode("utf-8", "replace")):
            return None
        self._client.delete_item(TableName=self._table, Key=_key("SIGN-IN", token))
        return found

    def _put(self, kind: str, token: str, seconds: int, *values: str) -> None:
        self._client.put_item(
            TableName=self._table,
            Item=_key(kind, token)
            | {
                "expires_at": {"N": str(int(self._now()) + seconds)},
                "kept": {"L": [{"S": value} for value in values]},
            },
        )

    def _get(self, kind: str, token: str) -> list[str] | None:
        if not token or len(token) > 100:
            return None
        item: dict[str, Any] = self._client.get_item(
            TableName=self._table, Key=_key(kind, token), ConsistentRead=True
        ).get("Item", {})
        # TTL deletes when it comes to it: up to two days late.
        if not item or int(item["expires_at"]["N"]) <= self._now():
            return None
        return [value["S"] for value in item["kept"]["L"]]

    def _touch(self, kind: str, token: str, expires_at: int) -> None:
        """Keep a session for as long as it is used, unless it was ended meanwhile."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(kind, token),
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
    """The digest is enough to find it by, and of no use to who reads the table."""
    digest = hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
    return {"pk": {"S": digest}, "sk": {"S": kind}}
