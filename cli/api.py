"""The operator API over signed HTTP: what is asked, and what its errors mean."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cli import failures, web
from cli.aws import Place
from cli.failures import OPERATOR_POLICY, ApiRefusal, Failure, Unreachable
from cli.web import Answer

Record = dict[str, Any]

_PAGE = 100
"""The most publishers or keys that one answer holds."""


class OperatorApi:
    def __init__(self, place: Place) -> None:
        self._place = place

    def get(self, *path: str, **query: str | int | None) -> Record:
        """What is None is left out of the query. This and the others raise Failure."""
        return self._request("GET", path, query)

    def call(self, call_uuid: str) -> Record:
        """What the service knows of a call."""
        # An id with a slash has no place in a path.
        if "/" in call_uuid:
            return self.get("calls", call_uuid=call_uuid)
        return self.get("calls", call_uuid)

    def text(self, *path: str, **query: str | int | None) -> str:
        """An answer that is no JSON, as it came."""
        with self._place.reached():
            answer = self._send("GET", path, query)
            if answer.status_code != 200:
                _read(answer)
            return answer.text

    def post(self, *path: str, body: Mapping[str, Any] | None = None) -> Record:
        return self._request("POST", path, body=body)

    def delete(self, *path: str) -> Record:
        """What the answer has; nothing, if it has no body."""
        with self._place.reached():
            answer = self._send("DELETE", path)
            return {} if answer.status_code == 204 else _read(answer)

    def patch(self, *path: str, body: Mapping[str, Any]) -> Record:
        return self._request("PATCH", path, body=body)

    def all(self, member: str, *path: str) -> Iterator[Record]:
        """Every record of a list, page by page."""
        cursor = None
        while True:
            page = self.get(*path, limit=_PAGE, cursor=cursor)
            yield from page[member]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _request(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Record:
        with self._place.reached():
            return _read(self._send(method, path, query, body))

    def _send(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        url = _url(self._place.api_url, path, query or {})
        data = json.dumps(body).encode() if body is not None else b""
        return web.send(method, url, body=data, headers=self._sign(method, url, data))

    def _sign(self, method: str, url: str, data: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"} if data else {}
        request = AWSRequest(method, url, data=data, headers=headers)
        SigV4Auth(self._place.credentials(), "execute-api", self._place.region).add_auth(request)
        return dict(request.headers.items())


def _url(base: str, path: tuple[str, ...], query: Mapping[str, str | int | None]) -> str:
    if any(part.strip(".") == "" for part in path):
        raise Failure("An id must not be empty.")
    # Escaped as a signature counts it, in which a space is %20 and never a plus.
    url = "/".join([base.rstrip("/"), *(quote(part, safe="") for part in path)])
    given = {name: value for name, value in query.items() if value is not None}
    return f"{url}?{urlencode(given, quote_via=quote, safe='')}" if given else url


def _read(answer: Answer) -> Record:
    try:
        record = json.loads(answer.text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise Unreachable(f"What answered ({answer.status_code}) is not the operator API.")
    if answer.status_code >= 400:
        raise _refusal(answer.status_code, record)
    return record


def _refusal(status_code: int, record: Record) -> Failure:
    if "errors" in record:
        refusal = ApiRefusal(status_code, record["errors"], request_id=record.get("request_id"))
        return Unreachable(refusal.message, *refusal.advice) if status_code >= 500 else refusal
    # The gateway's own form.
    message = str(record.get("message") or record.get("Message") or "no reason given")
    if "expired" in message.lower():
        return Failure("Your AWS credentials have expired.", failures.SIGN_IN)
    if status_code in (401, 403):
        return failures.access_denied(f"use the operator API ({message})", OPERATOR_POLICY)
    if status_code == 429 or status_code >= 500:
        return Unreachable(f"The operator API cannot answer now ({status_code}): {message}")
    return ApiRefusal(status_code, [{"message": message}])
