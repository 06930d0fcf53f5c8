"""Taps on the requests between our functions and AWS: to count them, to fail them, or to slip
something in just before one of them. Nothing of ours is patched."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ReadTimeoutError

Body = dict[str, Any]
Reply = tuple[Any, dict[str, Any]]
Act = Callable[[Body], Reply | None]
"""Is given a request's body; what it returns is the answer, and None lets the request through."""

TRANSACTION_CONFLICT: dict[str, Any] = {
    "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}, {"Code": "None"}]
}


class Wire:
    def __init__(self) -> None:
        self._taps: list[tuple[Any, str, Any]] = []

    def tap(self, client: Any, operation: str, act: Act) -> None:
        """Have `act` see each such request of the client, after the taps that were there before.

        The first of them to answer is the last to be asked.
        """

        def handle(params: Body, **_: Any) -> Reply | None:
            body = params["body"]
            return act(json.loads(body) if isinstance(body, bytes | str) else body)

        self._register(client, f"before-call.{_service(client)}.{operation}", handle)

    def seen(self, client: Any, operation: str) -> list[Body]:
        """The bodies of such requests, from now on."""
        bodies: list[Body] = []

        def note(body: Body) -> None:
            bodies.append(body)

        self.tap(client, operation, note)
        return bodies

    def sent(self, client: Any) -> list[str]:
        """The operations of all requests of the client, each attempt of botocore's, from now on.

        Those that hang too, if this is asked for before they do.
        """
        operations: list[str] = []

        def note(event_name: str, **_: Any) -> None:
            operations.append(event_name.rpartition(".")[2])

        self._register(client, f"before-send.{_service(client)}", note)
        return operations

    def hang(self, client: Any, wait: Callable[[], object], *, table: str = "") -> None:
        """Have AWS not answer the client's requests, of a table if one is named, until after
        `wait` it runs out of patience. Botocore's own retries are at work as ever."""

        def run_out_of_patience(request: Any, **_: Any) -> None:
            if table.encode() in request.body:
                wait()
                raise ReadTimeoutError(endpoint_url=request.url)

        self._register(client, f"before-send.{_service(client)}", run_out_of_patience)

    def remove_taps(self) -> None:
        for client, event, handle in self._taps:
            client.meta.events.unregister(event, handle)
        self._taps.clear()

    def _register(self, client: Any, event: str, handle: Any) -> None:
        client.meta.events.register_first(event, handle)
        self._taps.append((client, event, handle))


def _service(client: Any) -> str:
    service: str = client.meta.service_model.service_id.hyphenize()
    return service


def answering(members: dict[str, Any]) -> Act:
    return lambda _: (SimpleNamespace(status_code=200), members)


def failing(code: str, **members: Any) -> Act:
    """Response with an error that botocore's own retries, if any, have not helped against."""
    error = {"Error": {"Code": code, "Message": "as the test has it"}, "ResponseMetadata": {}}
    return lambda _: (SimpleNamespace(status_code=400), error | members)


def once(act: Callable[[Body], Any]) -> Act:
    """The first time only. What `act` itself sends is not seen again."""
    remaining = [act]

    def run(body: Body) -> Reply | None:
        reply: Reply | None = remaining.pop()(body) if remaining else None
        return reply

    return run


def first_do(act: Callable[[], object]) -> Act:
    """Before the first such request, do this; then let the request through."""

    def run(_: Body) -> None:
        act()

    return once(run)
