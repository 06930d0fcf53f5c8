"""Valid and invalid requests generated from the contract get only responses that it describes.
`make fuzz` sends thousands; a test run sends a few per operation."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth
from schemathesis import Case, CheckContext, CheckFunction, GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared.domain.keys import PostbackKey
from tests import described
from tests.described import FOLDER, OPERATOR, PLATFORM, PUBLISHER
from tests.e2e.phone_calls import PhoneCall, new_caller_number
from tests.e2e.service import Service

CASES = int(os.environ.get("CASES", "4"))
"""Number of valid and of invalid requests per operation."""

ALWAYS_THE_SAME = "CASES" not in os.environ
"""Test runs repeat the same requests, so that a change causes failures; `make fuzz` explores."""

PATIENCE_SECONDS = 35
"""Client timeout. API Gateway allows 30 seconds; more would be due to this machine."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

CONTRACT = described.load(PUBLISHER)
TAGS = CONTRACT["components"]["schemas"]["Tags"]
TAKE_POSTINGS = {path for method, path, _ in described.operations(CONTRACT) if method == "post"}

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]


def _operations(document: str) -> list[Any]:
    """Return each operation with valid requests, and with invalid ones if it has any."""
    schema = schemathesis.openapi.from_path(FOLDER / document)
    # The signature is added later, and unknown parameters are not errors.
    schema.config.generation.update(with_security_parameters=False, allow_extra_parameters=False)
    found: Iterator[Any] = schema.get_all_operations()
    operations: list[Operation] = [each.ok() for each in found]
    return [
        pytest.param(operation, mode, id=f"{operation.label} {mode.value}")
        for operation in operations
        for mode in GenerationMode
        if mode.is_positive or operation.query or operation.body
    ]


class Signature(AuthBase):
    """Signs requests as IAM routes require."""

    def __init__(self, service: Service) -> None:
        aws = service.aws
        credentials = Credentials(aws.access_key_id, aws.secret_access_key)
        self._signer = SigV4Auth(credentials, "execute-api", aws.region)

    def __call__(self, prepared: PreparedRequest) -> PreparedRequest:
        request = AWSRequest(prepared.method, prepared.url, data=prepared.body or b"")
        self._signer.add_auth(request)
        prepared.headers.update(dict(request.headers.items()))
        return prepared


def only_tags_within_the_limits(_: CheckContext, response: Response, case: AnyCase) -> None:
    """Check that accepted tags are within the limits.

    Schemathesis' own check of invalid requests does not know that a valid parameter can override an
    invalid one, or that any text is a tag.
    """
    if response.status_code == 200 and case.operation.path in TAKE_POSTINGS:
        assert described.flaws(response.json()["tag_values"], TAGS, CONTRACT) == []


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="module")
def known(service: Service) -> Mapping[str, list[str]]:
    """Existing values, by parameter name."""
    publisher_id = service.new_publisher()
    key = service.new_key(publisher_id)
    call = PhoneCall(caller_number=new_caller_number())
    service.start(call)
    service.tag(key, call, age="39")
    return {
        "key": [key.key],
        "caller_number": [str(call.caller_number), "(555) 123-4567", " 15551234567"],
        "call_uuid": [call.call_uuid],
        "publisher_id": [publisher_id],
        "key_id": [key.key_id],
    }


@pytest.fixture(scope="module")
def counts() -> Iterator[Counter[str]]:
    """Counts of status codes by operation, printed at the end."""
    counts: Counter[str] = Counter()
    yield counts
    for label, number in sorted(counts.items()):
        print(f"{number:6} {label}")  # noqa: T201
    print(f"{counts.total():6} requests in all")  # noqa: T201


def _send(
    case: AnyCase,
    service: Service,
    session: requests.Session,
    counts: Counter[str],
    *more_checks: CheckFunction,
    **options: Any,
) -> None:
    response = case.call(
        base_url=service.api_url, session=session, timeout=PATIENCE_SECONDS, **options
    )
    counts[f"{case.operation.label} {response.status_code}"] += 1
    case.validate_response(response, checks=[*CHECKS, *more_checks])


