"""A client of the operator API: signs requests and turns error responses into exceptions."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cli import errors, web
from cli.aws import Deployment
from cli.errors import OPERATOR_POLICY, ApiError, CliError, Unreachable
from cli.web import Response

Record = dict[str, Any]

_PAGE_SIZE = 100
"""Maximum publishers or keys per response."""


class OperatorApi:
    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def get(self, *path: str, **query: str | int | None) -> Record:
        """Send a GET. Leaves query parameters that are None out. Raises CliError."""
        return self._request("GET", path, query)

    def call(self, call_uuid: str) -> Record:
        """Return a call. Raises CliError."""
        # API Gateway decodes %2F, so an ID with a slash cannot be in the path.
        if "/" in call_uuid:
            return self.get("calls", call_uuid=call_uuid)
        return self.get("calls", call_uuid)

    def text(self, *path: str, **query: str | int | None) -> str:
        """Return the body of a response that is not JSON. Raises CliError."""
        with self._deployment.explain_unreachable():
            response = self._send("GET", path, query)
            if response.status_code != 200:
                _read(response)
            return response.text

    def post(self, *path: str, body: Mapping[str, Any] | None = None) -> Record:
        return self._request("POST", path, body=body)

    def delete(self, *path: str) -> Record:
        """Send a DELETE. Returns the response, or an empty record if it has no body."""
        with self._deployment.explain_unreachable():
            response = self._send("DELETE", path)
            return {} if response.status_code == 204 else _read(response)

    def patch(self, *path: str, body: Mapping[str, Any]) -> Record:
        return self._request("PATCH", path, body=body)

    def all(self, member: str, *path: str) -> Iterator[Record]:
        """Yield every record of a list, page by page."""
        cursor = None
        while True:
            page = self.get(*path, limit=_PAGE_SIZE, cursor=cursor)
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
        with self._deployment.explain_unreachable():
            return _read(self._send(method, path, query, body))

    def _send(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Response:
        url = _url(self._deployment.api_url, path, query or {})
        data = json.dumps(body).encode() if body is not None else b""
        return web.send(method, url, body=data, headers=self._sign(method, url, data))

    def _sign(self, method: str, url: str, data: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"} if data else {}
        request = AWSRequest(method, url, data=data, headers=headers)
        SigV4Auth(self._deployment.credentials(), "execute-api", self._deployment.region).add_auth(
            request
        )
        return dict(request.headers.items())


def _url(base: str, path: tuple[str, ...], query: Mapping[str, str | int | None]) -> str:
    if any(part.strip(".") == "" for part in path):
        raise CliError("An ID is empty. Give the ID of a record.")
    # Signature Version 4 requires %20 for a space; a plus would break the signature.
    url = "/".join([base.rstrip("/"), *(quote(part, safe="") for part in path)])
    given = {name: value for name, value in query.items() if value is not None}
    return f"{url}?{urlencode(given, quote_via=quote, safe='')}" if given else url


def _read(response: Response) -> Record:
    try:
        record = json.loads(response.text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise Unreachable(
            f"The response ({response.status_code}) does not come from the operator API."
        )
    if response.status_code >= 400:
        raise _error(response.status_code, record)
    return record


def _error(status_code: int, record: Record) -> CliError:
    if "errors" in record:
        error = ApiError(status_code, record["errors"], request_id=record.get("request_id"))
        return Unreachable(error.message, *error.advice) if status_code >= 500 else error
    # API Gateway's own errors have another form.
    message = str(record.get("message") or record.get("Message") or "no reason given")
    if "expired" in message.lower():
        return CliError("Your AWS credentials have expired.", errors.SIGN_IN)
    if status_code in (401, 403):
        return errors.access_denied(f"use the operator API ({message})", OPERATOR_POLICY)
    if status_code == 429 or status_code >= 500:
        return Unreachable(f"The operator API is not available ({status_code}): {message}")
    return ApiError(status_code, [{"message": message}])
