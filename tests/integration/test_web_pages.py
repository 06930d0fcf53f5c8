"""Requests that web pages send: preflights, origins and pixels."""

import base64
import struct
from typing import Any

import pytest

from shared.domain.keys import PostbackKey
from tests.integration import events
from tests.integration.events import new_caller_number
from tests.integration.service import Response, Service

ORIGINS = [
    "https://lp.example",
    "http://lp.example:8080",
    "http://localhost:3000",
    "https://xn--bcher-kva.example",
    "http://192.0.2.7",
    "https://[2001:db8::7]:8443",
]
OTHER_ORIGINS = ["null", "capacitor://localhost", "file://", "chrome-extension://abcdef", ""]


def _headers(response: Response) -> dict[str, str]:
    start = "Access-Control-"
    return {n.removeprefix(start): v for n, v in response.headers.items() if n.startswith(start)}


def _with(event: dict[str, Any], **headers: str) -> dict[str, Any]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return event | {"headers": event["headers"] | sent}


@pytest.mark.parametrize("path", ["/data_writing", "/data_writing/KEY", "/data_writing/KEY.gif"])
@pytest.mark.parametrize("origin", [*ORIGINS, *OTHER_ORIGINS])
def test_a_preflight_allows_any_origin_and_credentials_of_web_pages(
    service: Service, origin: str, path: str
) -> None:
    event = _with(
        events.http("OPTIONS", path),
        origin=origin,
        access_control_request_method="POST",
        access_control_request_headers="content-type,x-requested-with",
    )

    response = service.request(event)

    assert (response.status_code, response.text) == (204, "")
    allowed = {
        "Allow-Methods": "GET,POST",
        "Allow-Headers": "*,authorization,content-type,x-requested-with",
        "Max-Age": "86400",
        "Expose-Headers": "Retry-After",
    }
    if origin in ORIGINS:
        allowed |= {"Allow-Origin": origin, "Allow-Credentials": "true"}
    else:
        allowed["Allow-Origin"] = "*"
    assert _headers(response) == allowed
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("requested", ["", "x\r\nset-cookie: a=1", "caf\u00e9", "x" * 1001])
def test_a_preflight_never_repeats_what_is_not_a_header_name(
    service: Service, requested: str
) -> None:
    event = _with(
        events.http("OPTIONS", "/data_writing"),
        origin="https://lp.example",
        access_control_request_headers=requested,
    )

    assert _headers(service.request(event))["Allow-Headers"] == "*,authorization"


def test_an_options_request_without_an_origin_gets_no_headers(service: Service) -> None:
    response = service.request(events.http("OPTIONS", "/data_writing"))

    assert (response.status_code, response.text, response.headers) == (204, "", {})


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("origin", [*ORIGINS, *OTHER_ORIGINS])
@pytest.mark.parametrize("number", ["+15551230142", "12"])
def test_a_response_can_be_read_by_the_page_that_sent_the_request(
    service: Service, key: PostbackKey, method: str, origin: str, number: str
) -> None:
    query = f"caller_number={number.replace('+', '%2B')}&age=39"
    event = events.http(method, f"/data_writing/{key.key}", query)

    plain = service.request(event)
    response = service.request(_with(event, origin=origin))

    allowed = {"Allow-Origin": origin, "Allow-Credentials": "true"}
    if origin not in ORIGINS:
        allowed = {"Allow-Origin": "*"}
    assert _headers(response) == allowed | {"Expose-Headers": "Retry-After"}
    assert response.headers["Vary"] == "Origin"
    # Otherwise it is the same response.
    assert _headers(plain) == {}
    assert "Vary" not in plain.headers
    assert response.text == plain.text
    assert plain.headers.items() <= response.headers.items()


def test_the_platform_api_allows_any_origin_but_no_credentials(service: Service) -> None:
    """Browsers keep a platform key that was typed for Basic authentication."""
    event = events.platform("GET", "/platform/callers/+15551230142", None)
    preflight = event | {"requestContext": events.http("OPTIONS", "/")["requestContext"]}
    sent = {"origin": "https://lp.example", "access_control_request_headers": "authorization"}

    for request, status_code in ((event, 401), (preflight, 204)):
        response = service.request(_with(request, **sent), function="platform_api")

        assert response.status_code == status_code
        assert _headers(response)["Allow-Origin"] == "*"
        assert "Allow-Credentials" not in _headers(response)


def test_the_contract_may_be_cached_for_each_origin(service: Service) -> None:
    assert service.request(events.http("GET", "/openapi.json")).headers["Vary"] == "Origin"


