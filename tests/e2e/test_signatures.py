"""The operator routes accept only requests that an operator signed recently and unchanged."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from botocore import auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local import web
from infra.local.web import Response
from tests.e2e.service import PostbackKey, Service
from tests.e2e.test_permissions import new_user

BODY = b'{"name":"renamed"}'
Headers = dict[str, str]


@pytest.fixture(scope="module")
def operator(service: Service) -> Credentials:
    return new_user(service, "OperatorPolicyArn")


@pytest.fixture
def path(key: PostbackKey) -> str:
    return f"/postback-keys/{key.key_id}"


def _sign(
    service: Service,
    credentials: Credentials,
    path: str,
    *,
    method: str = "PATCH",
    body: bytes = BODY,
    scope: str = "execute-api",
    region: str | None = None,
) -> Headers:
    headers = {"Content-Type": "application/json"}
    request = AWSRequest(method, service.api_url + path, data=body, headers=headers)
    SigV4Auth(credentials, scope, region or service.aws.region).add_auth(request)
    return dict(request.headers.items())


def _send(
    service: Service, path: str, headers: Headers, *, method: str = "PATCH", body: bytes = BODY
) -> Response:
    return web.send(method, service.api_url + path, body=body, headers=headers)


def _name(service: Service, path: str) -> str:
    name: str = service.operate("GET", path).json()["name"]
    return name


def test_a_signed_request_is_executed(service: Service, operator: Credentials, path: str) -> None:
    response = _send(service, path, _sign(service, operator, path))

    assert response.status_code == 200, response.body
    assert _name(service, path) == "renamed"


@pytest.mark.parametrize(
    ("sent_path", "method", "body"),
    [
        ("{path}", "PATCH", b'{"name":"tampered"}'),
        ("{path}", "PATCH", b""),
        ("{path}?paused=true", "PATCH", BODY),
        ("{path}/pause", "POST", BODY),
        ("/publishers", "PATCH", BODY),
        ("{path}", "GET", BODY),
        ("{path}/", "PATCH", BODY),
    ],
    ids=["body", "no body", "query", "path", "other route", "method", "slash"],
)
def test_a_request_changed_after_signing_is_403(
    service: Service, operator: Credentials, path: str, sent_path: str, method: str, body: bytes
) -> None:
    headers = _sign(service, operator, path)

    response = _send(service, sent_path.format(path=path), headers, method=method, body=body)

    _is_forbidden(response)
    assert _name(service, path) == "main"


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it | {"X-Amz-Date": "20200101T000000Z"},
        lambda it: it | {"Authorization": it["Authorization"][:-1] + "g"},
        lambda it: it | {"Authorization": it["Authorization"].partition(" Signature=")[0]},
        lambda it: it | {"Authorization": it["Authorization"].split(" ")[0]},
        lambda it: it | {"Authorization": "Basic b3BlcmF0b3I6c2VjcmV0"},
        lambda it: it | {"Authorization": "Bearer x.y.z"},
        lambda it: it | {"Authorization": ""},
        lambda it: {name: value for name, value in it.items() if name != "X-Amz-Date"},
        lambda it: it | {"X-Amz-Security-Token": "x"},
    ],
    ids=[
        "date",
        "signature",
        "no signature",
        "scheme alone",
        "basic",
        "bearer",
        "empty",
        "no date",
        "token",
    ],
)
def test_an_incomplete_or_changed_signature_is_403(
    service: Service, operator: Credentials, path: str, change: Callable[[Headers], Headers]
) -> None:
    _is_forbidden(_send(service, path, change(_sign(service, operator, path))))
    assert _name(service, path) == "main"


@pytest.mark.parametrize(
    ("scope", "region"),
    [
        ("s3", None),
        ("dynamodb", None),
        ("execute-api", "eu-west-1"),
    ],
)
def test_a_signature_for_another_service_or_region_is_403(
    service: Service, operator: Credentials, path: str, scope: str, region: str | None
) -> None:
    headers = _sign(service, operator, path, scope=scope, region=region)

    _is_forbidden(_send(service, path, headers))
    assert _name(service, path) == "main"


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_signature_an_hour_off_is_403(
    service: Service,
    operator: Credentials,
    path: str,
    hours: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed_at = datetime.now(UTC) + timedelta(hours=hours)
    monkeypatch.setattr(auth, "get_current_datetime", lambda: signed_at)
    headers = _sign(service, operator, path)
    monkeypatch.undo()

    _is_forbidden(_send(service, path, headers))
    assert _name(service, path) == "main"


@pytest.mark.parametrize(
    "credentials",
    [
        Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        Credentials("", "secret"),
    ],
    ids=["unknown", "none"],
)
def test_a_signature_with_an_unknown_access_key_is_403(
    service: Service, path: str, credentials: Credentials
) -> None:
    _is_forbidden(_send(service, path, _sign(service, credentials, path)))
    assert _name(service, path) == "main"


def _is_forbidden(response: Response) -> None:
    assert response.status_code == 403, response.body
    assert b"posting_link" not in response.body
