"""A key's posting instructions, requested with the key or by an operator."""

import subprocess
import sys
from typing import Any
from uuid import uuid4

import pytest

from shared.domain.keys import PostbackKey, Publisher
from shared.stores.keys import KeyStore
from tests.integration import events
from tests.integration.events import NOON
from tests.integration.service import Response, Service
from tests.integration.wire import Wire, failing


@pytest.fixture
def key(service: Service) -> PostbackKey:
    table = service.environment["POSTBACK_KEYS_TABLE"]
    publisher = Publisher(publisher_id="pub_aaaaaaaaaaaa", name="Zoë & <Co>", created_at=NOON)
    KeyStore(service.dynamodb, table).add_publisher(publisher)
    return service.add_key(publisher_id=publisher.publisher_id)


def read(service: Service, key: str, query: str = "", *, method: str = "GET") -> Response:
    return service.request(events.http(method, f"/data_writing/{key}/instructions", query))


def operate(service: Service, key_id: str, **query: str) -> Response:
    return service.read(f"/postback-keys/{key_id}/instructions", **query)


def _error(response: Response, status_code: int) -> dict[str, Any]:
    assert response.status_code == status_code
    assert response.headers["Content-Type"] == "application/json"
    (error,) = response.json["errors"]
    return dict(error)


def test_the_key_opens_its_instructions(service: Service, key: PostbackKey) -> None:
    response = read(service, key.key)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert "Zoë &amp; &lt;Co&gt;" in response.text
    assert f"https://api.example.com/data_writing?key={key.key}" in response.text


def test_a_space_pasted_with_the_key_does_no_harm(service: Service, key: PostbackKey) -> None:
    assert read(service, f"{key.key} ").text == read(service, key.key).text


def test_the_instructions_are_markdown_on_request(service: Service, key: PostbackKey) -> None:
    response = read(service, key.key, "format=markdown")

    assert response.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert response.text.startswith("# Posting instructions\n")


POSTED = "caller_number=5551230142&zip=30301"
BROWSER = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize(
    ("query", "headers", "named"),
    [
        (POSTED, {}, "caller_number"),
        (POSTED, {"accept": "*/*"}, "caller_number"),
        (POSTED, {"accept": "*/*", "sec-fetch-dest": "empty"}, "caller_number"),
        (POSTED, BROWSER | {"sec-fetch-dest": "image"}, "caller_number"),
        ("format=markdown&Call_UUID=abc-def-1&zip=1", {}, "Call_UUID"),
        ("caler_number=&zip=1", {}, "caler_number"),
        (POSTED, BROWSER, None),
        (POSTED, BROWSER | {"sec-fetch-dest": "document"}, None),
        ("format=html&utm_source=mail", {}, None),
        ("format=&zip=30301", {}, None),
    ],
)
def test_a_posting_to_the_instructions_is_an_error_except_in_a_browsers_tab(
    service: Service, key: PostbackKey, query: str, headers: dict[str, str], named: str | None
) -> None:
    event = events.http("GET", f"/data_writing/{key.key}/instructions", query)
    event["headers"] |= headers

    response = service.request(event)

    if named is None:
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    else:
        error = _error(response, 422)
        assert error["param"] == named
        assert "nothing was stored" in error["message"]


@pytest.mark.parametrize("format_", ["html", "markdown"])
def test_an_operator_gets_the_same_page(service: Service, key: PostbackKey, format_: str) -> None:
    by_key, by_operator = (
        read(service, key.key, f"format={format_}"),
        operate(service, key.key_id, format=format_),
    )

    assert by_operator.status_code == 200
    assert by_operator.text == by_key.text
    for name, value in by_key.headers.items():
        assert by_operator.headers[name] == value


def test_an_operator_gets_html_by_default(service: Service, key: PostbackKey) -> None:
    assert operate(service, key.key_id).text.startswith("<!doctype html>")


def test_a_key_is_shown_with_the_link_to_its_instructions(
    service: Service, key: PostbackKey
) -> None:
    event = events.http("GET", f"/postback-keys/{key.key_id}")

    shown = service.request(event, function="operator_api").json

    assert (
        shown["instructions_link"]
        == f"{shown['posting_link'].split('?')[0]}/{key.key}/instructions"
    )


def test_a_paused_keys_instructions_say_that_it_is_paused(
    service: Service, key: PostbackKey
) -> None:
    paused = service.add_key(publisher_id=key.publisher_id, paused=True)

    response = read(service, paused.key)

    assert response.status_code == 200
    assert "This key is paused" in response.text


@pytest.mark.parametrize(
    "sent", ["0f0e0d0c-0b0a-4908-8706-050403020100", "nonsense", "%00", "'or'1"]
)
def test_an_unknown_key_gets_the_same_error_as_a_posting(service: Service, sent: str) -> None:
    error = _error(read(service, sent), 401)

    posting = service.request(events.http("GET", f"/data_writing/{sent}", "caller_number=1"))
    assert error == _error(posting, 401)


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "DELETE"])
def test_a_method_other_than_get_is_refused_before_the_key_is_looked_up(
    service: Service, key: PostbackKey, method: str
) -> None:
    responses = [read(service, it, method=method) for it in (key.key, str(uuid4()))]

    for response in responses:
        assert response.headers["Allow"] == "GET"
        assert _error(response, 405)["param"] is None
    assert service.all_rows(key) == []


def test_an_unknown_format_is_refused(service: Service, key: PostbackKey) -> None:
    assert _error(read(service, key.key, "format=pdf"), 422)["param"] == "format"
    assert _error(operate(service, key.key_id, format="pdf"), 422)["param"] == "format"


def test_a_trailing_slash_does_no_harm(service: Service, key: PostbackKey) -> None:
    event = events.http("GET", f"/data_writing/{key.key}/instructions/")

    assert service.request(event).status_code == 200


@pytest.mark.parametrize(
    "path", ["/data_writing/{}/instruction", "/data_writing/{}/instructions/x"]
)
def test_other_paths_below_a_key_stay_unknown(
    service: Service, key: PostbackKey, path: str
) -> None:
    assert service.request(events.http("GET", path.format(key.key))).status_code == 404


def test_an_unknown_key_id_is_not_found(service: Service) -> None:
    assert _error(operate(service, "pbk_nothing"), 404)["param"] == "key_id"


def test_a_failed_read_gets_a_503_with_retry_after(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    wire.tap(
        service.data_writing._client,
        "GetItem",
        failing("ProvisionedThroughputExceededException"),
    )

    response = read(service, key.key)

    assert _error(response, 503)["param"] is None
    assert response.headers["Retry-After"] == "5"


def test_reading_instructions_logs_no_key_and_does_not_count_as_a_posting(
    service: Service, key: PostbackKey, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = str(uuid4())
    read(service, key.key)
    read(service, unknown)

    written = service.log.getvalue() + capsys.readouterr().out
    assert "instructions sent" in written
    assert "instructions refused" in written
    assert key.key not in written
    assert unknown not in written
    assert "Postings" not in written


def test_a_posting_does_not_wait_for_the_instructions_to_be_imported(service: Service) -> None:
    code = (
        "import sys, functions.data_writing.handler; "
        "sys.exit(any(name.startswith('shared.instructions') for name in sys.modules))"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_publisher_is_a_logged_failure(service: Service) -> None:
    orphan = service.add_key(publisher_id="pub_bbbbbbbbbbbb")

    assert _error(read(service, orphan.key), 503)["param"] is None

    (line,) = [line for line in service.lines() if line["message"] == "instructions failed"]
    assert line["error"] == "NotFound"
