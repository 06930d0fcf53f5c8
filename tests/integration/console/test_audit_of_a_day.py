"""A day's use by people, the command line and a platform, and every audit line that it leaves."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from shared.domain import platform_keys
from shared.domain.keys import PostbackKey, Publisher
from shared.stores.platform_keys import PlatformKeyStore
from tests.integration import events
from tests.integration.console.real_console import OPERATOR, RealConsole
from tests.integration.events import SECOND
from tests.integration.fake_user_pool import FakeUserPool
from tests.integration.service import Service
from tests.unit import cli_runner, fake_operator_api

CALLER = "+16465550142"
SIP_CALL = "sip:+16465550142@pbx.example.com"
BROWSER, TERMINAL, SWITCH = "203.0.113.9", "203.0.113.7", "203.0.113.7"
VIEWER, MANAGER, ADMIN = (("mia@example.com", role) for role in ("viewer", "manager", "admin"))
OPERATOR_ROLE = (OPERATOR, "admin")

_WHO = ("asked_by", "role", "source_ip")
_UNNAMED = ("level", "message", "service", "request_id")


@pytest.fixture
def key(service: Service) -> PostbackKey:
    store = service.operator_api.publishers.key_store
    at = datetime.now(UTC)
    publisher = Publisher(publisher_id="pub_aaaaaaaaaaaa", name="Acme", note="", created_at=at)
    store.add_publisher(publisher)
    key = service.add_key(publisher_id="pub_aaaaaaaaaaaa")
    service.post(key, at=at - 2 * SECOND, caller_number=CALLER, zip="10001")
    service.start_call(CALLER, at=at - SECOND, call_uuid=SIP_CALL)
    service.post(key, at=at, caller_number=CALLER, plan="gold")
    return key


@pytest.fixture
def day(
    service: Service, real_console: RealConsole, key: PostbackKey, monkeypatch: pytest.MonkeyPatch
) -> RealConsole:
    """The console and the API, with a user pool, before their first line."""
    monkeypatch.setitem(vars(service.operator_api.people.user_pool), "client", FakeUserPool())
    real_console.console.handler.logger.registered_handler.setStream(service.log)
    _forget(service.log)
    return real_console


def _forget(log: io.StringIO) -> None:
    log.seek(0)
    log.truncate()


def _lines(service: Service) -> list[tuple[tuple[str, ...], dict[str, Any]]]:
    """Return who is named by each audit line, and what it says, and forget the lines."""
    assert not re.search(r"646\D{0,9}555|555\D{0,9}0142", service.log.getvalue())
    lines = [line for line in service.lines() if line["message"] == "audit"]
    _forget(service.log)
    return [
        (
            tuple(line.get(name, "") for name in _WHO),
            {n: v for n, v in line.items() if n not in (*_WHO, *_UNNAMED) and v != 200},
        )
        for line in lines
    ]


def test_a_viewers_morning(service: Service, day: RealConsole, key: PostbackKey) -> None:
    get = day.reader("viewer")
    number = {"caller_number": "(646) 555-0142"}
    for address in (
        f"/log?{urlencode(number)}",
        f"/log.csv?{urlencode({'key_id': key.key_id})}",
        f"/calls?{urlencode({'find': SIP_CALL})}",
        f"/callers?{urlencode({'number': CALLER})}",
        f"/keys/{key.key_id}",
    ):
        assert get(address)["statusCode"] == 200
    assert day.console.post(f"/keys/{key.key_id}/pause", role="viewer")["statusCode"] == 403

    lines = _lines(service)

    # A caller's postings are read as long as they are kept.
    since = datetime.fromisoformat(lines[1][1]["filters"].pop("from"))
    assert datetime.now(UTC) - since > timedelta(days=89)
    assert {who for who, _ in lines} == {(*VIEWER, BROWSER)}
    assert [said for _, said in lines] == [
        {"action": "GET /publishers/names", "filters": {"limit": "1000"}},
        {
            "action": "GET /postbacks",
            "filters": {"limit": "50", "caller_number": "***42"},
            "postbacks": 2,
        },
        {
            "action": "GET /postbacks",
            "filters": {"limit": "1000", "key_id": key.key_id, "chain": "true"},
            "postbacks": 2,
        },
        {
            "action": "GET /calls",
            "filters": {"call_uuid": "sip:+1***42@pbx.example.com"},
            "tags": 2,
        },
        {
            "action": "GET /callers/{caller_number}",
            "caller_number": "+1***42",
            "waiting": 0,
            "calls": 1,
            "postbacks": 2,
        },
        {
            "action": "GET /postback-keys/{key_id}/overview",
            "key_id": key.key_id,
            "filters": {"hours": "24"},
        },
    ]


def test_a_managers_afternoon(service: Service, day: RealConsole, key: PostbackKey) -> None:
    form = urlencode({"number": CALLER, "again": CALLER})
    for path, body in ((f"/keys/{key.key_id}/pause", ""), ("/callers/forget", form)):
        assert day.console.post(path, body, role="manager")["statusCode"] == 303
    assert day.console.post("/team", "email=x@example.com&role=viewer")["statusCode"] == 403

    lines = _lines(service)

    assert {who for who, _ in lines} == {(*MANAGER, BROWSER)}
    assert [said for _, said in lines] == [
        {"action": "POST /postback-keys/{key_id}/pause", "key_id": key.key_id},
        {"action": "DELETE /callers/{caller_number}", "caller_number": "+1***42"},
    ]


def test_an_admins_evening(service: Service, day: RealConsole) -> None:
    for path, form in (
        ("/team", "email=lou%40example.com&role=viewer"),
        ("/team/lou%40example.com/disable", ""),
    ):
        assert day.console.post(path, form, role="admin")["statusCode"] == 303
    assert day.reader("admin")("/history?person=lou%40example.com")["statusCode"] == 200

    lines = _lines(service)

    assert {who for who, _ in lines} == {(*ADMIN, BROWSER)}
    assert [said for _, said in lines] == [
        {"action": "POST /people", "person": "lou@example.com", "status_code": 201},
        {"action": "POST /people/{person}/disable", "person": "lou@example.com"},
        {
            "action": "GET /history",
            "filters": {"person": "lou@example.com", "limit": "50"},
            "rows": 2,
        },
    ]


def test_an_operators_commands(
    service: Service, day: RealConsole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_operator_api.write_run_file(tmp_path, day.api_url)
    monkeypatch.chdir(tmp_path)
    for command in (
        ("log", "--caller", "646 555 0142", "--since", "1h"),
        ("callers", "show", CALLER),
        ("call", "show", SIP_CALL),
        ("history", "--limit", "5"),
    ):
        result = cli_runner.run(*command)
        assert result.exit_code == 0, (command, result.output)

    lines = _lines(service)

    assert {who for who, _ in lines} == {(*OPERATOR_ROLE, TERMINAL)}
    said = [{n: v for n, v in each.items() if n != "filters"} for _, each in lines]
    assert [each for each in said if "publishers" not in each["action"]] == [
        {"action": "GET /postbacks", "postbacks": 2},
        {
            "action": "GET /callers/{caller_number}",
            "caller_number": "+1***42",
            "waiting": 0,
            "calls": 1,
            "postbacks": 2,
        },
        {"action": "GET /calls/{call_uuid}", "call_uuid": "sip:+1***42@pbx.example.com", "tags": 2},
        {"action": "GET /history", "rows": 0},
    ]


def test_a_platforms_reads(service: Service, day: RealConsole) -> None:
    credential = platform_keys.credential(b"a switch")
    platform_key = events.example_platform_key(credential)
    keys = PlatformKeyStore(service.dynamodb, service.environment["POSTBACK_KEYS_TABLE"])
    keys.add(platform_key)
    for path in (f"/platform/callers/{quote(CALLER)}", f"/platform/calls/{quote(SIP_CALL)}"):
        event = events.platform("GET", path, credential)
        assert service.request(event, function="platform_api").status_code == 200

    lines = _lines(service)

    named = {"platform_key_id": platform_key.platform_key_id}
    assert {who for who, _ in lines} == {("", "", SWITCH)}
    assert [said for _, said in lines] == [
        {
            "action": "GET /platform/callers/{caller_number}",
            "caller_number": "+1***42",
            "tags": 0,
            "calls": 1,
            **named,
        },
        {
            "action": "GET /platform/calls/{call_uuid}",
            "call_uuid": "sip:+1***42@pbx.example.com",
            "tags": 2,
            **named,
        },
    ]


def test_every_line_of_the_console_names_the_person_too(
    service: Service, day: RealConsole, key: PostbackKey
) -> None:
    get = day.reader("viewer")
    get(f"/callers?{urlencode({'number': CALLER})}")
    get(f"/{quote(CALLER)}")

    lines = [line for line in service.lines() if line["message"] == "request handled"]

    assert [
        (line["route"], line["asked_by"], line["role"], line["asked_from"]) for line in lines
    ] == [(route, *VIEWER, BROWSER) for route in ("callers", "unknown")]
    assert "5550142" not in json.dumps(lines)
