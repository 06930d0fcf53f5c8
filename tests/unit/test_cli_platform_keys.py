"""`calltags platform-keys`, and `calltags call report`, which needs one."""

import json
from typing import Any

import pytest
import time_machine

from tests import described
from tests.unit.cli_runner import run
from tests.unit.fake_operator_api import FakeOperatorApi

PLATFORM_KEY: dict[str, Any] = {
    "platform_key_id": "plk_aaaaaaaaaaaa",
    "name": "Switch",
    "paused": False,
    "created_at": "2026-11-23T16:00:00Z",
    "scopes": ["report"],
    "expires_at": None,
    "last_used_at": None,
    "replaces": None,
    "replaced_by": None,
}
NEW = PLATFORM_KEY | {
    "key": "cdw_new",
    "callback_url": "https://api.example.com/platform/callbacks/cdw_new",
}
CALL = "9b653cf0-4835-493b-860c-aed9b7af2a4a"


def _sent(api: FakeOperatorApi) -> Any:
    return json.loads(api.requests[-1]["body"])


@time_machine.travel("2026-11-23T16:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ([], {}),
        (["--scope", "report"], {"scopes": ["report"]}),
        (["--scope", "report", "--scope", "read"], {"scopes": ["report", "read"]}),
        (["--expires", "in 2d"], {"expires_at": "2026-11-25T16:00:00.000Z"}),
        (["--expires", "never"], {"expires_at": None}),
    ],
)
def test_a_key_is_added_with_scopes_and_expiry(
    api: FakeOperatorApi, options: list[str], sent: dict[str, Any]
) -> None:
    api.responses["POST /api/platform-keys"] = (201, NEW)

    result = run("platform-keys", "add", "Switch", *options)

    assert json.loads(result.stdout) == NEW
    assert _sent(api) == {"name": "Switch"} | sent


def test_every_setting_of_a_new_key_has_an_option(api: FakeOperatorApi) -> None:
    schemas = described.load(described.OPERATOR)["components"]["schemas"]

    assert {*schemas["PlatformKeyBody"]["properties"]} == {"name", "scopes", "expires_at"}


def test_a_key_is_rotated_with_an_overlap(api: FakeOperatorApi) -> None:
    api.responses["POST /api/platform-keys/plk_a/rotate"] = (201, NEW)

    result = run("platform-keys", "rotate", "plk_a", "--overlap", "2h")

    assert json.loads(result.stdout) == NEW
    assert _sent(api) == {"overlap": 7200}


def test_a_key_is_changed(api: FakeOperatorApi) -> None:
    api.responses["PATCH /api/platform-keys/plk_a"] = (200, PLATFORM_KEY)

    assert run("platform-keys", "set", "plk_a", "--scope", "read").exit_code == 0
    assert _sent(api) == {"scopes": ["read"]}
    assert run("platform-keys", "set", "plk_a").exit_code == 2


def test_a_person_sees_the_new_key_and_its_callback_address(
    api: FakeOperatorApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.output.is_terminal", lambda: True)
    api.responses["POST /api/platform-keys"] = (201, NEW)
    api.responses["POST /api/platform-keys/plk_a/pause"] = (200, PLATFORM_KEY | {"paused": True})

    shown = run("platform-keys", "add", "Switch").output
    paused = run("platform-keys", "pause", "plk_a").output

    assert NEW["key"] in shown
    assert NEW["callback_url"] in shown
    assert "within 30 seconds" in paused


def test_a_list_shows_scopes_expiry_and_last_use(
    api: FakeOperatorApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.output.is_terminal", lambda: True)
    keys = [
        PLATFORM_KEY | {"last_used_at": "2026-11-23T15:00:00Z"},
        PLATFORM_KEY | {"expires_at": "2026-11-23T15:00:00Z"},
    ]
    api.responses["GET /api/platform-keys"] = (200, {"platform_keys": keys, "next_cursor": None})

    shown = run("platform-keys", "list").output

    assert "report" in shown
    assert "expired" in shown


@pytest.mark.parametrize(
    ("status_code", "response"),
    [
        (200, {"call_uuid": CALL, "tags": {}, "warnings": []}),
        (202, {"status": "ignored", "reason": "leg of call x", "call_uuid": CALL}),
    ],
)
def test_a_call_is_reported_over_http(
    api: FakeOperatorApi, status_code: int, response: dict[str, Any]
) -> None:
    api.responses[f"PUT /api/platform/calls/{CALL}"] = (status_code, response)

    result = run(
        "call", "report", CALL, "--key", "cdw_1", "--caller", "+15165550171", "--dialed",
        "+15165550100", "--direction", "outbound", "--parent", "CA-parent-1",
    )  # fmt: skip

    assert json.loads(result.stdout) == response
    assert api.requests[-1]["authorization"] == "Bearer cdw_1"
    assert _sent(api) == {
        "caller_number": "+15165550171",
        "dialed_number": "+15165550100",
        "direction": "outbound",
        "parent_call_uuid": "CA-parent-1",
    }
