"""`calltags`: its commands put together, and what it exits with: 0, 1 (it failed) or 2 (usage)."""

import os
import sys
from typing import Annotated

import typer

from cli import activity, call, callers, event, keys, log, platform_keys, post, publishers
from cli.failures import Failure
from cli.options import Session
from cli.output import Screen

HELP = """
Manage publishers and postback keys, and see what happened to their postings.

Uses your AWS credentials and finds the service by its CloudFormation stack.

It shows tables in a terminal, and gives JSON to a program.
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
app.command("post")(post.send_posting)
app.add_typer(event.app, name="event")


@app.callback()
def begin(
    context: typer.Context,
    *,
    local: Annotated[
        bool,
        typer.Option("--local", envvar="CALLTAGS_LOCAL", help="Use the service of `make run`."),
    ] = False,
    stack: Annotated[
        str, typer.Option(envvar="CALLTAGS_STACK", help="The service's CloudFormation stack.")
    ] = "CallDataWriting-prod",
    profile: Annotated[
        str | None, typer.Option(help="The profile of your AWS configuration.", show_default=False)
    ] = None,
    region: Annotated[
        str | None,
        # The SDK itself reads only AWS_DEFAULT_REGION.
        typer.Option(envvar="AWS_REGION", help="The stack's AWS region.", show_default=False),
    ] = None,
) -> None:
    context.obj = Session(local=local, stack=stack, profile=profile, aws_region=region)


def main() -> None:
    try:
        app()
    except Failure as failure:
        Screen().fail(failure)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read has read enough. Nothing more is to be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


if __name__ == "__main__":
    main()
