"""A key's posting instructions, asked for with the key itself, or by an operator."""

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


def ask(service: Service, key: str, query: str = "", *, method: str = "GET") -> Response:
    return service.request(events.http(method, f"/data_writing/{key}/instructions", query))


def operate(service: Service, key_id: str, **query: str) -> Response:
    return service.read(f"/postback-keys/{key_id}/instructions", **query)


def _error(answer: Response, status_code: int) -> dict[str, Any]:
    assert answer.status_code == status_code
    assert answer.headers["Content-Type"] == "application/json"
    (error,) = answer.json["errors"]
    return dict(error)


def test_who_has_the_key_reads_its_instructions(service: Service, key: PostbackKey) -> None:
    answer = ask(service, key.key)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Zoë &amp; &lt;Co&gt;" in answer.text
    assert f"https://api.example.com/data_writing?key={key.key}" in answer.text


def test_a_space_that_was_pasted_with_the_key_does_no_harm(
    service: Service, key: PostbackKey
) -> None:
    assert ask(service, f"{key.key} ").text == ask(service, key.key).text


def test_the_instructions_are_markdown_if_asked_for(service: Service, key: PostbackKey) -> None:
    answer = ask(service, key.key, "format=markdown")

    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("# Posting instructions\n")


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_an_operator_reads_the_very_same_page(
    service: Service, key: PostbackKey, form: str
) -> None:
    by_key, by_operator = (
        ask(service, key.key, f"format={form}"),
        operate(service, key.key_id, format=form),
    )

    assert by_operator.status_code == 200
    assert by_operator.text == by_key.text
    for name, value in by_key.headers.items():
        assert by_operator.headers[name] == value


def test_an_operator_gets_html_if_nothing_is_said(service: Service, key: PostbackKey) -> None:
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


def test_a_paused_keys_instructions_are_there_and_say_so(
    service: Service, key: PostbackKey
) -> None:
    paused = service.add_key(publisher_id=key.publisher_id, paused=True)

    answer = ask(service, paused.key)

    assert answer.status_code == 200
    assert "This key is paused" in answer.text


@pytest.mark.parametrize(
    "sent", ["0f0e0d0c-0b0a-4908-8706-050403020100", "nonsense", "%00", "'or'1"]
)
def test_an_unknown_key_is_answered_as_a_posting_with_it_is(service: Service, sent: str) -> None:
    error = _error(ask(service, sent), 401)

    posting = service.request(events.http("GET", f"/data_writing/{sent}", "caller_number=1"))
    assert error == _error(posting, 401)


@pytest.mark.parametrize("method", ["POST", "HEAD", "PUT", "DELETE"])
def test_a_method_other_than_get_is_refused_before_the_key_is_looked_at(
    service: Service, key: PostbackKey, method: str
) -> None:
    answers = [ask(service, it, method=method) for it in (key.key, str(uuid4()))]

    for answer in answers:
        assert answer.headers["Allow"] == "GET"
        assert _error(answer, 405)["param"] is None
    assert service.all_rows(key) == []


def test_a_form_that_there_is_none_of_is_refused(service: Service, key: PostbackKey) -> None:
    assert _error(ask(service, key.key, "format=pdf"), 422)["param"] == "format"
    assert _error(operate(service, key.key_id, format="pdf"), 422)["param"] == "format"


def test_a_slash_too_many_does_no_harm(service: Service, key: PostbackKey) -> None:
    event = events.http("GET", f"/data_writing/{key.key}/instructions/")

    assert service.request(event).status_code == 200


@pytest.mark.parametrize(
    "path", ["/data_writing/{}/instruction", "/data_writing/{}/instructions/x"]
)
def test_other_paths_below_a_key_stay_unknown(
    service: Service, key: PostbackKey, path: str
) -> None:
    assert service.request(events.http("GET", path.format(key.key))).status_code == 404


def test_an_operator_gets_no_instructions_of_a_key_that_is_not(service: Service) -> None:
    assert _error(operate(service, "pbk_nothing"), 404)["param"] == "key_id"


def test_what_cannot_be_read_now_is_to_be_asked_for_again(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    wire.tap(
        service.data_writing._client,
        "GetItem",
        failing("ProvisionedThroughputExceededException"),
    )

    answer = ask(service, key.key)

    assert _error(answer, 503)["param"] is None
    assert answer.headers["Retry-After"] == "5"


def test_reading_instructions_leaves_no_key_in_the_log_and_counts_as_no_posting(
    service: Service, key: PostbackKey, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = str(uuid4())
    ask(service, key.key)
    ask(service, unknown)

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


def test_that_a_keys_publisher_is_gone_is_our_failure_and_in_the_log(service: Service) -> None:
    orphan = service.add_key(publisher_id="pub_bbbbbbbbbbbb")

    assert _error(ask(service, orphan.key), 503)["param"] is None

    (line,) = [line for line in service.lines() if line["message"] == "instructions failed"]
    assert line["error"] == "NotFound"
