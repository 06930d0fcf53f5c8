"""`calltags team` and `calltags history`."""

import json
from typing import Any

import pytest

from tests import described
from tests.unit.cli_runner import error_of, run
from tests.unit.fake_operator_api import FakeOperatorApi

PERSON: dict[str, Any] = {
    "email": "mia@example.com",
    "role": "viewer",
    "status": "invited",
    "invited_at": "2026-11-23T16:00:00.000Z",
    "last_sign_in_at": None,
}
PATH = "/api/people/mia%40example.com"
ROW: dict[str, Any] = {
    "at": "2026-11-23T16:00:00.000Z",
    "action": "changed",
    "object": "postback_key",
    "object_id": "pbk_aaaaaaaaaaaa",
    "asked_by": "ana@example.com",
    "role": "admin",
    "changes": {"note": ["", "Ask \x1b[31mDana"], "paused": [False, True]},
}


@pytest.mark.parametrize(
    ("arguments", "request_", "body"),
    [
        (["invite", "mia@example.com", "viewer"], "POST /api/people", PERSON | {}),
        (["set-role", "mia@example.com", "viewer"], f"PATCH {PATH}", {"role": "viewer"}),
        (["disable", "mia@example.com"], f"POST {PATH}/disable", None),
        (["enable", "mia@example.com"], f"POST {PATH}/enable", None),
        (["end-sessions", "mia@example.com"], f"POST {PATH}/end-sessions", None),
        (["invite-again", "mia@example.com"], f"POST {PATH}/invite", None),
    ],
)
def test_each_command_sends_one_request_and_prints_the_person(
    api: FakeOperatorApi, arguments: list[str], request_: str, body: Any
) -> None:
    api.responses[request_] = (200, PERSON)

    assert json.loads(run("team", *arguments).stdout) == PERSON
    sent = json.loads(api.requests[-1]["body"] or "null")
    assert sent == (body and {name: body[name] for name in ("email", "role") if name in body})


def test_a_person_is_removed(api: FakeOperatorApi) -> None:
    api.responses[f"DELETE {PATH}"] = (204, b"")

    assert run("team", "remove", "--yes", "mia@example.com").exit_code == 0


def test_a_terminal_lists_people_and_their_status(api: FakeOperatorApi, terminal: None) -> None:
    people = [PERSON, PERSON | {"email": "\x1b[31mx@example.com", "role": None}]
    api.responses["GET /api/people"] = (200, {"people": people})

    shown = run("team", "list").stdout

    assert "mia@example.com" in shown
    assert "invited" in shown
    assert "none" in shown
    assert "\x1b" not in shown


def test_the_last_admin_is_explained(api: FakeOperatorApi) -> None:
    problem = {"param": "email", "message": "is the address of the last admin"}
    body = {"status": "error", "errors": [problem], "request_id": "r-1"}
    api.responses[f"DELETE {PATH}"] = (409, body)

    error = error_of("team", "remove", "-y", "mia@example.com")

    assert error.advice[0] == "email: is the address of the last admin"


def test_the_roles_are_those_of_the_contract() -> None:
    schemas = described.load(described.OPERATOR)["components"]["schemas"]

    assert schemas["Role"]["enum"] == ["viewer", "manager", "admin"]
    for role in schemas["Role"]["enum"]:
        assert run("team", "invite", "a", role, "--help").exit_code == 0
    assert run("team", "invite", "a@example.com", "owner").exit_code == 2


@pytest.mark.parametrize(
    ("of", "query"),
    [
        ([], {}),
        (["pub_aaaaaaaaaaaa"], {"publisher_id": "pub_aaaaaaaaaaaa"}),
        (["pbk_aaaaaaaaaaaa"], {"key_id": "pbk_aaaaaaaaaaaa"}),
        (["plk_aaaaaaaaaaaa"], {"platform_key_id": "plk_aaaaaaaaaaaa"}),
        (["mia@example.com"], {"person": "mia@example.com"}),
    ],
)
def test_the_history_of_anything_is_read_page_by_page(
    api: FakeOperatorApi, of: list[str], query: dict[str, str]
) -> None:
    api.responses["GET /api/history"] = (200, {"history": [ROW], "next_cursor": None})

    assert json.loads(run("history", *of).stdout) == [ROW]
    sent = api.requests[-1]["query"]
    assert {name: value for name, value in sent.items() if name != "limit"} == query


def test_a_terminal_shows_old_and_new_values(api: FakeOperatorApi, terminal: None) -> None:
    api.responses["GET /api/history"] = (200, {"history": [ROW], "next_cursor": None})

    shown = " ".join(run("history").stdout.split())

    assert "false → true" in shown
    assert "\x1b" not in shown


def test_what_has_no_history_is_a_mistake(api: FakeOperatorApi) -> None:
    assert run("history", "5551234567").exit_code == 2
    assert not api.requests


def test_a_history_without_changes_says_whose(api: FakeOperatorApi, terminal: None) -> None:
    api.responses["GET /api/history"] = (200, {"history": [], "next_cursor": None})

    assert "No changes of pbk_nope are recorded." in run("history", "pbk_nope").stderr
