"""`calltags call start` and `end`: tell of a call as the campaign platform does, and time how long
its tags take to come back."""

import json as json_
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.text import Text

from cli import moments, output, web
from cli.failures import ApiRefusal, Failure
from cli.options import Json, Session, moment, now, session_of

KEY_VARIABLE = "CALLTAGS_PLATFORM_KEY"

_LONGEST_WAIT_SECONDS = 30
_PAUSE_SECONDS = 0.1

Http = Annotated[
    bool,
    typer.Option("--http", help="By HTTP, with a platform key. By default, by an event."),
]
PlatformKey = Annotated[
    str | None,
    typer.Option(
        "--key",
        envvar=KEY_VARIABLE,
        metavar="PLATFORM_KEY",
        help="For --http. By default, that of `make run`.",
        show_default=False,
    ),
]


def start(
    context: typer.Context,
    *,
    caller: Annotated[
        str | None,
        typer.Option(metavar="NUMBER", help="Who calls. Without it, the caller is anonymous."),
    ] = None,
    call: Annotated[
        str | None, typer.Option(metavar="CALL_UUID", help="By default, a new one.")
    ] = None,
    campaign: Annotated[
        str | None, typer.Option(metavar="CAMPAIGN_ID", help="The call's campaign.")
    ] = None,
    dialed: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The number that was dialed.")
    ] = None,
    started_at: Annotated[datetime | None, moment("By default, now.")] = None,
    http: Http = False,
    key: PlatformKey = None,
    json: Json = False,
) -> None:
    """Start a call, and show the tags that it gets and how long that took."""
    members = {
        "caller_number": caller,
        "campaign_id": campaign,
        "dialed_number": dialed,
        "started_at": moments.to_wire(started_at or now()),
    }
    told = {name: value for name, value in members.items() if value is not None}
    _tell(session_of(context), call or str(uuid.uuid4()), told, http, key, json)


def end(
    context: typer.Context,
    call: Annotated[str, typer.Argument(metavar="CALL_UUID", help="The call that has ended.")],
    *,
    ended_at: Annotated[datetime | None, moment("By default, now.")] = None,
    http: Http = False,
    key: PlatformKey = None,
    json: Json = False,
) -> None:
    """End a call, and show the tags that it has."""
    session = session_of(context)
    told = {"ended_at": moments.to_wire(ended_at or now())}
    if not http:
        known = session.api.call(call)
        names = ("caller_number", "campaign_id", "dialed_number", "started_at")
        told |= {name: known[name] for name in names if known[name] is not None}
    _tell(session, call, told, http, key, json)


def _tell(
    session: Session,
    call_uuid: str,
    members: Mapping[str, str],
    by_http: bool,
    key: str | None,
    json: bool,
) -> None:
    began = time.monotonic()
    if by_http:
        tags = _by_http(session, call_uuid, members, key)
    else:
        tags = _by_event(session, call_uuid, members)
    took = round(1000 * (time.monotonic() - began))
    way = "HTTP" if by_http else "event"
    if session.wants_json(json):
        told = {"call_uuid": call_uuid, "way": way, "milliseconds": took, "tags": tags}
        output.print_json(told)
        return
    session.screen.show_whole(
        Text.assemble(("✓ ", "green"), f"by {way} in {took} ms: call ", (call_uuid, "bold"))
    )
    if not tags:
        session.screen.note("It has no tags.")
    for name, value in tags.items():
        shown = Text.assemble("  ", (output.clean(name), "bold"), " ", output.clean(value))
        session.screen.show(shown)


def _by_http(
    session: Session, call_uuid: str, members: Mapping[str, str], key: str | None
) -> dict[str, Any]:
    key = key or (session.place.platform_key if session.local else None)
    if key is None:
        raise typer.BadParameter(f"--http needs a platform key: give --key, or set {KEY_VARIABLE}")
    url = f"{session.place.api_url.rstrip('/')}/platform/calls/{quote(call_uuid, safe='')}"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    with session.place.reached():
        answer = web.send("PUT", url, body=json_.dumps(members).encode(), headers=headers)
    read = _read(answer.text)
    if answer.status_code != 200:
        problems = read.get("errors") or [{"message": read.get("message") or "no reason given"}]
        message = f"The platform API refused it ({answer.status_code}):"
        raise ApiRefusal(answer.status_code, problems, message=message)
    tags: dict[str, Any] = read["tags"]
    return tags


def _read(text: str) -> dict[str, Any]:
    try:
        read = json_.loads(text)
    except ValueError:
        read = None
    return read if isinstance(read, dict) else {}


def _by_event(session: Session, call_uuid: str, members: Mapping[str, str]) -> dict[str, Any]:
    """Put the event on the bus, then ask the operator API until the call is as it was told."""
    is_end = "ended_at" in members
    detail_type = "Call Ended" if is_end else "Call Started"
    session.place.put_event(detail_type, {"call_uuid": call_uuid} | dict(members))
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            known = session.api.call(call_uuid)
        except ApiRefusal as refusal:
            if refusal.status_code != 404:
                raise
        else:
            if known["ended_at"] or not is_end:
                return {tag["name"]: tag["value"] for tag in known["tags"]}
        time.sleep(_PAUSE_SECONDS)
    raise Failure(
        f"The event is on the bus, and {_LONGEST_WAIT_SECONDS} seconds later nothing has come "
        "of it.",
        "docs/monitoring.md tells where call events may be stuck.",
    )
