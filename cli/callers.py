"""`calltags callers`: all that is known of a caller, and forgetting it."""

from typing import Annotated

import typer
from rich.text import Text

from cli import output
from cli.options import Json, session_of

app = typer.Typer(
    help="See all that is known of a caller, and have a caller forgotten.", no_args_is_help=True
)

Number = Annotated[
    str, typer.Argument(metavar="NUMBER", help="The caller's number, in any spelling.")
]

_LISTS = ("waiting", "calls", "postbacks")


@app.command("show")
def show(context: typer.Context, number: Number) -> None:
    """Print all that is known of a caller, as JSON: what to answer who asks for it."""
    session, number = session_of(context), _in_a_path(number)
    known = session.api.get("callers", number)
    while known["next_cursor"]:
        told = sum(len(known[member]) for member in _LISTS)
        session.screen.note(f"{told} records are read, and there are more …")
        more = session.api.get("callers", number, cursor=known["next_cursor"])
        known = more | {member: known[member] + more[member] for member in _LISTS}
    known["postbacks"].sort(key=lambda each: str(each["posting_id"]), reverse=True)
    output.print_json(known)


@app.command("forget")
def forget(
    context: typer.Context,
    number: Number,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Erase all that is known of a caller. It takes ten seconds or more, and cannot be undone."""
    session = session_of(context)
    if not yes:
        typer.confirm(f"Erase all that was posted about {number}, for good?", abort=True)
    number = _in_a_path(number)
    total = dict.fromkeys(("waiting", "calls", "log_rows"), 0)
    while True:
        answer = session.api.delete("callers", number)
        for name in total:
            total[name] += answer["erased"][name]
        if answer["complete"]:
            break
        session.screen.note(f"{sum(total.values())} items are erased, and there is more to erase …")
    told = {"caller_number": answer["caller_number"], "erased": total, "complete": True}
    if session.wants_json(json):
        output.print_json(told)
        return
    counts = f"{total['waiting']} waiting postings, {total['calls']} calls, "
    rows = f"{total['log_rows']} postings in the log"
    made = Text.assemble(("✓ ", "green"), output.clean(answer["caller_number"]), " is forgotten: ")
    session.screen.show_whole(made.append(counts + rows))


def _in_a_path(number: str) -> str:
    """A slash between digits is a separator as any other, and has no place in a path."""
    return number.replace("/", " ")
