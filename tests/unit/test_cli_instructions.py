"""`calltags keys instructions`."""

from pathlib import Path

import pytest

from cli.errors import ApiError
from tests.unit.cli_runner import error_of, run
from tests.unit.fake_operator_api import KEY, FakeOperatorApi


@pytest.mark.parametrize(("options", "form"), [([], "html"), (["--markdown"], "markdown")])
def test_the_instructions_are_printed_outside_a_terminal(
    api: FakeOperatorApi, options: list[str], form: str
) -> None:
    api.responses["GET /api/postback-keys/pbk_a/instructions"] = (200, "# Zoë\n".encode())

    result = run("keys", "instructions", "pbk_a", *options)

    assert (result.exit_code, result.stdout) == (0, "# Zoë\n")
    assert api.requests[0]["query"] == {"format": form}


def test_the_instructions_are_written_to_a_file(api: FakeOperatorApi) -> None:
    api.responses["GET /api/postback-keys/pbk_a/instructions"] = (200, "<p>Zoë\n".encode())

    result = run("keys", "instructions", "pbk_a", "-o", "page.html")

    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("page.html").read_text(encoding="utf-8") == "<p>Zoë\n"


def test_a_file_that_cannot_be_written_is_an_error(api: FakeOperatorApi) -> None:
    api.responses["GET /api/postback-keys/pbk_a/instructions"] = (200, b"page")

    error = error_of("keys", "instructions", "pbk_a", "-o", "nowhere/page.html")

    assert error.message == "Cannot write nowhere/page.html: No such file or directory"


def test_a_terminal_shows_the_link(api: FakeOperatorApi, terminal: None) -> None:
    link = "https://api.example.com/data_writing/the-key/instructions"
    api.responses["GET /api/postback-keys/pbk_a"] = (200, KEY | {"instructions_link": link})

    result = run("keys", "instructions", "pbk_a")

    assert (result.exit_code, result.stdout) == (0, f"{link}\n")


def test_no_file_is_written_for_an_unknown_key(api: FakeOperatorApi) -> None:
    error = error_of("keys", "instructions", "pbk_b", "-o", "page.html")

    assert isinstance(error, ApiError)
    assert not Path("page.html").exists()
