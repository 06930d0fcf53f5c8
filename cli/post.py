"""`calltags post`: sends a test posting, as a publisher does."""

from contextlib import nullcontext
from typing import Annotated
from urllib.parse import urlencode, urlsplit

import typer
from rich.text import Text

from cli import names, output, web
from cli.options import CliSession, session_of

RESERVED = {"key": "--key or --link", "caller_number": "--caller", "call_uuid": "--call"}


def send_posting(
    context: typer.Context,
    tags: Annotated[list[str], typer.Argument(metavar="NAME=VALUE…", help="The tags.")],
    *,
    key_id: Annotated[
        str | None,
        typer.Option(
            "--key",
            "--key-id",
            metavar="KEY",
            help="The key to post with: ID, name, or 'Publisher/Key'.",
        ),
    ] = None,
    link: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Posting link, instead of --key. Needs no AWS credentials."
        ),
    ] = None,
    caller: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Number of the caller whose call to tag.")
    ] = None,
    call: Annotated[
        str | None,
        typer.Option(metavar="CALL_UUID", help="ID of the call to tag, instead of --caller."),
    ] = None,
) -> None:
    """Send a test posting, and show the response.

    With --local, the default is the key that `make run` created.
    """
    session = session_of(context)
    parameters = _target(caller, call) + [_pair(tag) for tag in tags]
    url = _posting_link(session, key_id, link)
    body = urlencode(parameters).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    with nullcontext() if link else session.deployment.explain_unreachable():
        response = web.send("POST", url, body=body, headers=headers)
    if output.is_terminal():
        _show(session, url, body, response)
    else:
        print(response.text)
    if response.status_code != 200:
        raise typer.Exit(1)


def _target(caller: str | None, call: str | None) -> list[tuple[str, str]]:
    given = {"caller_number": caller, "call_uuid": call}
    return [(name, value) for name, value in given.items() if value is not None]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text!r} is not a tag. Write NAME=VALUE")
    if name in RESERVED:
        raise typer.BadParameter(f"{name} is not a tag. Use {RESERVED[name]}")
    return name, value


def _posting_link(session: CliSession, key_id: str | None, link: str | None) -> str:
    if key_id and link:
        raise typer.BadParameter("--key and --link cannot be combined")
    if link:
        if _scheme(link) not in ("http", "https"):
            raise typer.BadParameter(
                f"--link {link} is not a URL. It must start with https:// or http://"
            )
        return link
    if key_id:
        id_ = names.key_id(session.api, key_id)
        posting_link: str = session.api.get("postback-keys", id_)["posting_link"]
        return posting_link
    if session.local and session.deployment.demo_link:
        return session.deployment.demo_link
    raise typer.BadParameter("--key or --link is required")


def _scheme(link: str) -> str:
    try:
        return urlsplit(link).scheme
    except ValueError:
        return ""


def _show(session: CliSession, url: str, body: bytes, response: web.Response) -> None:
    # The query string has the key in it: leave it out.
    address = urlsplit(url)._replace(query="").geturl()
    style = "bold green" if response.status_code == 200 else "bold red"
    session.screen.show_whole(
        Text.assemble(("→ POST ", "bold cyan"), address, " ", (body.decode(), "dim"))
    )
    session.screen.show_whole(
        Text.assemble((f"← {response.status_code} ", style), output.clean(response.text))
    )
