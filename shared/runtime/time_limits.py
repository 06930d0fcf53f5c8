"""All time limits: of one request to AWS, and of one unit of work; and retries within them.

A request may take 1 s to connect and 1 s until the response, and is retried once if that can help,
after 1 s or less. So a service that hangs is noticed after 2 to 3 s. No request or retry begins
after the time limit of its unit of work. So each takes at most, whatever is slow:

    a posting                       6 s, and 3.5 s more for a row in the log
    a call event of a batch         8 s
    a call report over HTTP         2 s, since a caller is on the line
    a batch of call events          23 s
    a batch of announcements        23 s
    a batch of log rows to count    23 s
    a check of the watched keys     53 s

These are below the functions' timeouts and the gateway's 30 s, so that work is not cut off.
"""

import math
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config

from shared.domain.errors import OutOfTime, RetriesExhausted

if TYPE_CHECKING:
    from botocore.client import BaseClient

CLIENT = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
)
"""The configuration of every client. `enforce` adds the limits of units of work."""

ROUTING_CLIENT = Config(connect_timeout=0.4, read_timeout=0.5)
"""For clients that a call's routing waits for: a service that hangs is noticed in 0.5 to 0.9 s."""

MAX_LAST_REQUEST_SECONDS = 3.0
"""Maximum time of a request that begins just before a limit: botocore's pause and an attempt."""

ROUTING_SECONDS = 1.0
"""A request that begins just before this takes 0.9 s, so the response comes within 2 s."""
HANDOVER_SECONDS = 0.1
"""How long after that a report may begin to hand over the postings that it has not applied."""
POSTING_SECONDS = 3.0
LOG_ROW_SECONDS = 0.5
"""Enough for a second attempt after an error, but not after a timeout."""
CALL_EVENT_SECONDS = 5.0
"""Leaves time for the other events of a batch, however many postings are pending for one call."""
CALL_EVENTS_SECONDS = 20.0
ANNOUNCEMENTS_SECONDS = 20.0
ACTIVITY_SECONDS = 20.0
WATCH_SECONDS = 50.0

_SERVER_ERROR = 500
_THROTTLED = frozenset(
    ("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded")
)
_PAUSE_SECONDS = 0.02
_MAX_PAUSE_SECONDS = 0.4

Client = TypeVar("Client", bound="BaseClient")

# Each thread has its own: threads have no limit, unless they run in a copy of the context.
_end: ContextVar[float] = ContextVar("end", default=math.inf)


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Let no request begin later than this from now, or later than the limit around this one."""
    with _until(min(_end.get(), time.monotonic() + seconds)):
        yield


@contextmanager
def overtime(seconds: float) -> Iterator[None]:
    """Let requests begin until this from now, even if the limit around this one has passed."""
    with _until(time.monotonic() + seconds):
        yield


@contextmanager
def extension(seconds: float) -> Iterator[None]:
    """Let requests begin until so many seconds after the limit around this one."""
    with _until(_end.get() + seconds):
        yield


def is_up(*, after: float = 0.0) -> bool:
    """Return whether the limit has passed, or will have passed after so many seconds."""
    return time.monotonic() + after > _end.get()


def attempts(maximum: int) -> Iterator[int]:
    """Yield the numbers of attempts, with jittered pauses that grow to 0.4 seconds between them.

    For writes that lost a race against another writer, and batches that were done in part. The SDK
    retries the rest, such as throttling.

    Raises RetriesExhausted after the last attempt, or when the time limit would be exceeded.
    """
    made = 0
    for attempt in range(maximum):
        if attempt:
            longest = min(_MAX_PAUSE_SECONDS, 0.01 * 2**attempt)
            pause = random.uniform(0, longest)  # noqa: S311  # jitter, not a secret
            if is_up(after=pause):
                break
            time.sleep(pause)
        yield attempt
        made += 1
    raise RetriesExhausted(f"gave up after {made} attempts")


def enforce(client: Client, *, retries_at_once: bool = False) -> Client:
    """Make a client observe the limits, and return it. Its requests may raise OutOfTime.

    With `retries_at_once`, it retries without botocore's pause.
    """
    meta = client.meta
    service = meta.service_model.service_id.hyphenize()
    meta.events.register_first(f"provide-client-params.{service}", _refuse_when_up)
    # Registered as specifically as botocore's own handler, which would run first otherwise.
    if retries_at_once:
        meta.events.register_first(f"needs-retry.{service}", _retry_at_once)
    meta.events.register_first(f"needs-retry.{service}", _give_up_when_up)
    return client


@contextmanager
def _until(end: float) -> Iterator[None]:
    token = _end.set(end)
    try:
        yield
    finally:
        _end.reset(token)


def _refuse_when_up(**_: Any) -> None:
    if is_up():
        raise OutOfTime("the time limit has passed")


def _give_up_when_up(**_: Any) -> Any:
    # botocore uses the first result that is not None. False means: do not retry.
    return False if is_up() else None


def _retry_at_once(
    *, response: Any, attempts: int, caught_exception: Exception | None, **_: Any
) -> Any:
    """Retry once, if that can help, without botocore's pause of up to a second."""
    if attempts > 1:
        return False
    status_code = response[0].status_code if response else _SERVER_ERROR
    error = response[1].get("Error", {}) if response else {}
    can_help = caught_exception or status_code >= _SERVER_ERROR or error.get("Code") in _THROTTLED
    return _PAUSE_SECONDS if can_help else False
