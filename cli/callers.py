"""`calltags callers`: shows everything stored about a caller, and forgets a caller."""

from typing import Annotated

import typer
from rich.text import Text

from cli import output
from cli.options import Json, session_of
from cli.output import counted

app = typer.Typer(
    help="Show everything stored about a caller, or forget a caller.", no_args_is_help=True
)

Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="The caller's phone number, in any usual format.")
]

_LISTS = ("waiting", "calls", "postbacks")


@app.command("show")
def show(context: typer.Context, number: Number) -> None:
    """Print everything stored about a caller, as JSON."""
    session, number = session_of(context), _without_slashes(number)
    known = session.api.get("callers", number)
    while known["next_cursor"]:
        read = sum(len(known[member]) for member in _LISTS)
        session.screen.note(f"{counted(read, 'record')} read so far …")
        more = session.api.get("callers", number, cursor=known["next_cursor"])
        known = more | {member: known[member] + more[member] for member in _LISTS}
    known["postbacks"].sort(key=lambda each: str(each["posting_id"]), reverse=True)
    output.print_json(known)


@app.command("forget")
def forget(
    context: typer.Context,
    number: Number,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    json: Json = False,
) -> None:
    """Delete everything stored about a caller. Takes 10 seconds or more; cannot be undone."""
    session = session_of(context)
    if not yes:
        typer.confirm(
            f"Delete everything stored about {number}? This cannot be undone.", abort=True
        )
    number = _without_slashes(number)
    total = dict.fromkeys(("waiting", "calls", "log_rows"), 0)
    while True:
        response = session.api.delete("callers", number)
        for name in total:
            total[name] += response["erased"][name]
        if response["complete"]:
            break
        session.screen.note(f"{counted(sum(total.values()), 'item')} deleted so far …")
    number = response["caller_number"]
    if session.wants_json(json):
        output.print_json({"caller_number": number, "erased": total, "complete": True})
        return
    deleted = ", ".join(
        (
            counted(total["waiting"], "pending posting"),
            counted(total["calls"], "call"),
            counted(total["log_rows"], "log entry", "log entries"),
        )
    )
    session.screen.show_whole(
        Text.assemble(("✓ ", "green"), "Forgot ", output.clean(number), f". Deleted {deleted}.")
    )


def _without_slashes(number: str) -> str:
    """Replace slashes: they may separate digits, but cannot be in the path."""
    return number.replace("/", " ")