def _pixel(service: Service, event: dict[str, Any]) -> int:
    """Send a request for a pixel, and check that the response is one. Return its status code."""
    response = service.data_writing.lambda_handler(event, None)

    assert response["headers"]["Content-Type"] == "image/gif"
    assert response["headers"]["Cache-Control"] == "no-store"
    assert response["headers"]["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["isBase64Encoded"] is True
    image = base64.b64decode(response["body"])
    assert image.startswith(b"GIF89a")
    assert struct.unpack("<HH", image[6:10]) == (1, 1)
    return int(response["statusCode"])


IMAGE = {"sec_fetch_dest": "image", "sec_fetch_mode": "no-cors", "accept": "image/avif,*/*"}


@pytest.mark.parametrize(
    ("method", "path", "query", "headers"),
    [
        ("GET", "/data_writing/KEY.gif", "", {}),
        ("GET", "/data_writing/KEY.gif", "", IMAGE),
        ("GET", "/v1/data_writing/KEY.gif", "", {}),
        ("GET", "/data_writing.gif", "&key=KEY", {}),
        ("GET", "/data_writing/KEY", "", IMAGE),
        ("GET", "/data_writing", "&key=KEY", IMAGE),
        ("GET", "/data_writing.json", "&key=KEY", IMAGE),
        ("GET", "/data_writing/\u200bKEY.gif", "", {}),
        ("GET", "/data_writing/KEY.gif", "", {"user_agent": "GoogleImageProxy"}),
        ("POST", "/data_writing/KEY.gif", "", {}),
    ],
)
def test_a_pixel_stores_its_tags(
    service: Service,
    key: PostbackKey,
    method: str,
    path: str,
    query: str,
    headers: dict[str, str],
) -> None:
    number = new_caller_number()
    sent = f"caller_number=%2B{number[1:]}&age=39{query}".replace("KEY", key.key)

    status_code = _pixel(
        service, _with(events.http(method, path.replace("KEY", key.key), sent), **headers)
    )

    assert status_code == 200
    (row,) = service.all_rows(key)
    assert (row["caller_number"], row["tags"]) == (number, {"age": "39"})


@pytest.mark.parametrize(
    ("path", "query", "headers", "status_code"),
    [
        ("KEY.gif", "caller_number=12&age=39", {}, 422),
        ("KEY.gif", "caller_number=5551230142", {}, 422),
        ("KEY.gif", "age=39", {}, 422),
        ("0f0e0d0c-0b0a-4908-8706-050403020100.gif", "age=39", {}, 401),
        ("nonsense.gif", "age=39", {}, 401),
        (".gif", "age=39", {}, 401),
        ("KEY.gif", "caller_number=5551230142&age=39", {"sec_purpose": "prefetch"}, 403),
        ("KEY.gif", "caller_number=5551230142&age=39", {"user_agent": "Slackbot 1.0"}, 403),
        ("KEY", "caller_number=5551230142&age=39", IMAGE | {"purpose": "prefetch"}, 403),
        ("KEY", "caller_number=12&age=39", IMAGE, 422),
    ],
)
def test_a_refused_pixel_is_an_image_with_the_errors_status_code(
    service: Service,
    key: PostbackKey,
    path: str,
    query: str,
    headers: dict[str, str],
    status_code: int,
) -> None:
    event = events.http("GET", f"/data_writing/{path.replace('KEY', key.key)}", query)

    assert _pixel(service, _with(event, **headers)) == status_code
    assert service.pending() == []


@pytest.mark.parametrize("method", ["HEAD", "PUT"])
def test_a_pixel_of_another_method_is_405_with_the_allowed_ones(
    service: Service, key: PostbackKey, method: str
) -> None:
    event = events.http(method, f"/data_writing/{key.key}.gif", "caller_number=5551230142&age=39")

    assert _pixel(service, event) == 405
    assert service.request(event).headers["Allow"] == "GET, POST"
    assert service.all_rows(key) == []


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/data_writing/KEY", {}),
        ("GET", "/data_writing/KEY", {"sec_fetch_dest": "document"}),
        ("GET", "/data_writing/KEY", {"sec_fetch_dest": "empty", "accept": "image/gif"}),
        ("POST", "/data_writing/KEY", {"sec_fetch_dest": "image"}),
        ("GET", "/data_writing/KEY.gifs", {}),
        ("GET", "/favicon.gif", {}),
        ("GET", "/elsewhere", IMAGE),
        ("GET", "/openapi.json", IMAGE),
    ],
)
def test_other_requests_get_json(
    service: Service, key: PostbackKey, method: str, path: str, headers: dict[str, str]
) -> None:
    event = events.http(method, path.replace("KEY", key.key), "caller_number=5551230142&age=39")

    response = service.request(_with(event, **headers))

    assert response.headers["Content-Type"] == "application/json"
    assert response.json


def test_instructions_are_no_pixel(service: Service, key: PostbackKey) -> None:
    event = _with(events.http("GET", f"/data_writing/{key.key}/instructions"), **IMAGE)

    assert "image" not in service.request(event).headers["Content-Type"]
