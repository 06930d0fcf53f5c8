"""`calltags team`: invites people to the console, and changes what they may do."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import output, tables, times
from cli.options import CliSession, Json, Yaml, now, session_of
from cli.tables import Column

app = typer.Typer(help="Manage the people who use the console.", no_args_is_help=True)


class Role(StrEnum):
    VIEWER = "viewer"
    MANAGER = "manager"
    ADMIN = "admin"


Email = Annotated[str, typer.Argument(metavar="EMAIL", help="The person's email address.")]
NewRole = Annotated[
    Role,
    typer.Argument(
        help="viewer: may look. manager: may change data. admin: may manage people too."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


@app.command("list")
def list_(context: typer.Context, json: Json = False, yaml: Yaml = False) -> None:
    """List all people: role, status, and last sign-in."""
    session = session_of(context)
    people = session.api.get("people")["people"]
    if format_ := session.list_format(json=json, yaml=yaml):
        output.print_records(people, format_)
        return
    tables.show(
        session.screen,
        [
            Column.required("person", (it["email"] for it in people), wraps_at=20),
            Column.required("role", (it["role"] or "none" for it in people)),
            Column.required("status", (it["status"] for it in people)),
            Column.required("last sign-in", (_time(it["last_sign_in_at"]) for it in people)),
            Column.optional("invited", (_time(it["invited_at"]) for it in people)),
        ],
    )


@app.command("invite")
def invite(context: typer.Context, email: Email, role: NewRole, json: Json = False) -> None:
    """Invite a person by email. The invitation is valid for 3 days."""
    session = session_of(context)
    _show(session, session.api.post("people", body={"email": email, "role": role.value}), json)


@app.command("invite-again")
def invite_again(context: typer.Context, email: Email, json: Json = False) -> None:
    """Send an invitation again to a person who has not come yet."""
    _act(context, email, "invite", json)


@app.command("set-role")
def set_role(context: typer.Context, email: Email, role: NewRole, json: Json = False) -> None:
    """Change a person's role. Takes effect within a minute."""
    session = session_of(context)
    _show(session, session.api.patch("people", email, body={"role": role.value}), json)


@app.command("disable")
def disable(context: typer.Context, email: Email, json: Json = False) -> None:
    """Keep a person from signing in, and end their sessions within a minute."""
    _act(context, email, "disable", json)


@app.command("enable")
def enable(context: typer.Context, email: Email, json: Json = False) -> None:
    """Let a disabled person sign in again."""
    _act(context, email, "enable", json)


@app.command("end-sessions")
def end_sessions(context: typer.Context, email: Email, json: Json = False) -> None:
    """End all sessions of a person within a minute. They may sign in again."""
    _act(context, email, "end-sessions", json)


@app.command("remove")
def remove(context: typer.Context, email: Email, *, yes: Yes = False) -> None:
    """Remove a person, and end their sessions within a minute."""
    session = session_of(context)
    if not yes:
        typer.confirm(f"Remove {output.clean(email)}?", abort=True)
    session.api.delete("people", email)
    session.screen.note(f"Removed {output.clean(email)}.")


def _act(context: typer.Context, email: str, action: str, json: bool) -> None:
    session = session_of(context)
    _show(session, session.api.post("people", email, action), json)


def _show(session: CliSession, person: dict[str, Any], json: bool) -> None:
    if session.wants_json(json):
        output.print_json(person)
        return
    email, role = output.clean(person["email"]), person["role"] or "none"
    session.screen.show_whole(Text.assemble((email, "bold"), f" {role}, {person['status']}"))


def _time(text: str | None) -> str:
    return times.to_text(times.from_wire(text), now()) if text else "–"