def _fill_in(case: AnyCase, known: Mapping[str, list[str]], draw: Any) -> None:
    """Use existing values most of the time; invented ones would only get a 404."""
    for container in (case.path_parameters, case.query, case.body):
        if not isinstance(container, dict):
            continue
        for name in container.keys() & known.keys():
            if draw(st.sampled_from((True, True, True, False))):
                container[name] = draw(st.sampled_from(known[name]))


@pytest.mark.parametrize(("operation", "mode"), _operations(PUBLISHER))
def test_publishers_requests_get_responses_of_the_contract(
    service: Service,
    session: requests.Session,
    known: Mapping[str, list[str]],
    counts: Counter[str],
    operation: Operation,
    mode: GenerationMode,
) -> None:
    _fuzz(operation, mode, service, session, known, counts, only_tags_within_the_limits)


@pytest.mark.parametrize(("operation", "mode"), _operations(OPERATOR))
def test_operators_requests_get_responses_of_the_contract(
    service: Service,
    session: requests.Session,
    known: Mapping[str, list[str]],
    counts: Counter[str],
    operation: Operation,
    mode: GenerationMode,
) -> None:
    signature = Signature(service)
    _fuzz(operation, mode, service, session, known, counts, negative_data_rejection, auth=signature)


@pytest.mark.parametrize(("operation", "mode"), _operations(PLATFORM))
def test_the_platforms_requests_get_responses_of_the_contract(
    service: Service,
    session: requests.Session,
    known: Mapping[str, list[str]],
    counts: Counter[str],
    platform_key: str,
    operation: Operation,
    mode: GenerationMode,
) -> None:
    auth = HTTPBasicAuth("anybody", platform_key)
    _fuzz(operation, mode, service, session, known, counts, auth=auth)


def _fuzz(
    operation: Operation,
    mode: GenerationMode,
    service: Service,
    session: requests.Session,
    known: Mapping[str, list[str]],
    counts: Counter[str],
    *more_checks: CheckFunction,
    **options: Any,
) -> None:
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize=ALWAYS_THE_SAME,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def run(case: AnyCase, data: st.DataObject) -> None:
        _fill_in(case, known, data.draw)
        _send(case, service, session, counts, *more_checks, **options)

    try:
        run()
    except Unsatisfiable:
        # An operation whose parameters may be any text has no invalid requests.
        if mode.is_positive:
            raise


TYPES = (
    None,
    "",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=iso-8859-1",
    "application/json",
    "application/json; charset=utf-16",
    "multipart/form-data",
    "multipart/form-data; boundary=b",
    "text/plain",
    "text/html",
    "application/xml",
    "application/octet-stream",
)
PIECES = st.sampled_from(
    [
        b"caller_number=5551230142",
        b"&",
        b"=",
        b";",
        b'{"zip":"1"}',
        b"{",
        b"[",
        b'"',
        b"}",
        b"]",
        b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n",
        b"--b\r\n",
        b"%E9%00",
        b"\xff\xfe",
        b"x[]=1&x[]=2&a[b][c]=3",
        b"null",
        b"<a b='c'/>",
        b"\0",
        b"\n",
    ]
)


@settings(
    max_examples=10 * CASES,
    deadline=None,
    database=None,
    derandomize=ALWAYS_THE_SAME,
    suppress_health_check=list(HealthCheck),
)
@given(
    body=st.lists(PIECES, max_size=8).map(b"".join) | st.binary(max_size=100),
    content_type=st.sampled_from(TYPES),
    query=st.sampled_from(["", "&caller_number=5551230142&zip=1", "&zip=1"]),
)
def test_a_body_with_any_content_type_is_read_or_refused_with_a_reason(
    service: Service, key: PostbackKey, body: bytes, content_type: str | None, query: str
) -> None:
    response = service.post(f"key={key.key}{query}", body, content_type=content_type)

    assert response.status_code in (200, 413, 415, 422), response.body
    if response.status_code == 200:
        assert described.flaws(response.json()["tag_values"], TAGS, CONTRACT) == []
        assert all(warning["message"] for warning in response.json().get("warnings", []))
    else:
        assert all(error["message"] for error in response.json()["errors"])
