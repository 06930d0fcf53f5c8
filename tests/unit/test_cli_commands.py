"""`calltags log`, `call`, `callers`, `post` and `event`; errors and exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.errors import ApiError, Unreachable
from tests.unit.cli_rows import CALL, applied, make_row, refused
from tests.unit.cli_runner import error_of, run
from tests.unit.fake_operator_api import (
    FakeOperatorApi,
    write_run_file,
)


def test_the_log_is_one_json_object_per_line(api: FakeOperatorApi) -> None:
    rows = [applied(3), refused(2), make_row(1)]
    api.responses["GET /api/postbacks"] = (200, {"postbacks": rows, "next_cursor": None})

    result = run("log", "--caller", "(555) 123-4567", "--outcome", "waiting")

    assert [json.loads(line) for line in result.stdout.splitlines()] == rows
    assert api.requests[0]["query"]["caller_number"] == "(555) 123-4567"
    assert api.requests[0]["query"]["outcome"] == "stored"


def test_the_log_shows_one_posting_by_its_id(api: FakeOperatorApi) -> None:
    row = refused(7)
    api.responses["GET /api/postbacks"] = (200, {"postbacks": [row], "next_cursor": None})

    result = run("log", "--posting-id", row["posting_id"], "--key", row["key_id"])

    assert [json.loads(line) for line in result.stdout.splitlines()] == [row]
    assert api.requests[0]["query"]["posting_id"] == row["posting_id"]
    assert api.requests[0]["query"]["key_id"] == row["key_id"]


def test_the_log_says_that_no_posting_has_the_id(api: FakeOperatorApi) -> None:
    api.responses["GET /api/postbacks"] = (200, {"postbacks": [], "next_cursor": None})

    assert "No posting has this ID." in run("log", "--posting-id", "1763885098120-a").stderr


def test_the_log_as_csv_has_one_header_line(api: FakeOperatorApi) -> None:
    rows = [applied(2), refused(1, caller_number="=1+1")]
    api.responses["GET /api/postbacks"] = (200, {"postbacks": rows, "next_cursor": None})

    header, first, second = run("log", "--csv").stdout.splitlines()

    assert header.startswith("posted_at,outcome,publisher_id,key_id,caller_number,")
    assert first.split(",")[1:5] == [
        "applied",
        "pub_aaaaaaaaaaaa",
        "pbk_aaaaaaaaaaaa",
        "+15551234567",
    ]
    assert second.split(",")[4] == "'=1+1"
    assert "caller_number is empty" in second


def test_a_call_is_printed_as_json(api: FakeOperatorApi) -> None:
    api.responses[f"GET /api/calls/{CALL}"] = (200, {"call_uuid": CALL, "tags": []})

    assert json.loads(run("call", CALL).stdout) == {"call_uuid": CALL, "tags": []}


def test_the_pages_of_a_caller_are_combined(
    api: FakeOperatorApi,
) -> None:
    first = {
        "caller_number": "+15557770002",
        "waiting": [{"posting_id": "1"}],
        "calls": [{"call_uuid": CALL}],
        "postbacks": [{"posting_id": "2"}],
        "has_more_postbacks": True,
        "next_cursor": "page-2",
    }
    more = {"waiting": [], "postbacks": [{"posting_id": "3"}], "has_more_postbacks": False}
    api.responses["GET /api/callers/%2B15557770002"] = (200, first)
    api.responses["GET /api/callers/%2B15557770002?page-2"] = (
        200,
        first | more | {"calls": [{"call_uuid": "next"}], "next_cursor": None},
    )

    shown = json.loads(run("callers", "show", "+15557770002").stdout)

    assert shown == {
        "caller_number": "+15557770002",
        "waiting": [{"posting_id": "1"}],
        "calls": [{"call_uuid": CALL}, {"call_uuid": "next"}],
        "postbacks": [{"posting_id": "3"}, {"posting_id": "2"}],
        "has_more_postbacks": False,
        "next_cursor": None,
    }


@pytest.mark.parametrize("command", [["show"], ["forget", "--yes"]])
def test_a_caller_number_may_contain_slashes(api: FakeOperatorApi, command: list[str]) -> None:
    erased = {"waiting": 0, "calls": 0, "log_rows": 0}
    result = {"caller_number": "+493012345", "erased": erased, "complete": True}
    known: dict[str, Any] = {"waiting": [], "calls": [], "postbacks": [], "next_cursor": None}
    for method in ("GET", "DELETE"):
        api.responses[f"{method} /api/callers/%2B49%2030%2012345"] = (200, result | known)

    assert run("callers", *command, "+49/30/12345").exit_code == 0


@pytest.mark.parametrize(
    ("erased", "summary"),
    [
        (
            {"waiting": 0, "calls": 1, "log_rows": 2},
            "0 pending postings, 1 call, 2 log entries.",
        ),
        (
            {"waiting": 1, "calls": 0, "log_rows": 1},
            "1 pending posting, 0 calls, 1 log entry.",
        ),
    ],
)
def test_a_terminal_shows_what_was_deleted(
    api: FakeOperatorApi, terminal: None, erased: dict[str, int], summary: str
) -> None:
    response = {"caller_number": "+15557770002", "erased": erased, "complete": True}
    api.responses["DELETE /api/callers/%2B15557770002"] = (200, response)

    shown = run("callers", "forget", "--yes", "+15557770002").stdout

    assert shown == f"✓ Forgot +15557770002. Deleted {summary}\n"


def test_a_posting_goes_to_the_link_of_make_run(api: FakeOperatorApi) -> None:
    wire = b'{"tag_values":{"a":"1=2","b":""},"status":"call not found, tags stored"}'
    api.responses["POST /api/data_writing"] = (200, wire)

    result = run("post", "--caller", "+15551234567", "a=1=2", "b=")

    assert result.exit_code == 0
    assert result.stdout == wire.decode() + "\n"
    assert api.requests[0]["query"] == {"key": "demo"}
    assert api.requests[0]["body"] == "caller_number=%2B15551234567&a=1%3D2&b="
    assert not api.requests[0]["authorization"]


def test_a_refused_posting_exits_with_1(api: FakeOperatorApi) -> None:
    api.responses["POST /api/data_writing"] = (422, {"status": "error"})

    result = run("post", "a=1")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"status": "error"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        ["keys", "set", "pbk_a"],
        ["keys", "set", "pbk_a", "--storage", "36"],
        ["keys", "set", "pbk_a", "--expires", "soon"],
        ["keys", "set", "pbk_a", "--match-rate-floor", "half"],
        ["publishers", "set", "pub_a"],
        ["log", "--since", "soon"],
        ["log", "--csv", "--json"],
        ["log", "--key", "pbk_a", "--caller", "5551234567"],
        ["log", "--follow", "--until", "now"],
        ["log", "--follow", "--posting-id", "1763885098120-a"],
        ["log", "--caller", "5551234567", "--posting-id", "1763885098120-a"],
        ["log", "--limit", "0"],
        ["log", "--outcome", "pending"],
        ["post", "no equals sign"],
        ["post", "key=1"],
        ["post", "--link", "ftp://example.com", "a=1"],
        ["event", "ended"],
        ["activity"],
        ["activity", "pbk_a", "--hours", "721"],
    ],
)
def test_a_mistake_in_the_command_exits_with_2_and_sends_nothing(
    api: FakeOperatorApi, arguments: list[str]
) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert not api.requests


def test_an_api_error_is_listed_by_parameter(api: FakeOperatorApi) -> None:
    problems = [
        {"param": "storage_duration", "message": "must be more"},
        {"param": None, "message": "no"},
    ]
    body = {"status": "error", "errors": problems, "request_id": "r-1"}
    api.responses["PATCH /api/postback-keys/pbk_a"] = (422, body)

    error = error_of("keys", "set", "pbk_a", "--storage", "1s")

    assert isinstance(error, ApiError)
    assert error.status_code == 422
    assert error.advice == ("storage_duration: must be more", "no", "Request ID: r-1")


def test_a_403_of_api_gateway_names_the_policy(api: FakeOperatorApi) -> None:
    api.responses["GET /api/publishers"] = (403, {"message": "Forbidden"})

    error = error_of("publishers", "list")

    assert "Access denied" in error.message
    assert any("OperatorPolicy" in line for line in error.advice)


def test_expired_credentials_are_not_reported_as_missing_permission(api: FakeOperatorApi) -> None:
    message = "The security token included in the request is expired"
    api.responses["GET /api/publishers"] = (403, {"message": message})

    assert error_of("publishers", "list").message == "Your AWS credentials have expired."


@pytest.mark.parametrize("response", [(502, b"<html>"), (429, {"message": "Too Many Requests"})])
def test_a_temporary_error_is_unreachable(api: FakeOperatorApi, response: tuple[int, Any]) -> None:
    api.responses["GET /api/publishers"] = response

    assert isinstance(error_of("publishers", "list"), Unreachable)


def test_the_end_of_an_unknown_call_requires_its_start(api: FakeOperatorApi) -> None:
    error = error_of("event", "ended", "--call", CALL)

    assert any("--started-at" in line for line in error.advice)


def test_a_stopped_service_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_run_file(tmp_path, "http://127.0.0.1:1/api")
    monkeypatch.chdir(tmp_path)

    for arguments in (["log"], ["post", "a=1"], ["event", "started"]):
        assert error_of(*arguments).advice == ("Check that `make run` is still running.",)


def test_an_unreadable_run_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "run.json").write_text("{}")
    monkeypatch.chdir(tmp_path)

    assert "Cannot read" in error_of("log").message
