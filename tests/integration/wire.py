"""Taps on the requests between the functions and AWS: to count them, to fail them, or to act just
before one of them. No code of the functions is patched."""

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ReadTimeoutError

Body = dict[str, Any]
Reply = tuple[Any, dict[str, Any]]
Act = Callable[[Body], Reply | None]
"""Receives a request's body and returns the reply, or None to let the request through."""

TRANSACTION_CONFLICT: dict[str, Any] = {
    "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}, {"Code": "None"}]
}


class Wire:
    def __init__(self) -> None:
        self._taps: list[tuple[Any, str, Any]] = []

    def tap(self, client: Any, operation: str, act: Act) -> None:
        """Call `act` for each such request of the client, after the taps that exist already.

        The first reply wins.
        """

        def handle(params: Body, **_: Any) -> Reply | None:
            body = params["body"]
            return act(json.loads(body) if isinstance(body, bytes | str) else body)

        self._register(client, f"before-call.{_service(client)}.{operation}", handle)

    def seen(self, client: Any, operation: str) -> list[Body]:
        """Collect the bodies of such requests from now on."""
        bodies: list[Body] = []

        def note(body: Body) -> None:
            bodies.append(body)

        self.tap(client, operation, note)
        return bodies

    def sent(self, client: Any) -> list[str]:
        """Collect the operations of all the client's requests from now on, one per attempt.

        Includes requests that hang, if this is called before `hang`.
        """
        operations: list[str] = []

        def note(event_name: str, **_: Any) -> None:
            operations.append(event_name.rpartition(".")[2])

        self._register(client, f"before-send.{_service(client)}", note)
        return operations

    def hang(self, client: Any, wait: Callable[[], object], *, table: str = "") -> None:
        """Let the client's requests, or those to one table, time out after `wait`. Botocore's own
        retries stay active."""

        def time_out(request: Any, **_: Any) -> None:
            if table.encode() in request.body:
                wait()
                raise ReadTimeoutError(endpoint_url=request.url)

        self._register(client, f"before-send.{_service(client)}", time_out)

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
    """Reply with an error, as if botocore's own retries had failed too."""
    error = {"Error": {"Code": code, "Message": "as the test has it"}, "ResponseMetadata": {}}
    return lambda _: (SimpleNamespace(status_code=400), error | members)


def once(act: Callable[[Body], Any]) -> Act:
    """Act on the first request only, and not on those that `act` sends itself."""
    remaining = [act]

    def run(body: Body) -> Reply | None:
        reply: Reply | None = remaining.pop()(body) if remaining else None
        return reply

    return run


def first_do(act: Callable[[], object]) -> Act:
    """Do this before the first such request, then let it through."""

    def run(_: Body) -> None:
        act()

    return once(run)
