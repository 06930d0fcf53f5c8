"""Lists of `calltags`: what a narrow terminal shows, formats for programs, and names for IDs."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
import typer
import yaml
from rich.cells import cell_len

from cli import activity
from cli.__main__ import app
from tests.unit.cli_rows import make_row
from tests.unit.cli_runner import error_of, run
from tests.unit.fake_operator_api import FIGURES, KEY, PUBLISHER, RECENT, FakeOperatorApi

ROOT = Path(__file__).parents[2]
LONG_NAME = "Quotes for Home, Auto and Umbrella Insurance in the Pacific Northwest"
ACME = PUBLISHER | {"publisher_id": "pub_2uqb5z3bzqbj", "activity": RECENT}
COAST = ACME | {"publisher_id": "pub_373v6adugwjy", "name": "Coast", "note": "Ask Dana\nor Sam"}
PAGE_FORM = KEY | {
    "key_id": "pbk_csookuasvd4m",
    "publisher_id": ACME["publisher_id"],
    "activity": RECENT,
}
DIALER = PAGE_FORM | {"key_id": "pbk_fckwwdsyfbve", "name": "Dialer"}
COASTS = PAGE_FORM | {"key_id": "pbk_tqx5hpvt5dmx", "publisher_id": COAST["publisher_id"]}
PLATFORM_KEY = {
    "platform_key_id": "plk_hn44kqqfrkxa",
    "name": "Switch in Dallas",
    "paused": False,
    "scopes": ["report", "read"],
    "expires_at": None,
    "last_used_at": "2026-11-23T16:00:00Z",
    "replaced_by": None,
}
PERSON = {
    "email": "mia@example.com",
    "role": "viewer",
    "status": "active",
    "invited_at": "2026-11-23T16:00:00.000Z",
    "last_sign_in_at": None,
}
CHANGE = {
    "at": "2026-11-23T16:00:00.000Z",
    "action": "created",
    "object": "postback_key",
    "object_id": "pbk_csookuasvd4m",
    "asked_by": "arn:aws:sts::111122223333:assumed-role/Operators/dana",
    "role": "admin",
    "changes": {"name": [None, LONG_NAME], "key_id": [None, "pbk_csookuasvd4m"]},
}
LISTS = {
    "publishers list": ([ACME, COAST], {"name", "last posted", "matched"}),
    "keys list": ([PAGE_FORM, DIALER, COASTS], {"name", "status", "last posted", "matched"}),
    "platform-keys list": ([PLATFORM_KEY], {"name", "status", "last used"}),
    "team list": ([PERSON], {"person", "role", "status", "last sign-in"}),
    "history": ([CHANGE], {"when", "who", "what", "changes"}),
}


@pytest.fixture
def lists(api: FakeOperatorApi) -> FakeOperatorApi:
    """An operator API with two publishers. Both have a key of the same name."""
    _serve(api, [ACME, COAST], [PAGE_FORM, DIALER, COASTS])
    return api


def _serve(
    api: FakeOperatorApi, publishers: list[dict[str, Any]], keys: list[dict[str, Any]]
) -> None:
    pages = {
        "publishers": ("publishers", publishers),
        "publishers/names": ("publishers", publishers),
        "platform-keys": ("platform_keys", [PLATFORM_KEY]),
        "people": ("people", [PERSON]),
        "history": ("history", [CHANGE]),
    }
    for publisher in publishers:
        id_ = publisher["publisher_id"]
        own = [key for key in keys if key["publisher_id"] == id_]
        pages[f"publishers/{id_}/postback-keys"] = ("postback_keys", own)
        api.responses[f"GET /api/publishers/{id_}"] = (200, publisher)
    for path, (member, records) in pages.items():
        api.responses[f"GET /api/{path}"] = (200, {member: records, "next_cursor": None})


def _lines(monkeypatch: pytest.MonkeyPatch, width: int, command: str) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    return run(*command.split()).stdout.splitlines()


@pytest.mark.parametrize("command", LISTS)
@pytest.mark.parametrize("width", [80, 200])
def test_no_line_is_wider_than_the_screen_and_what_decides_is_shown(
    lists: FakeOperatorApi,
    monkeypatch: pytest.MonkeyPatch,
    terminal: None,
    command: str,
    width: int,
) -> None:
    lines = _lines(monkeypatch, width, command)

    assert all(cell_len(line) <= width for line in lines)
    assert {heading for heading in LISTS[command][1] if heading not in lines[0]} == set()


@pytest.mark.parametrize("width", [80, 100, 130, 250])
def test_columns_that_do_not_fit_are_named_and_the_chart_goes_before_figures(
    lists: FakeOperatorApi, monkeypatch: pytest.MonkeyPatch, terminal: None, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    result = run("keys", "list")
    header = result.stdout.splitlines()[0]
    note = result.stderr.replace("\n", " ").partition(":")[2].partition(".")[0]

    left_out = [name for name in _KEY_COLUMNS if not re.search(rf"(^|  ){name}( |$)", header)]
    assert left_out == [name.strip() for name in note.split(",") if name.strip()]
    assert left_out == _KEY_COLUMNS[len(_KEY_COLUMNS) - len(left_out) :]
    assert bool(left_out) == (width < 250)
    assert ("▂█" in result.stdout) == ("last 24 hours" not in left_out)


_KEY_COLUMNS = [
    "key", "name", "publisher", "status", "last posted", "matched", "refused", "postings",
    "last 24 hours", "storage", "cutoff", "region", "publisher ID",
]  # fmt: skip


def test_ids_stay_whole_and_long_names_wrap(
    api: FakeOperatorApi, monkeypatch: pytest.MonkeyPatch, terminal: None
) -> None:
    _serve(api, [ACME | {"name": LONG_NAME}], [PAGE_FORM | {"name": LONG_NAME}])

    lines = _lines(monkeypatch, 80, "keys list")

    assert any(line.startswith(str(PAGE_FORM["key_id"])) for line in lines)
    assert all(cell_len(line) <= 80 for line in lines)


@pytest.mark.parametrize("command", LISTS)
def test_a_list_is_printed_as_json_and_as_yaml(
    lists: FakeOperatorApi, monkeypatch: pytest.MonkeyPatch, terminal: None, command: str
) -> None:
    records = LISTS[command][0]

    assert json.loads(run(*command.split(), "--json").stdout) == records
    assert yaml.safe_load(run(*command.split(), "--yaml").stdout) == records


def test_json_and_yaml_together_are_a_mistake(lists: FakeOperatorApi) -> None:
    assert run("keys", "list", "--json", "--yaml").exit_code == 2


NOW = "2026-11-23T16:00:00Z"


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({}, "active"),
        ({"paused": True}, "paused"),
        ({"expires_at": "2026-11-30T16:00:00Z"}, "expiring"),
        ({"expires_at": "2026-11-30T16:00:01Z"}, "active"),
        ({"expires_at": NOW}, "expired"),
        ({"expires_at": "2026-11-23T16:00:01Z"}, "expiring"),
        ({"expires_at": "2026-11-24T16:00:00Z", "replaced_by": "pbk_b"}, "replaced"),
        ({"expires_at": "2026-11-22T16:00:00Z", "replaced_by": "pbk_b"}, "expired"),
        ({"paused": True, "expires_at": "2026-11-24T16:00:00Z"}, "paused"),
    ],
)
def test_a_key_has_one_status(
    api: FakeOperatorApi,
    monkeypatch: pytest.MonkeyPatch,
    terminal: None,
    settings: dict[str, Any],
    status: str,
) -> None:
    _serve(api, [ACME], [PAGE_FORM | settings])

    lines = _lines(monkeypatch, 200, "keys list")

    assert status in " ".join(lines).split()


@pytest.mark.parametrize(
    ("decided", "rate", "shown"),
    [(20, 0.95, "95%"), (19, 1.0, "–"), (20, 0.0, "0%"), (0, None, "–")],
)
def test_a_match_rate_needs_twenty_decided_postings(
    decided: int, rate: float | None, shown: str
) -> None:
    totals = FIGURES | {"decided": decided}

    assert activity.match_rate({"totals": totals, "match_rate": rate}) == shown


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["keys", "show", "dialer"], "postback-keys/pbk_fckwwdsyfbve"),
        (["keys", "show", "Coast/landing  page"], "postback-keys/pbk_tqx5hpvt5dmx"),
        (["keys", "pause", "Dialer"], "postback-keys/pbk_fckwwdsyfbve/pause"),
        (["keys", "resume", "Dialer"], "postback-keys/pbk_fckwwdsyfbve/resume"),
        (["keys", "rotate", "Dialer"], "postback-keys/pbk_fckwwdsyfbve/rotate"),
        (["keys", "set", "Dialer", "--note", "x"], "postback-keys/pbk_fckwwdsyfbve"),
        (["keys", "instructions", "Dialer"], "postback-keys/pbk_fckwwdsyfbve/instructions"),
        (["keys", "add", "COAST", "CRM"], "publishers/pub_373v6adugwjy/postback-keys"),
        (["publishers", "set", "coast", "--note", "x"], "publishers/pub_373v6adugwjy"),
        (["activity", "Coast"], "publishers/pub_373v6adugwjy/activity"),
        (["platform-keys", "pause", "switch in dallas"], "platform-keys/plk_hn44kqqfrkxa/pause"),
        (["platform-keys", "rotate", "Switch in Dallas"], "platform-keys/plk_hn44kqqfrkxa/rotate"),
        (
            ["platform-keys", "delete", "--yes", "Switch in Dallas"],
            "platform-keys/plk_hn44kqqfrkxa",
        ),
    ],
)
def test_a_name_is_accepted_instead_of_an_id(
    lists: FakeOperatorApi, arguments: list[str], path: str
) -> None:
    run(*arguments)

    assert lists.requests[-1]["path"] == f"/api/{path}"


@pytest.mark.parametrize(
    ("option", "name", "query"),
    [
        ("--key", "Dialer", {"key_id": "pbk_fckwwdsyfbve"}),
        ("--publisher", "coast", {"publisher_id": "pub_373v6adugwjy"}),
    ],
)
def test_the_log_takes_names(
    lists: FakeOperatorApi, option: str, name: str, query: dict[str, str]
) -> None:
    run("log", option, name)

    assert lists.requests[-1]["query"].items() >= query.items()


def test_an_ambiguous_name_lists_the_ids_and_changes_nothing(lists: FakeOperatorApi) -> None:
    error = error_of("keys", "pause", "Landing page")

    assert error.message == "2 keys are named 'Landing page'. Give the ID of one:"
    assert error.advice == (
        "pbk_csookuasvd4m  Acme/Landing page",
        "pbk_tqx5hpvt5dmx  Coast/Landing page",
    )
    assert {request["method"] for request in lists.requests} == {"GET"}


def test_an_unknown_name_gets_suggestions(lists: FakeOperatorApi) -> None:
    error = error_of("keys", "show", "Dialr")

    assert error.message == "No key is named 'Dialr'."
    assert error.advice[0] == "Similar: pbk_fckwwdsyfbve  Acme/Dialer"


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, (*path, name))


@pytest.mark.parametrize("path", [*_commands(typer.main.get_command(app))], ids=" ".join)
def test_every_help_fits_80_columns_and_names_the_values_of_options(
    monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    lines = run(*path, "--help").stdout.splitlines()

    assert lines[0].startswith("Usage:")
    assert all(cell_len(line) <= 80 for line in lines)
    assert not [line for line in lines if re.match(r"  +-.*<\w", line)]


def test_the_version_is_the_projects() -> None:
    assert re.fullmatch(r"calltags \d+\.\d+\.\d+\n", run("--version").stdout)


def test_a_reader_that_has_enough_is_no_error(api: FakeOperatorApi) -> None:
    rows = [make_row(number) for number in range(2_000)]
    api.responses["GET /api/postbacks"] = (200, {"postbacks": rows, "next_cursor": None})
    program = [sys.executable, "-m", "cli", "--local", "log", "--limit", "2000"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}

    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()

    assert json.loads(first) == rows[0]
    assert (process.returncode, errors) == (0, b"")
