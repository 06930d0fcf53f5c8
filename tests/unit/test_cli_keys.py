"""`calltags keys` and `calltags publishers`."""

import json
from typing import Any

import pytest
import time_machine

from tests import described
from tests.unit.cli_runner import run
from tests.unit.fake_operator_api import (
    KEY,
    LINKS,
    PUBLISHER,
    FakeOperatorApi,
)


def test_a_publisher_is_added_by_a_signed_request(api: FakeOperatorApi) -> None:
    api.responses["POST /api/publishers"] = (201, PUBLISHER)

    result = run("publishers", "add", "Acme")

    assert result.exit_code == 0
    assert json.loads(result.stdout) == PUBLISHER
    (request,) = api.requests
    assert json.loads(request["body"]) == {"name": "Acme"}
    assert "Credential=AKIDTEST/" in request["authorization"]
    assert "/us-east-1/execute-api/" in request["authorization"]


def test_a_publisher_gets_a_new_name_and_note(api: FakeOperatorApi) -> None:
    api.responses["PATCH /api/publishers/pub_a"] = (200, PUBLISHER)

    result = run("publishers", "set", "pub_a", "--name", "Acme", "--note", "Ask Dana")

    assert json.loads(result.stdout) == PUBLISHER
    assert json.loads(api.requests[0]["body"]) == {"name": "Acme", "note": "Ask Dana"}


def test_a_key_is_added_with_durations(api: FakeOperatorApi) -> None:
    api.responses["POST /api/publishers/pub_a/postback-keys"] = (201, KEY)

    result = run(
        "keys", "add", "pub_a", "CRM", "--storage", "36h", "--cutoff", "0", "--region", "GB"
    )

    assert result.exit_code == 0
    assert json.loads(api.requests[0]["body"]) == {
        "name": "CRM",
        "storage_duration": 129600,
        "end_call_cutoff": 0,
        "default_region": "GB",
    }


# A setting that the API has and the command line lacks fails the tests below.
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


def test_every_setting_of_a_new_key_has_an_option(api: FakeOperatorApi) -> None:
    api.responses["POST /api/publishers/pub_a/postback-keys"] = (201, KEY)
    options = [word for name, (words, _) in SETTINGS.items() if name != "name" for word in words]

    assert run("keys", "add", "pub_a", "CRM", *options).exit_code == 0

    sent = json.loads(api.requests[0]["body"])
    assert sent == {name: value for name, (_, value) in SETTINGS.items()}
    assert sent.keys() == _members_of("NewKeyBody")


def test_every_setting_of_a_key_can_be_changed(api: FakeOperatorApi) -> None:
    api.responses["PATCH /api/postback-keys/pbk_a"] = (200, KEY)
    options = [word for words, _ in SETTINGS.values() for word in words]

    assert run("keys", "set", "pbk_a", *options).exit_code == 0

    sent = json.loads(api.requests[0]["body"])
    assert sent == {name: value for name, (_, value) in SETTINGS.items()}
    assert sent.keys() | {"paused"} == _members_of("KeyChangesBody")  # pause and resume send it


@pytest.mark.parametrize("name", sorted(_members_of("KeyChangesBody")))
def test_every_setting_that_can_be_changed_is_shown_in_a_terminal(
    api: FakeOperatorApi, terminal: None, name: str
) -> None:
    key = KEY | LINKS
    changed = {name: value for name, (_, value) in SETTINGS.items()} | {"paused": True}

    api.responses["GET /api/postback-keys/pbk_a"] = (200, key)
    before = run("keys", "show", "pbk_a")
    api.responses["GET /api/postback-keys/pbk_a"] = (200, key | {name: changed[name]})
    after = run("keys", "show", "pbk_a")

    assert before.exit_code == after.exit_code == 0
    assert before.stdout + before.stderr != after.stdout + after.stderr


def test_a_change_without_options_names_every_option(api: FakeOperatorApi) -> None:
    result = run("keys", "set", "pbk_a")

    message = " ".join(result.output.replace("│", " ").split())
    assert "nothing to change. Add --name, --storage, --cutoff, --region, --note, " in message
    assert "--expires, --expects-every or --match-rate-floor" in message


