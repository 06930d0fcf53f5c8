"""The `calltags` program: registers its commands and sets its exit code.

0: success, 1: an error, 2: a mistake in the command.
"""

import os
import sys
from typing import Annotated

import typer

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

app = typer.Typer(
    name="calltags",
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
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
        str, typer.Option(envvar="CALLTAGS_STACK", help="CloudFormation stack of the service.")
    ] = "CallDataWriting-prod",
    profile: Annotated[
        str | None, typer.Option(help="AWS profile to use.", show_default=False)
    ] = None,
    region: Annotated[
        str | None,
        # boto3 reads only AWS_DEFAULT_REGION.
        typer.Option(envvar="AWS_REGION", help="AWS region of the stack.", show_default=False),
    ] = None,
) -> None:
    context.obj = CliSession(local=local, stack=stack, profile=profile, aws_region=region)


def main() -> None:
    try:
        app()
    except CliError as error:
        Screen().show_error(error)
        sys.exit(1)
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe. Python must not flush to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
