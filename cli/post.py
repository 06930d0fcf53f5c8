"""`calltags post`: a test posting, as a publisher would send it."""

from contextlib import nullcontext
from typing import Annotated
from urllib.parse import urlencode, urlsplit

import typer
from rich.text import Text

from cli import output, web
from cli.options import Session, session_of

RESERVED = {"key": "--key-id or --link", "caller_number": "--caller", "call_uuid": "--call"}


def send_posting(
    context: typer.Context,
    tags: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="The tags.")],
    *,
    key_id: Annotated[
        str | None, typer.Option(metavar="KEY_ID", help="Post with this key.")
    ] = None,
    link: Annotated[
        str | None, typer.Option(metavar="URL", help="Or post to this posting link, without AWS.")
    ] = None,
    caller: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The caller whose call to tag.")
    ] = None,
    call: Annotated[
        str | None, typer.Option(metavar="CALL_UUID", help="Or the exact call to tag.")
    ] = None,
) -> None:
    """Send a test posting, and show the answer as it came.

    With --local, it uses the key of `make run` unless you give another.
    """
    session = session_of(context)
    parameters = _target(caller, call) + [_pair(tag) for tag in tags]
    url = _posting_link(session, key_id, link)
    body = urlencode(parameters).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with nullcontext() if link else session.place.reached():
        answer = web.send("POST", url, body=body, headers=headers)
    if output.is_for_a_person():
        _show(session, url, body, answer)
    else:
        print(answer.text)
    if answer.status_code != 200:
        raise typer.Exit(1)


def _target(caller: str | None, call: str | None) -> list[tuple[str, str]]:
    given = {"caller_number": caller, "call_uuid": call}
    return [(name, value) for name, value in given.items() if value is not None]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text!r} is not a tag: write NAME=VALUE")
    if name in RESERVED:
        raise typer.BadParameter(f"{name} is not a tag: give {RESERVED[name]}")
    return name, value


def _posting_link(session: Session, key_id: str | None, link: str | None) -> str:
    if key_id and link:
        raise typer.BadParameter("--key-id and --link exclude each other")
    if link:
        if _scheme(link) not in ("http", "https"):
            raise typer.BadParameter(f"--link {link} is not an address: it starts with https://")
        return link
    if key_id:
        found: str = session.api.get("postback-keys", key_id)["posting_link"]
        return found
    if session.local and session.place.demo_link:
        return session.place.demo_link
    raise typer.BadParameter("which key? give --key-id or --link")


def _scheme(link: str) -> str:
    try:
        return urlsplit(link).scheme
    except ValueError:
        return ""


def _show(session: Session, url: str, body: bytes, answer: web.Answer) -> None:
    # Without the query string, which holds the key.
    address = urlsplit(url)._replace(query="").geturl()
    style = "bold green" if answer.status_code == 200 else "bold red"
    session.screen.show_whole(
        Text.assemble(("→ POST ", "bold cyan"), address, " ", (body.decode(), "dim"))
    )
    session.screen.show_whole(
        Text.assemble((f"← {answer.status_code} ", style), output.clean(answer.text))
    )