@pytest.mark.parametrize(
    ("options", "member"),
    [
        (["--expires", "never"], "expires_at"),
        (["--expects-every", "off"], "expects_every"),
        (["--match-rate-floor", "OFF"], "match_rate_floor"),
    ],
)
def test_an_optional_setting_can_be_cleared(
    api: FakeOperatorApi, options: list[str], member: str
) -> None:
    api.responses["PATCH /api/postback-keys/pbk_a"] = (200, KEY)

    assert run("keys", "set", "pbk_a", *options).exit_code == 0

    assert json.loads(api.requests[0]["body"]) == {member: None}


@time_machine.travel("2026-11-23T16:00:00Z", tick=False)
@pytest.mark.parametrize("text", ["7d", "in 7d", "2026-11-30T16:00Z", "2026-11-30T17:00+01:00"])
def test_an_expiry_is_a_time_or_a_duration_from_now(api: FakeOperatorApi, text: str) -> None:
    api.responses["PATCH /api/postback-keys/pbk_a"] = (200, KEY)

    assert run("keys", "set", "pbk_a", "--expires", text).exit_code == 0

    assert json.loads(api.requests[0]["body"]) == {"expires_at": "2026-11-30T16:00:00.000Z"}


def test_settings_without_an_option_are_not_sent(api: FakeOperatorApi) -> None:
    api.responses["PATCH /api/postback-keys/pbk_a"] = (200, KEY)

    assert run("keys", "set", "pbk_a", "--cutoff", "15m").exit_code == 0

    assert json.loads(api.requests[0]["body"]) == {"end_call_cutoff": 900}


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_a_key_is_paused_and_resumed(api: FakeOperatorApi, action: str) -> None:
    api.responses[f"POST /api/postback-keys/pbk_a/{action}"] = (200, KEY)

    assert run("keys", action, "pbk_a").exit_code == 0


@time_machine.travel("2026-11-23T16:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        ("2026-11-24T16:00:00.000Z", "The old link works until November 24, 2026, 16:00 UTC."),
        ("2026-11-23T16:00:00.000Z", "The old link has expired."),
    ],
)
def test_a_rotation_shows_a_message_for_the_publisher(
    api: FakeOperatorApi, terminal: None, end: str, sentence: str
) -> None:
    new = KEY | LINKS | {"key_id": "pbk_b", "replaces": "pbk_a"}
    api.responses["POST /api/postback-keys/pbk_a/rotate"] = (201, new)
    old = KEY | {"expires_at": end, "replaced_by": "pbk_b"}
    api.responses["GET /api/postback-keys/pbk_a"] = (200, old)

    result = run("keys", "rotate", "pbk_a", "--overlap", "24h")

    assert json.loads(api.requests[0]["body"]) == {"overlap": 86400}
    assert sentence in result.stdout
    assert "https://example.com/p" in result.stdout


def test_a_rotated_key_is_shown_with_its_chain_oldest_first(
    api: FakeOperatorApi, terminal: None
) -> None:
    end = "2026-11-24T16:00:00.000Z"
    ids = ["pbk_a", "pbk_b", "pbk_c"]
    for before, key_id, after in zip([None, *ids], ids, [*ids[1:], None], strict=False):
        key = KEY | LINKS | {"key_id": key_id, "replaces": before, "replaced_by": after}
        api.responses[f"GET /api/postback-keys/{key_id}"] = (
            200,
            key | {"expires_at": end if after else None},
        )

    result = run("keys", "show", "pbk_b")

    chain = result.stdout.split("instructions:")[1]
    assert [word for word in chain.split() if word.startswith("pbk_")] == ids


def test_keys_of_all_publishers_are_listed(api: FakeOperatorApi) -> None:
    page = {"publishers": [PUBLISHER], "next_cursor": None}
    api.responses["GET /api/publishers/names"] = (200, page)
    keys = {"postback_keys": [KEY], "next_cursor": None}
    api.responses["GET /api/publishers/pub_a/postback-keys"] = (200, keys)

    assert json.loads(run("keys", "list").stdout) == [KEY]
