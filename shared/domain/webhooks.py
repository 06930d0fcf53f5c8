"""Webhooks: which events they get, how messages are signed, retried, and when they stop. Pure.

Messages follow Standard Webhooks 1.0, so that receivers verify them with its libraries.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from shared.domain.timestamps import to_text

SECRET_PREFIX = "whsec_"  # noqa: S105
SECRET_BYTES = 32

RETRY_DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
MAX_ATTEMPTS = len(RETRY_DELAYS) + 1

MAX_JITTER = 0.1
"""The share of a delay that is added by chance, so that retries after an outage spread out."""

FAILING_TIME_LIMIT = timedelta(days=5)
"""A webhook without a success for this long since a failure is disabled."""

_GONE = 410


class EventType(StrEnum):
    """The type of a message."""

    CALL_TAGGED = "call.tagged"
    CALL_ENDED = "call.ended"
    CALLER_FORGOTTEN = "caller.forgotten"
    TEST = "test"
    """Sent when an operator asks for it, and to every webhook, so that no webhook chooses it."""


OF_DETAIL_TYPE: Mapping[str, EventType] = {
    "Call Tagged": EventType.CALL_TAGGED,
    "Call Ended": EventType.CALL_ENDED,
    "Caller Forgotten": EventType.CALLER_FORGOTTEN,
}
"""The message type of each `detail-type` on the bus."""


class Status(StrEnum):
    """Whether messages are sent to a webhook."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class DisabledReason(StrEnum):
    """Why the service stopped sending."""

    GONE = "gone"
    """The receiver responded with 410."""
    FAILING = "failing"
    """No attempt succeeded for five days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook's settings and state.

    `previous_secret` signs too until `previous_until`. `failing_since` is the time of the first
    failed attempt after the last success.
    """

    webhook_id: str
    url: str
    description: str
    events: frozenset[EventType]
    secret: str
    created_at: datetime
    status: Status = Status.ACTIVE
    disabled_reason: DisabledReason | None = None
    previous_secret: str | None = None
    previous_until: datetime | None = None
    failing_since: datetime | None = None

    def gets(self, event: EventType) -> bool:
        """Whether a message of this type is sent to it now."""
        return self.status is Status.ACTIVE and event in (*self.events, EventType.TEST)

    def signing_secrets(self, at: datetime) -> tuple[str, ...]:
        """Return the secrets that sign a message now, the current one first."""
        if self.previous_secret and self.previous_until and at < self.previous_until:
            return self.secret, self.previous_secret
        return (self.secret,)


def new_secret(random_bytes: bytes) -> str:
    return SECRET_PREFIX + base64.b64encode(random_bytes).decode()


def rotate(webhook: Webhook, secret: str, *, at: datetime, overlap: timedelta) -> Webhook:
    """Return the webhook with a new secret; the secret that it replaces signs too for a while."""
    return replace(
        webhook, secret=secret, previous_secret=webhook.secret, previous_until=at + overlap
    )


def pause(webhook: Webhook) -> Webhook:
    """Return the webhook paused. A disabled one stays disabled, with its reason."""
    if webhook.status is Status.DISABLED:
        return webhook
    return replace(webhook, status=Status.PAUSED)


def resume(webhook: Webhook) -> Webhook:
    """Return the webhook active, with five days for its next failures."""
    return replace(webhook, status=Status.ACTIVE, disabled_reason=None, failing_since=None)


def body(event: EventType, data: Mapping[str, Any], *, at: datetime) -> bytes:
    """Return the body of a message, the same bytes for each attempt. It is ASCII."""
    message = {"type": str(event), "timestamp": to_text(at), "data": data}
    return json.dumps(message, separators=(",", ":")).encode()


def headers(webhook: Webhook, message_id: str, body: bytes, *, at: datetime) -> dict[str, str]:
    """Return the headers by which a receiver verifies one attempt, made at this time."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(
            f"v1,{_signature(secret, signed)}" for secret in webhook.signing_secrets(at)
        ),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def is_success(status_code: int | None) -> bool:
    """Whether the receiver took the message. None means that no response came."""
    return status_code is not None and 200 <= status_code < 300


def next_attempt_at(attempt: int, *, failed_at: datetime, chance: float) -> datetime | None:
    """Return when to retry after the failed attempt of this number, or None after the last one.

    The first attempt has number 1. `chance` is from 0 to 1.
    """
    if attempt >= MAX_ATTEMPTS:
        return None
    return failed_at + RETRY_DELAYS[attempt - 1] * (1 + MAX_JITTER * chance)


def after_attempt(webhook: Webhook, status_code: int | None, *, at: datetime) -> Webhook:
    """Return the webhook as an attempt with this response leaves it.

    A success forgets earlier failures. A 410, or a failure five days after the first of a row of
    failures, disables an active webhook.
    """
    if is_success(status_code):
        return replace(webhook, failing_since=None)
    failing = replace(webhook, failing_since=webhook.failing_since or at)
    if status_code == _GONE:
        return _disable(failing, DisabledReason.GONE)
    if at - (failing.failing_since or at) >= FAILING_TIME_LIMIT:
        return _disable(failing, DisabledReason.FAILING)
    return failing


def _disable(webhook: Webhook, reason: DisabledReason) -> Webhook:
    if webhook.status is Status.DISABLED:
        return webhook
    return replace(webhook, status=Status.DISABLED, disabled_reason=reason)
