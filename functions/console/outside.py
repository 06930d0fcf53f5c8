"""What the console asks of others over HTTP: the operator API and Cognito, signed by its role's
credentials; Cognito's token endpoint and posting links, as anybody would."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ConnectionClosedError, HTTPClientError
from botocore.httpsession import URLLib3Session

TIMEOUT_SECONDS = (2, 12)
"""To connect, and to answer. Two requests, one after the other, end before the gateway gives up."""

PATIENT_SECONDS = (2, 26)
"""For the one request that takes long by itself: a caller is forgotten in ten to 24 seconds. Of the
function's 29 nothing else is left then."""

_http = URLLib3Session(timeout=TIMEOUT_SECONDS)  # type: ignore[arg-type]  # takes a pair too
_patient = URLLib3Session(timeout=PATIENT_SECONDS)  # type: ignore[arg-type]


class Unanswered(Exception):
    """Nobody answered in time."""


class Refused(Exception):
    """Answered with an error; `problems` are pairs of a field, or None, and a message."""

    def __init__(self, status_code: int, problems: list[tuple[str | None, str]]) -> None:
        super().__init__(f"answered {status_code}")
        self.status_code = status_code
        self.problems = problems

    @property
    def is_missing(self) -> bool:
        return self.status_code == 404


@dataclass(frozen=True, slots=True)
class Answer:
    status_code: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


def send(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    signed_for: str | None = None,
    is_patient: bool = False,
) -> Answer:
    """Signed for a service of AWS's, or by nobody. Raises Unanswered."""
    try:
        return _send(method, url, body, headers or {}, signed_for, is_patient)
    except ConnectionClosedError as error:
        # One that was kept open since the last request, which the other side has closed meanwhile.
        if method != "GET":
            raise Unanswered(type(error).__name__) from error
    except (HTTPClientError, BotoCoreError, OSError) as error:
        raise Unanswered(type(error).__name__) from error
    try:
        return _send(method, url, body, headers or {}, signed_for, is_patient)
    except (HTTPClientError, BotoCoreError, OSError) as error:
        raise Unanswered(type(error).__name__) from error


def _send(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    signed_for: str | None,
    is_patient: bool,
) -> Answer:
    request = AWSRequest(method, url, data=body, headers=dict(headers))
    if signed_for:
        credentials = Credentials(
            os.environ.get("AWS_ACCESS_KEY_ID", ""),
            os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            os.environ.get("AWS_SESSION_TOKEN"),
        )
        SigV4Auth(credentials, signed_for, _region()).add_auth(request)
    answer = (_patient if is_patient else _http).send(request.prepare())
    return Answer(answer.status_code, answer.content)


class OperatorApi:
    """The operator API, asked in the name of a person, whom it believes the console's role."""

    def __init__(self, url: str, email: str) -> None:
        self.url = url
        self._email = email

    def get(self, *path: str, **query: str | int | None) -> dict[str, Any]:
        return self.ask("GET", *path, members=None, **query)

    def ask(
        self,
        method: str,
        *path: str,
        members: Mapping[str, Any] | None = None,
        **query: str | int | None,
    ) -> dict[str, Any]:
        """The answer's members. Raises Unanswered and Refused."""
        return self._ask(method, path, members, query, is_patient=False)

    def wait_for(self, method: str, *path: str) -> dict[str, Any]:
        """The same of what takes long by itself."""
        return self._ask(method, path, None, {}, is_patient=True)

    def _ask(
        self,
        method: str,
        path: Sequence[str],
        members: Mapping[str, Any] | None,
        query: Mapping[str, str | int | None],
        *,
        is_patient: bool,
    ) -> dict[str, Any]:
        given = {name.rstrip("_"): value for name, value in query.items() if value is not None}
        url = "/".join((self.url, *(quote(part, safe="") for part in path)))
        # Encoded as the signature's canonical form has it.
        url += f"?{urlencode(given, quote_via=quote)}" if given else ""
        headers = {"X-Asked-By": quote(self._email, safe="@+")}
        if members is not None:
            headers["Content-Type"] = "application/json"
        body = b"" if members is None else json.dumps(members).encode()
        answer = send(
            method,
            url,
            body=body,
            headers=headers,
            signed_for="execute-api",
            is_patient=is_patient,
        )
        if answer.status_code == 204:
            return {}
        told = _members(answer)
        if answer.status_code >= 400:
            errors = told.get("errors") or [
                {"param": None, "message": told.get("message", "it gave no reason")}
            ]
            problems = [(each.get("param"), str(each.get("message", ""))) for each in errors]
            raise Refused(answer.status_code, problems)
        return told


def describe_client(pool_id: str, client_id: str) -> dict[str, Any]:
    """What Cognito knows of an app's client, its secret too. Raises Unanswered and Refused."""
    url = os.environ.get("AWS_ENDPOINT_URL") or f"https://cognito-idp.{_region()}.amazonaws.com"
    answer = send(
        "POST",
        f"{url.rstrip('/')}/",
        body=json.dumps({"UserPoolId": pool_id, "ClientId": client_id}).encode(),
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSCognitoIdentityProviderService.DescribeUserPoolClient",
        },
        signed_for="cognito-idp",
    )
    if answer.status_code != 200:
        raise Refused(answer.status_code, [(None, "the sign-in is not set up")])
    client: dict[str, Any] = _members(answer)["UserPoolClient"]
    return client


def _region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


def _members(answer: Answer) -> dict[str, Any]:
    try:
        members = json.loads(answer.body)
    except ValueError:
        members = None
    return members if isinstance(members, dict) else {}
