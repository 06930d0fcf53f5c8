"""The console's own log lines: who asked, from where, and for which page."""

import io
import json
from typing import Any

import pytest

from functions.console.route_names import ROUTES
from functions.console.views import routes
from tests.integration.console.operator_stub import Console, OperatorStub


@pytest.fixture
def log(console: Console) -> io.StringIO:
    """What the console's logger writes."""
    stream = io.StringIO()
    console.handler.logger.registered_handler.setStream(stream)
    return stream


def _line(log: io.StringIO) -> dict[str, Any]:
    lines = [json.loads(each) for each in log.getvalue().splitlines()]
    (line,) = [each for each in lines if each["message"] == "request handled"]
    found: dict[str, Any] = line
    return found


def test_a_line_names_the_person_their_role_and_their_browsers_address(
    console: Console, operator_api: type[OperatorStub], log: io.StringIO
) -> None:
    operator_api.respond_with({"platform_keys": [], "next_cursor": None})

    console.get("/platform-keys", role="viewer")

    line = _line(log)
    assert line["asked_by"] == "mia@example.com"
    assert (line["role"], line["asked_from"]) == ("viewer", "203.0.113.9")
    assert (line["route"], line["outcome"]) == ("platform-keys", "shown")


@pytest.mark.parametrize("path", ["/+14155552671", f"/{'9' * 3000}", "/call/4155552671", "/.env"])
def test_a_line_about_an_unknown_path_does_not_quote_it(
    console: Console, log: io.StringIO, path: str
) -> None:
    console.get(path)

    line = _line(log)
    assert line["route"] == "unknown"
    assert not any(each in json.dumps(line) for each in ("555", "999", "env", "call/"))


def test_every_page_has_a_name_for_the_log() -> None:
    assert {*routes._VIEWS} <= ROUTES
