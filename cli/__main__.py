"""The `calltags` program: registers its commands and sets its exit code.

0: success, 1: an error, 2: a mistake in the command.
"""

import os
import sys
from importlib import metadata
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import (
    activity,
    call,
    callers,
    event,
    history,
    keys,
    log,
    platform_keys,
    post,
    publishers,
    team,
)
from cli.errors import CliError
from cli.options import CliSession
from cli.output import Screen

HELP = """
Manage publishers and their postback keys, and see what happened to their postings.

Uses your AWS credentials, and finds the service by its CloudFormation stack.

Prints tables in a terminal and JSON anywhere else.
"""


class _Program(TyperGroup):
    """The commands. A reader that closes the pipe, such as `head`, is no error."""

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python must not flush to the pipe at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None
        return result


app = typer.Typer(
    name="calltags",
    cls=_Program,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(publishers.app, name="publishers")
app.add_typer(keys.app, name="keys")
app.add_typer(platform_keys.app, name="platform-keys")
app.command("log")(log.show_log)
app.command("activity")(activity.show_activity)
app.add_typer(call.app, name="call")
app.add_typer(callers.app, name="callers")
app.add_typer(team.app, name="team")
app.command("history")(history.show_history)
app.command("post")(post.send_posting)
app.add_typer(event.app, name="event")


def _show_version(requested: bool) -> None:
    if requested:
        print(f"calltags {metadata.version('call-data-writing')}")
        raise typer.Exit


@app.callback()
def begin(
    context: typer.Context,
    *,
    local: Annotated[
        bool,
        typer.Option(
            "--local", envvar="CALLTAGS_LOCAL", help="Use the service that `make run` started."
        ),
    ] = False,
    stack: Annotated[
        str,
        typer.Option(
            envvar="CALLTAGS_STACK", metavar="NAME", help="CloudFormation stack of the service."
        ),
    ] = "CallDataWriting-prod",
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="AWS profile to use.", show_default=False)
    ] = None,
    region: Annotated[
        str | None,
        # boto3 reads only AWS_DEFAULT_REGION.
        typer.Option(
            envvar="AWS_REGION", metavar="NAME", help="AWS region of the stack.", show_default=False
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    context.obj = CliSession(local=local, stack=stack, profile=profile, aws_region=region)


def main() -> None:
    try:
        app()
    except CliError as error:
        Screen().show_error(error)
        sys.exit(1)


if __name__ == "__main__":
    main()
