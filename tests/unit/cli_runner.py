"""Runs `calltags` in the test's process."""

from typer.testing import CliRunner, Result

from cli.__main__ import app
from cli.errors import CliError


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["--local", *arguments])


def error_of(*arguments: str) -> CliError:
    result = run(*arguments)
    assert isinstance(result.exception, CliError), result.output
    return result.exception
