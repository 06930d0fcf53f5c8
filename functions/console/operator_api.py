"""A client of the operator API, which the console calls on behalf of the signed-in person."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from functions.console.http_client import SLOW_TIMEOUT_SECONDS, HttpResponse, send

Query = Mapping[str, str | int | None]


class ApiError(Exception):
    """An error response. `problems` are pairs of a field, or None, and a message."""

    def __init__(
        self,
        status_code: int,
        problems: list[tuple[str | None, str]],
        *,
        is_explained: bool = True,
        retry_after_seconds: int = 0,
    ) -> None:
        super().__init__(f"status {status_code}")
        self.status_code = status_code
        self.problems = problems
        self.is_explained = is_explained
        """Whether the operator API itself refused the request, and not the gateway before it."""
        self.retry_after_seconds = retry_after_seconds

    @property
    def is_not_found(self) -> bool:
        return self.status_code == 404

    @property
    def is_invalid(self) -> bool:
        """Whether the API does not know what the request names, or does not accept its values."""
        return self.status_code in (404, 422)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """The person on whose behalf the console asks, their role, and their browser's address.

    The operator API believes all three only from the console's role.
    """

    email: str
    role: str
    address: str

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-Asked-By": quote(self.email, safe="@+"),
            "X-Asked-Role": self.role,
            "X-Asked-From": self.address,
        }


class OperatorApi:
    """`allow_change` raises if the person may no longer make a change.

    Each method returns the members of the response, and raises NoResponse and ApiError.
    """

    def __init__(self, url: str, asker: Asker, allow_change: Callable[[], None]) -> None:
        self.url = url
        self._asker = asker
        self._allow_change = allow_change

    def get(self, *path: str, **query: str | int | None) -> dict[str, Any]:
        """Read. A parameter's trailing underscore is dropped, so that `from_` is `from`."""
        return self._send("GET", path, None, query)

    def send(
        self, method: str, *path: str, members: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return self._send(method, path, members, {})

    def send_slow(self, method: str, *path: str) -> dict[str, Any]:
        """Send a request that may take most of the function's time."""
        return self._send(method, path, None, {}, is_slow=True)

    def _send(
        self,
        method: str,
        path: Sequence[str],
        members: Mapping[str, Any] | None,
        query: Query,
        *,
        is_slow: bool = False,
    ) -> dict[str, Any]:
        parameters = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        url = "/".join((self.url, *(quote(part, safe="") for part in path)))
        # The signature needs this encoding: %20 for a space, not +.
        url += f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
        headers = self._asker.headers
        if method != "GET":
            self._allow_change()
        if members is not None:
            headers["Content-Type"] = "application/json"
        response = send(
            method,
            url,
            body=b"" if members is None else json.dumps(members).encode(),
            headers=headers,
            signed_for="execute-api",
            timeout=SLOW_TIMEOUT_SECONDS if is_slow else None,
        )
        if response.status_code >= 400:
            raise _error(response)
        return {} if response.status_code == 204 else response.members


def _error(response: HttpResponse) -> ApiError:
    members = response.members
    errors = members.get("errors") or [
        {"param": None, "message": members.get("message", "no reason given")}
    ]
    problems = [(each.get("param"), str(each.get("message", ""))) for each in errors]
    retry_after = response.headers.get("retry-after", "")
    return ApiError(
        response.status_code,
        problems,
        is_explained="errors" in members,
        retry_after_seconds=int(retry_after) if retry_after.isdecimal() else 0,
    )
