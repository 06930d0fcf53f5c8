"""How long AWS may keep us waiting, and how long one piece of work may: every figure is here.

A request may take 1 s to connect and 1 s to answer, and is sent once more where that may help, up
to 1 s later: of an AWS that hangs we know after 2 to 3 seconds. And no request begins, nor is sent
again, once the time of the work that it is for is up. So, whatever hangs or crawls, at the worst:

    a posting                      6 s, and 3.5 s more for a row in the log
    one of a batch's call events   8 s
    a call told of over HTTP       2 s, since a caller is on the line
    a batch of call events         23 s
    a batch of announcements       23 s
    a batch of rows to count       23 s
    a look at the watched keys     53 s

That is under the functions' own time-outs, and the gateway's 30 s: work ends by our saying so.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config

from shared.domain.errors import OutOfTime

if TYPE_CHECKING:
    from botocore.client import BaseClient

CLIENT = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"mode": "standard", "total_max_attempts": 2},
    tcp_keepalive=True,
)
"""For every client; `keeping` makes one keep to the limits too."""

ROUTING_CLIENT = Config(connect_timeout=0.4, read_timeout=0.5)
"""For those on whom a call's routing waits: with one that hangs, they know after 0.5 to 0.9 s."""

LONGEST_LAST_REQUEST_SECONDS = 3.0
"""What a request that begins just in time can still take: a pause of botocore's, and an attempt."""

ROUTING_SECONDS = 1.0
"""A request that begins just in time takes 0.9 s: then there is an answer within 2."""
POSTING_SECONDS = 3.0
LOG_ROW_SECONDS = 0.5
"""Enough for a second attempt after an error, but not after a time-out."""
CALL_EVENT_SECONDS = 5.0
"""However many postings wait for one call, the other events of the batch get their turn."""
CALL_EVENTS_SECONDS = 20.0
ANNOUNCEMENTS_SECONDS = 20.0
ACTIVITY_SECONDS = 20.0
WATCH_SECONDS = 50.0

_UNANSWERED = 500
_THROTTLED = frozenset(
    ("ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded")
)
_SOON_SECONDS = 0.02

Client = TypeVar("Client", bound="BaseClient")

# Of its own in every thread: the threads of a handler, if it has any, are under no limit.
_end: ContextVar[float] = ContextVar("end", default=math.inf)


@contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Let no request begin later than this from now, nor later than a limit around this one."""
    with _until(min(_end.get(), time.monotonic() + seconds)):
        yield


@contextmanager
def overtime(seconds: float) -> Iterator[None]:
    """Give what is left to say this long from now, though the time around it may be up."""
    with _until(time.monotonic() + seconds):
        yield


def is_up(*, after: float = 0.0) -> bool:
    """Whether the time is up, or will be after so many seconds."""
    return time.monotonic() + after > _end.get()


def keeping(client: Client, *, is_hurried: bool = False) -> Client:
    """The client, which from now on keeps to the limits. Its requests may raise OutOfTime.

    One that is hurried sends again at once what it sends again.
    """
    meta = client.meta
    service = meta.service_model.service_id.hyphenize()
    meta.events.register_first(f"provide-client-params.{service}", _refuse_when_up)
    # As specific as botocore's own handler, or that one would be asked before.
    if is_hurried:
        meta.events.register_first(f"needs-retry.{service}", _send_again_soon)
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
        raise OutOfTime("the time for this is up")


def _give_up_when_up(**_: Any) -> Any:
    # Of several opinions botocore takes the first that is not None; False is: no.
    return False if is_up() else None


def _send_again_soon(
    *, response: Any, attempts: int, caught_exception: Exception | None, **_: Any
) -> Any:
    """Once, where that may help, and without botocore's pause of up to a second."""
    if attempts > 1:
        return False
    status_code = response[0].status_code if response else _UNANSWERED
    error = response[1].get("Error", {}) if response else {}
    is_worth_it = caught_exception or status_code >= _UNANSWERED or error.get("Code") in _THROTTLED
    return _SOON_SECONDS if is_worth_it else False
