"""How long AWS may keep us waiting, and how long one piece of work may: every figure is here.

A request may take 1 s to connect and 1 s to answer, and is sent once more where that may help, up
to 1 s later: of an AWS that hangs we know after 2 to 3 seconds. And no request begins, nor is sent
again, once the time of the work that it is for is up. So, whatever hangs or crawls, at the worst:

    a posting                      6 s, and 3.5 s more for a row in the log
    one of a batch's call events   8 s
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

LONGEST_LAST_REQUEST_SECONDS = 3.0
"""What a request that begins just in time can still take: a pause of botocore's, and an attempt."""

POSTING_SECONDS = 3.0
LOG_ROW_SECONDS = 0.5
"""Enough for a second attempt after an error, but not after a time-out."""
CALL_EVENT_SECONDS = 5.0
"""However many postings wait for one call, the other events of the batch get their turn."""
CALL_EVENTS_SECONDS = 20.0
ANNOUNCEMENTS_SECONDS = 20.0
ACTIVITY_SECONDS = 20.0
WATCH_SECONDS = 50.0

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


def keeping(client: Client) -> Client:
    """The client, which from now on keeps to the limits. Its requests may raise OutOfTime."""
    meta = client.meta
    service = meta.service_model.service_id.hyphenize()
    meta.events.register_first(f"provide-client-params.{service}", _refuse_when_up)
    # As specific as botocore's own handler, or that one would be asked before.
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
