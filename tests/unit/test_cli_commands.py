"""The commands against an operator API of the test's own, found as that of `make run` is."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from typer.testing import CliRunner, Result

from cli.__main__ import app
from cli.activity import sparkline
from cli.failures import ApiRefusal, Failure, Unreachable
from tests import described
from tests.unit.cli_rows import CALL, applied, make_row, refused

PUBLISHER = {
    "publisher_id": "pub_a",
    "name": "Acme",
    "created_at": "2026-11-23T16:00:00Z",
    "note": "",
}
KEY = {
    "key_id": "pbk_a",
    "publisher_id": "pub_a",
    "name": "Landing page",
    "storage_duration": 129600,
    "end_call_cutoff": 900,
    "default_region": "US",
    "paused": False,
    "created_at": "2026-11-23T16:00:00Z",
    "note": "",
    "expires_at": None,
    "expects_every": None,
    "match_rate_floor": None,
    "replaces": None,
    "replaced_by": None,
}
FIGURES = {
    "posted": 40,
    "stored": 38,
    "applied_at_once": 12,
    "applied_later": 14,
    "refused": 3,
    "warned": 37,
    "expired_unused": 5,
}
RECENT = {
    "last_posted_at": "2026-11-23T16:00:00Z",
    "totals": FIGURES,
    "match_rate": 0.8387,
    "postings": [*[0] * 22, 5, 35],
}
LINKS = {"posting_link": "https://example.com/p", "instructions_link": "https://a.example"}


@dataclass
class Api:
    """Answers by method and path, and by the cursor if there is one for it; `heard` is what it was
    asked."""

    url: str = ""
    answers: dict[str, tuple[int, Any]] = field(default_factory=dict)
    heard: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, method: str, target: str, headers: Any, body: str) -> tuple[int, Any]:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        asked = {"method": method, "path": parts.path, "query": query}
        self.heard.append(asked | {"body": body, "authorization": headers["Authorization"] or ""})
        nothing = {"errors": [{"param": None, "message": "nothing is here"}], "request_id": "r-1"}
        after = f"?{query['cursor']}" if "cursor" in query else ""
        following = self.answers.get(f"{method} {parts.path}{after}")
        return following or self.answers.get(f"{method} {parts.path}", (404, nothing))


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            status_code, answer = api.answer(self.command, self.path, self.headers, body)
            data = json.dumps(answer).encode() if not isinstance(answer, bytes) else answer
            self.send_response(status_code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - named by http.server

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        api.url = f"http://127.0.0.1:{server.server_port}/api"
        write_run_file(tmp_path, api.url)
        (tmp_path / "deep").mkdir()
        monkeypatch.chdir(tmp_path / "deep")
        yield api
        server.shutdown()


def write_run_file(directory: Path, api_url: str) -> None:
    facts = {
        "api_url": api_url,
        "posting_link": f"{api_url}/data_writing?key=demo",
        "endpoint_url": api_url,
        "region": "us-east-1",
        "event_bus": "bus",
        "credentials": {"access_key_id": "AKIDTEST", "secret_access_key": "secret"},
    }
    (directory / ".local").mkdir()
    (directory / ".local" / "run.json").write_text(json.dumps(facts))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["--local", *arguments])


def failure_of(*arguments: str) -> Failure:
    result = run(*arguments)
    assert isinstance(result.exception, Failure), result.output
    return result.exception


def test_a_publisher_is_added_by_a_signed_request(api: Api) -> None:
    api.answers["POST /api/publishers"] = (201, PUBLISHER)

    result = run("publishers", "add", "Acme")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == PUBLISHER
    (asked,) = api.heard
    assert json.loads(asked["body"]) == {"name": "Acme"}
    assert "Credential=AKIDTEST/" in asked["authorization"]
    assert "/us-east-1/execute-api/" in asked["authorization"]


def test_a_key_is_added_with_durations_as_people_write_them(api: Api) -> None:
    api.answers["POST /api/publishers/pub_a/postback-keys"] = (201, KEY)

    result = run(
        "keys", "add", "pub_a", "CRM", "--storage", "36h", "--cutoff", "0", "--region", "GB"
    )

    assert result.exit_code == 0
    assert json.loads(api.heard[0]["body"]) == {
        "name": "CRM",
        "storage_duration": 129600,
        "end_call_cutoff": 0,
        "default_region": "GB",
    }


# A member that the API takes and the command line does not give fails here.
SETTINGS: dict[str, tuple[list[str], Any]] = {
    "name": (["--name", "CRM"], "CRM"),
    "storage_duration": (["--storage", "7d"], 604800),
    "end_call_cutoff": (["--cutoff", "2h"], 7200),
    "default_region": (["--region", "GB"], "GB"),
    "note": (["--note", "Ask Dana"], "Ask Dana"),
    "expires_at": (["--expires", "2026-12-31T18:00Z"], "2026-12-31T18:00:00.000Z"),
    "expects_every": (["--expects-every", "2h"], 7200),
    "match_rate_floor": (["--match-rate-floor", "40%"], 0.4),
}


def _members_of(schema: str) -> set[str]:
    return set(described.load(described.OPERATOR)["components"]["schemas"][schema]["properties"])


def test_every_member_of_a_new_key_can_be_given(api: Api) -> None:
    api.answers["POST /api/publishers/pub_a/postback-keys"] = (201, KEY)
    options = [word for name, (words, _) in SETTINGS.items() if name != "name" for word in words]

    assert run("keys", "add", "pub_a", "CRM", *options).exit_code == 0

    sent = json.loads(api.heard[0]["body"])
    assert sent == {name: value for name, (_, value) in SETTINGS.items()}
    assert sent.keys() == _members_of("NewKeyBody")


def test_every_member_of_a_key_can_be_changed(api: Api) -> None:
    api.answers["PATCH /api/postback-keys/pbk_a"] = (200, KEY)
    options = [word for words, _ in SETTINGS.values() for word in words]

    assert run("keys", "set", "pbk_a", *options).exit_code == 0

    sent = json.loads(api.heard[0]["body"])
    assert sent == {name: value for name, (_, value) in SETTINGS.items()}
    assert sent.keys() | {"paused"} == _members_of("KeyChangesBody")  # pause and resume send it


@pytest.mark.parametrize("name", sorted(_members_of("KeyChangesBody")))
def test_a_person_sees_every_member_that_can_be_changed(
    api: Api, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("cli.output.is_for_a_person", lambda: True)
    key = KEY | LINKS
    changed = {name: value for name, (_, value) in SETTINGS.items()} | {"paused": True}

    api.answers["GET /api/postback-keys/pbk_a"] = (200, key)
    before = run("keys", "show", "pbk_a")
    api.answers["GET /api/postback-keys/pbk_a"] = (200, key | {name: changed[name]})
    after = run("keys", "show", "pbk_a")

    assert before.exit_code == after.exit_code == 0
    assert before.stdout + before.stderr != after.stdout + after.stderr


def test_a_change_of_nothing_names_every_option(api: Api) -> None:
    result = run("keys", "set", "pbk_a")

    told = " ".join(result.output.replace("│", " ").split())
    assert (
        "nothing to change: give --name, --storage, --cutoff, --region, --note, --expires, " in told
    )
    assert "--expects-every or --match-rate-floor" in told


@pytest.mark.parametrize(
    ("options", "member"),
    [
        (["--expires", "never"], "expires_at"),
        (["--expects-every", "off"], "expects_every"),
        (["--match-rate-floor", "OFF"], "match_rate_floor"),
    ],
)
def test_what_a_key_may_be_without_is_taken_back(api: Api, options: list[str], member: str) -> None:
    api.answers["PATCH /api/postback-keys/pbk_a"] = (200, KEY)

    assert run("keys", "set", "pbk_a", *options).exit_code == 0

    assert json.loads(api.heard[0]["body"]) == {member: None}


@time_machine.travel("2026-11-23T16:00:00Z", tick=False)
@pytest.mark.parametrize("text", ["7d", "in 7d", "2026-11-30T16:00Z", "2026-11-30T17:00+01:00"])
def test_a_keys_end_is_a_time_or_so_long_from_now(api: Api, text: str) -> None:
    api.answers["PATCH /api/postback-keys/pbk_a"] = (200, KEY)

    assert run("keys", "set", "pbk_a", "--expires", text).exit_code == 0

    assert json.loads(api.heard[0]["body"]) == {"expires_at": "2026-11-30T16:00:00.000Z"}


@time_machine.travel("2026-11-23T16:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("2026-11-24T16:00:00.000Z", "The old link works until November 24, 2026, 16:00 UTC."),
        ("2026-11-23T16:00:00.000Z", "The old link works no longer."),
    ],
)
def test_a_rotation_comes_with_a_message_for_the_publisher(
    api: Api, monkeypatch: pytest.MonkeyPatch, end: str, told: str
) -> None:
    monkeypatch.setattr("cli.output.is_for_a_person", lambda: True)
    new = KEY | LINKS | {"key_id": "pbk_b", "replaces": "pbk_a"}
    api.answers["POST /api/postback-keys/pbk_a/rotate"] = (201, new)
    old = KEY | {"expires_at": end, "replaced_by": "pbk_b"}
    api.answers["GET /api/postback-keys/pbk_a"] = (200, old)

    result = run("keys", "rotate", "pbk_a", "--overlap", "24h")

    assert json.loads(api.heard[0]["body"]) == {"overlap": 86400}
    assert told in result.stdout
    assert "https://example.com/p" in result.stdout


def test_a_keys_story_is_shown_from_the_first_key_to_the_last(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.output.is_for_a_person", lambda: True)
    end = "2026-11-24T16:00:00.000Z"
    ids = ["pbk_a", "pbk_b", "pbk_c"]
    for before, key_id, after in zip([None, *ids], ids, [*ids[1:], None], strict=False):
        key = KEY | LINKS | {"key_id": key_id, "replaces": before, "replaced_by": after}
        api.answers[f"GET /api/postback-keys/{key_id}"] = (
            200,
            key | {"expires_at": end if after else None},
        )

    result = run("keys", "show", "pbk_b")

    story = result.stdout.split("how to use it")[1]
    assert [word for word in story.split() if word.startswith("pbk_")] == ids


def test_a_publisher_is_renamed_and_noted(api: Api) -> None:
    api.answers["PATCH /api/publishers/pub_a"] = (200, PUBLISHER)

    result = run("publishers", "set", "pub_a", "--name", "Acme", "--note", "Ask Dana")

    assert json.loads(result.stdout) == PUBLISHER
    assert json.loads(api.heard[0]["body"]) == {"name": "Acme", "note": "Ask Dana"}


def test_what_is_not_given_is_left_as_it_is(api: Api) -> None:
    api.answers["PATCH /api/postback-keys/pbk_a"] = (200, KEY)

    assert run("keys", "set", "pbk_a", "--cutoff", "15m").exit_code == 0

    assert json.loads(api.heard[0]["body"]) == {"end_call_cutoff": 900}


@pytest.mark.parametrize(("options", "form"), [([], "html"), (["--markdown"], "markdown")])
def test_a_program_gets_the_instructions_as_they_came(
    api: Api, options: list[str], form: str
) -> None:
    api.answers["GET /api/postback-keys/pbk_a/instructions"] = (200, "# Zoë\n".encode())

    result = run("keys", "instructions", "pbk_a", *options)

    assert (result.exit_code, result.stdout) == (0, "# Zoë\n")
    assert api.heard[0]["query"] == {"format": form}


def test_the_instructions_are_written_to_a_file(api: Api) -> None:
    api.answers["GET /api/postback-keys/pbk_a/instructions"] = (200, "<p>Zoë\n".encode())

    result = run("keys", "instructions", "pbk_a", "-o", "page.html")

    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("page.html").read_text(encoding="utf-8") == "<p>Zoë\n"


def test_a_file_that_cannot_be_written_is_told(api: Api) -> None:
    api.answers["GET /api/postback-keys/pbk_a/instructions"] = (200, b"page")

    failure = failure_of("keys", "instructions", "pbk_a", "-o", "nowhere/page.html")

    assert failure.message == "nowhere/page.html cannot be written: No such file or directory"


def test_a_person_gets_the_link_to_send(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    link = "https://api.example.com/data_writing/the-key/instructions"
    api.answers["GET /api/postback-keys/pbk_a"] = (200, KEY | {"instructions_link": link})
    monkeypatch.setattr("cli.output.is_for_a_person", lambda: True)

    result = run("keys", "instructions", "pbk_a")

    assert (result.exit_code, result.stdout) == (0, f"{link}\n")


def test_no_file_is_made_of_the_instructions_of_a_key_that_is_not(api: Api) -> None:
    failure = failure_of("keys", "instructions", "pbk_b", "-o", "page.html")

    assert isinstance(failure, ApiRefusal)
    assert not Path("page.html").exists()


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_a_key_is_paused_and_resumed(api: Api, action: str) -> None:
    api.answers[f"POST /api/postback-keys/pbk_a/{action}"] = (200, KEY)

    assert run("keys", action, "pbk_a").exit_code == 0


ACTIVITY = {
    "hours": [FIGURES | {"hour": f"2026-11-23T{hour:02}:00:00.000Z"} for hour in range(24)],
    "totals": FIGURES,
    "match_rate": 0.8387,
    "last_posted_at": "2026-11-23T16:00:00Z",
    "refusals": [{"kind": "key_paused", "param": None, "count": 3}],
    "warnings": [{"kind": "placeholder_not_filled_in", "param": "zip", "count": 37}],
}


@pytest.mark.parametrize(
    ("whose", "path", "query"),
    [
        ("pub_a", "publishers/pub_a", {"hours": "48"}),
        ("pbk_a", "postback-keys/pbk_a", {"hours": "48", "chain": "true"}),
    ],
)
def test_activity_is_that_of_a_key_or_of_a_publisher(
    api: Api, whose: str, path: str, query: dict[str, str]
) -> None:
    api.answers[f"GET /api/{path}/activity"] = (200, ACTIVITY)

    result = run("activity", whose, "--hours", "48")

    assert json.loads(result.stdout) == ACTIVITY
    assert api.heard[0]["query"] == query


def test_a_person_sees_what_most_postings_are_warned_of(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.output.is_for_a_person", lambda: True)
    api.answers["GET /api/postback-keys/pbk_a/activity"] = (200, ACTIVITY)

    told = run("activity", "pbk_a").stdout

    assert "37 of 40 warned: placeholder not filled in (zip)" in told
    assert "3 of 40 refused: key paused" in told
    assert "█" * 24 in told
    assert "84%" in told


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ([], ""),
        ([0, 0], "··"),
        ([0, 1, 2, 4, 8], "·▁▂▄█"),
        ([1, 1000], "▁█"),
        ([1] * 720, "█" * 72),
        ([0] * 71 + [1] * 2, "·" * 35 + "██"),
    ],
)
def test_a_sparkline_has_a_bar_for_each_hour_or_for_some(numbers: list[int], line: str) -> None:
    assert sparkline(numbers) == line


def test_lists_show_a_person_the_last_day(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.output.is_for_a_person", lambda: True)
    monkeypatch.setenv("COLUMNS", "200")
    publishers = [PUBLISHER | {"activity": RECENT}]
    api.answers["GET /api/publishers"] = (200, {"publishers": publishers, "next_cursor": None})
    keys = {"postback_keys": [KEY | {"activity": RECENT}], "next_cursor": None}
    api.answers["GET /api/publishers/pub_a/postback-keys"] = (200, keys)

    for command in ("keys", "publishers"):
        told = run(command, "list").stdout
        assert "·" * 22 + "▂█" in told
        assert "40 posted, 84% matched" in told


def test_the_keys_of_all_publishers_are_listed_as_one(api: Api) -> None:
    page = {"publishers": [PUBLISHER], "next_cursor": None}
    api.answers["GET /api/publishers"] = (200, page)
    keys = {"postback_keys": [KEY], "next_cursor": None}
    api.answers["GET /api/publishers/pub_a/postback-keys"] = (200, keys)

    assert json.loads(run("keys", "list").stdout) == [KEY]


def test_the_log_is_one_json_object_a_line(api: Api) -> None:
    rows = [applied(3), refused(2), make_row(1)]
    api.answers["GET /api/postbacks"] = (200, {"postbacks": rows, "next_cursor": None})

    result = run("log", "--caller", "(555) 123-4567", "--outcome", "applied")

    assert [json.loads(line) for line in result.stdout.splitlines()] == rows
    assert api.heard[0]["query"]["caller_number"] == "(555) 123-4567"
    assert api.heard[0]["query"]["outcome"] == "applied"


def test_the_log_as_csv_has_one_header_line(api: Api) -> None:
    rows = [applied(2), refused(1, caller_number="=1+1")]
    api.answers["GET /api/postbacks"] = (200, {"postbacks": rows, "next_cursor": None})

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


def test_a_call_is_shown_as_it_is(api: Api) -> None:
    api.answers[f"GET /api/calls/{CALL}"] = (200, {"call_uuid": CALL, "tags": []})

    assert json.loads(run("call", CALL).stdout) == {"call_uuid": CALL, "tags": []}


def test_all_that_is_known_of_a_caller_is_put_together_from_several_answers(api: Api) -> None:
    first = {
        "caller_number": "+15557770002",
        "waiting": [{"posting_id": "1"}],
        "calls": [{"call_uuid": CALL}],
        "postbacks": [{"posting_id": "2"}],
        "has_more_postbacks": True,
        "next_cursor": "there",
    }
    more = {"waiting": [], "postbacks": [{"posting_id": "3"}], "has_more_postbacks": False}
    api.answers["GET /api/callers/%2B15557770002"] = (200, first)
    api.answers["GET /api/callers/%2B15557770002?there"] = (
        200,
        first | more | {"calls": [{"call_uuid": "next"}], "next_cursor": None},
    )

    told = json.loads(run("callers", "show", "+15557770002").stdout)

    assert told == {
        "caller_number": "+15557770002",
        "waiting": [{"posting_id": "1"}],
        "calls": [{"call_uuid": CALL}, {"call_uuid": "next"}],
        "postbacks": [{"posting_id": "3"}, {"posting_id": "2"}],
        "has_more_postbacks": False,
        "next_cursor": None,
    }


@pytest.mark.parametrize("command", [["show"], ["forget", "--yes"]])
def test_a_callers_number_may_have_slashes(api: Api, command: list[str]) -> None:
    erased = {"waiting": 0, "calls": 0, "log_rows": 0}
    told = {"caller_number": "+493012345", "erased": erased, "complete": True}
    known: dict[str, Any] = {"waiting": [], "calls": [], "postbacks": [], "next_cursor": None}
    for method in ("GET", "DELETE"):
        api.answers[f"{method} /api/callers/%2B49%2030%2012345"] = (200, told | known)

    assert run("callers", *command, "+49/30/12345").exit_code == 0


def test_a_posting_goes_to_the_link_of_make_run_and_its_answer_is_shown_as_it_came(
    api: Api,
) -> None:
    wire = b'{"tag_values":{"a":"1=2","b":""},"status":"call not found, tags stored"}'
    api.answers["POST /api/data_writing"] = (200, wire)

    result = run("post", "--caller", "+15551234567", "a=1=2", "b=")

    assert result.exit_code == 0
    assert result.stdout == wire.decode() + "\n"
    assert api.heard[0]["query"] == {"key": "demo"}
    assert api.heard[0]["body"] == "caller_number=%2B15551234567&a=1%3D2&b="
    assert not api.heard[0]["authorization"]


def test_a_refused_posting_exits_with_1(api: Api) -> None:
    api.answers["POST /api/data_writing"] = (422, {"status": "error"})

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
        ["log", "--limit", "0"],
        ["post", "no equals sign"],
        ["post", "key=1"],
        ["post", "--link", "ftp://example.com", "a=1"],
        ["event", "ended"],
        ["activity"],
        ["activity", "pbk_a", "--hours", "721"],
    ],
)
def test_a_mistake_in_the_command_exits_with_2_and_asks_nothing(
    api: Api, arguments: list[str]
) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert not api.heard


def test_what_the_api_refuses_is_listed_by_parameter(api: Api) -> None:
    problems = [
        {"param": "storage_duration", "message": "must be more"},
        {"param": None, "message": "no"},
    ]
    answer = {"status": "error", "errors": problems, "request_id": "r-1"}
    api.answers["PATCH /api/postback-keys/pbk_a"] = (422, answer)

    failure = failure_of("keys", "set", "pbk_a", "--storage", "1s")

    assert isinstance(failure, ApiRefusal)
    assert failure.status_code == 422
    assert failure.advice == ("storage_duration: must be more", "no", "request id r-1")


def test_the_gateways_403_names_the_policy(api: Api) -> None:
    api.answers["GET /api/publishers"] = (403, {"message": "Forbidden"})

    failure = failure_of("publishers", "list")

    assert "Access denied" in failure.message
    assert any("OperatorPolicy" in line for line in failure.advice)


def test_expired_credentials_are_told_from_missing_permission(api: Api) -> None:
    message = "The security token included in the request is expired"
    api.answers["GET /api/publishers"] = (403, {"message": message})

    assert failure_of("publishers", "list").message == "Your AWS credentials have expired."


@pytest.mark.parametrize("answer", [(502, b"<html>"), (429, {"message": "Too Many Requests"})])
def test_what_may_pass_by_itself_is_unreachable(api: Api, answer: tuple[int, Any]) -> None:
    api.answers["GET /api/publishers"] = answer

    assert isinstance(failure_of("publishers", "list"), Unreachable)


def test_the_end_of_an_unknown_call_asks_for_its_start(api: Api) -> None:
    failure = failure_of("event", "ended", "--call", CALL)

    assert any("--started-at" in line for line in failure.advice)


def test_a_service_that_has_stopped_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_run_file(tmp_path, "http://127.0.0.1:1/api")
    monkeypatch.chdir(tmp_path)

    for arguments in (["log"], ["post", "a=1"], ["event", "started"]):
        assert failure_of(*arguments).advice == ("Does `make run` still run?",)


def test_an_unreadable_run_file_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "run.json").write_text("{}")
    monkeypatch.chdir(tmp_path)

    assert "cannot be read" in failure_of("log").message
