"""Round trips of a call report over HTTP for which many postings wait, counted in this process."""

import threading
from collections.abc import Sequence
from math import ceil
from typing import Any

from shared.stores.platform_keys import PlatformKeyStore
from tests.bench import operations
from tests.bench.operations import PLATFORM_KEY
from tests.bench.report import Goal, Kind, Section, table
from tests.bench.wire import Wire
from tests.integration.events import example_platform_key
from tests.proof.database import Reply
from tests.proof.processes import POSTBACK_KEYS, Process

WAITING = (0, 1, 49, 400, 1000)
"""Numbers of pending postings."""

_REMARK = (
    "Requests that are sent side by side are one round trip. The platform key is in the function's "
    "cache. A transaction applies up to 49 postings, or fewer if they are large."
)


class Reports:
    """The platform API with tables in this process."""

    def __init__(self) -> None:
        self._wire = Wire()
        self._platform = Process("platform_api", self._answer)
        self._sent: list[bool] = []
        client = self._platform.handler._client
        PlatformKeyStore(client, POSTBACK_KEYS).add(example_platform_key(PLATFORM_KEY))
        self.report("+15557770000", 0)  # loads the key into the cache

    def report(self, caller_number: str, waiting: int) -> tuple[int, int]:
        """Report a call. Returns the numbers of requests and of round trips."""
        sizes = {"log_rows": 0, "callers": 0, "pending": waiting}
        where = {"busy_caller": caller_number, "key_id": operations.example_key().key_id}
        self._wire.answer("Bench.Fill", {**sizes, **where})
        self._sent.clear()
        response = self._platform.run(operations.started_by_http(caller_number))
        if response["statusCode"] != 200 or "tags_incomplete" in response["body"]:
            raise RuntimeError(f"unexpected response: {response}")
        return len(self._sent), sum(self._sent)

    def _answer(self, operation: str, body: Any) -> Reply:
        # Of requests side by side, this thread sends one.
        self._sent.append(threading.current_thread() is threading.main_thread())
        return self._wire.answer(f"DynamoDB_20120810.{operation}", body)


def measure() -> Section:
    reports = Reports()
    counted = [reports.report(f"+1555777{n:04}", n) for n in WAITING]
    return _section(counted)


def limit(waiting: int) -> int:
    """Return the maximum of round trips: one for the call, one to read, the others to apply."""
    return 2 + ceil(waiting / 30)


def _section(counted: Sequence[tuple[int, int]]) -> Section:
    rows = [[f"{n:,}", *each] for n, each in zip(WAITING, counted, strict=True)]
    goals = [
        Goal(f"call report, {n:,} postings pending: round trips", trips, limit(n), Kind.COUNTED)
        for n, (_, trips) in zip(WAITING, counted, strict=True)
        if n
    ]
    header = ["postings pending", "requests", "round trips"]
    return Section(
        "A call report with many pending postings", [table(header, rows)], [_REMARK], goals
    )
