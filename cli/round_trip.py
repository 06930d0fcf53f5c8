"""`calltags call start`, `end` and `report`: report a call as a campaign platform does, and measure
how long its tags take to come back."""

import json as json_
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.text import Text

from cli import output, times, web
from cli.errors import ApiError, CliError
from cli.options import (
    Caller,
    Campaign,
    CliSession,
    Dialed,
    Json,
    NewCall,
    now,
    session_of,
    time_option,
)

KEY_VARIABLE = "CALLTAGS_PLATFORM_KEY"

_SUCCESS = (200, 202)
_MAX_WAIT_SECONDS = 30
_POLL_SECONDS = 0.1

Http = Annotated[
    bool,
    typer.Option("--http", help="Report over HTTP, with a platform key. Default: by an event."),
]
PlatformKey = Annotated[
    str | None,
    typer.Option(
        "--key",
        envvar=KEY_VARIABLE,
        metavar="PLATFORM_KEY",
        help="Platform key for --http. Default with --local: the key of `make run`.",
        show_default=False,
    ),
]


def start(
    context: typer.Context,
    *,
    caller: Caller = None,
    call: NewCall = None,
    campaign: Campaign = None,
    dialed: Dialed = None,
    started_at: Annotated[datetime | None, time_option("Start of the call. Default: now.")] = None,
    http: Http = False,
    key: PlatformKey = None,
    json: Json = False,
) -> None:
    """Report the start of a call, and show its tags and how long they took."""
    members = {
        "caller_number": caller,
        "campaign_id": campaign,
        "dialed_number": dialed,
        "started_at": times.to_wire(started_at or now()),
    }
    given = {name: value for name, value in members.items() if value is not None}
    _report(session_of(context), call or str(uuid.uuid4()), given, http, key, json)


def end(
    context: typer.Context,
    call: Annotated[str, typer.Argument(metavar="CALL_UUID", help="ID of the call that ended.")],
    *,
    ended_at: Annotated[datetime | None, time_option("End of the call. Default: now.")] = None,
    http: Http = False,
    key: PlatformKey = None,
    json: Json = False,
) -> None:
    """Report the end of a call, and show its tags."""
    session = session_of(context)
    members = {"ended_at": times.to_wire(ended_at or now())}
    if not http:
        known = session.api.call(call)
        names = ("caller_number", "campaign_id", "dialed_number", "started_at")
        members |= {name: known[name] for name in names if known[name] is not None}
    _report(session, call, members, http, key, json)


def report(
    context: typer.Context,
    call: Annotated[str, typer.Argument(metavar="CALL_UUID", help="ID of the call or leg.")],
    *,
    caller: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The calling side's number.")
    ] = None,
    dialed: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="The called side's number.")
    ] = None,
    direction: Annotated[
        str | None, typer.Option(metavar="inbound|outbound", help="Default: inbound.")
    ] = None,
    parent: Annotated[
        str | None,
        typer.Option(metavar="CALL_UUID", help="The call that this one is a leg of."),
    ] = None,
    campaign: Campaign = None,
    started_at: Annotated[datetime | None, time_option("Start of the call. Default: now.")] = None,
    ended_at: Annotated[datetime | None, time_option("End of the call: reports the end.")] = None,
    key: PlatformKey = None,
    json: Json = False,
) -> None:
    """Report a call or a leg over HTTP, and show the service's response with its warnings."""
    session = session_of(context)
    members = {
        "caller_number": caller,
        "dialed_number": dialed,
        "direction": direction,
        "parent_call_uuid": parent,
        "campaign_id": campaign,
        "started_at": times.to_wire(started_at) if started_at else None,
        "ended_at": times.to_wire(ended_at) if ended_at else None,
    }
    given = {name: value for name, value in members.items() if value is not None}
    response = _send(session, call, given, key)
    if session.wants_json(json):
        output.print_json(response)
        return
    _show_response(session, response)


def _show_response(session: CliSession, response: Mapping[str, Any]) -> None:
    if response.get("status") == "ignored":
        session.screen.note(output.clean(f"Ignored: {response['reason']}"))
        return
    caller = response["caller_number"] or "anonymous"
    pairs = [
        ("call", Text(response["call_uuid"], style="bold")),
        ("status", Text(response["call_status"].replace("_", " "))),
        ("direction", Text(response["direction"])),
        ("caller", Text(output.clean(caller))),
        ("dialed", Text(output.clean(response["dialed_number"] or "–"))),
    ]
    session.screen.show(output.facts(pairs))
    _show_tags(session, response["tags"])
    for warning in response.get("warnings", []):
        text = " ".join(filter(None, (warning["param"], warning["message"])))
        session.screen.show(Text.assemble(("Warning: ", "yellow"), output.clean(text)))


def _report(
    session: CliSession,
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
        output.print_json({"call_uuid": call_uuid, "way": way, "milliseconds": took, "tags": tags})
        return
    session.screen.show_whole(
        Text.assemble(
            ("✓ ", "green"), "Reported call ", (call_uuid, "bold"), f" by {way} in {took} ms"
        )
    )
    _show_tags(session, tags)


def _show_tags(session: CliSession, tags: Mapping[str, str]) -> None:
    if not tags:
        session.screen.note("The call has no tags.")
    for name, value in tags.items():
        shown = Text.assemble("  ", (output.clean(name), "bold"), " ", output.clean(value))
        session.screen.show(shown)


def _by_http(
    session: CliSession, call_uuid: str, members: Mapping[str, str], key: str | None
) -> dict[str, Any]:
    tags: dict[str, Any] = _send(session, call_uuid, members, key).get("tags", {})
    return tags


def _send(
    session: CliSession, call_uuid: str, members: Mapping[str, str], key: str | None
) -> dict[str, Any]:
    """Report a call over HTTP, and return the body of the response. Raises ApiError."""
    key = key or (session.deployment.platform_key if session.local else None)
    if key is None:
        raise typer.BadParameter(f"a platform key is required: add --key or set {KEY_VARIABLE}")
    url = f"{session.deployment.api_url.rstrip('/')}/platform/calls/{quote(call_uuid, safe='')}"
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    with session.deployment.explain_unreachable():
        response = web.send("PUT", url, body=json_.dumps(members).encode(), headers=headers)
    body = _parse(response.text)
    if response.status_code not in _SUCCESS:
        problems = body.get("errors") or [{"message": body.get("message") or "no reason given"}]
        message = f"The platform API returned an error ({response.status_code}):"
        raise ApiError(response.status_code, problems, message=message)
    return body


def _parse(text: str) -> dict[str, Any]:
    try:
        body = json_.loads(text)
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


def _by_event(session: CliSession, call_uuid: str, members: Mapping[str, str]) -> dict[str, Any]:
    """Put the event on the bus, then poll the operator API until the event has been processed."""
    is_end = "ended_at" in members
    detail_type = "Call Ended" if is_end else "Call Started"
    session.deployment.put_event(detail_type, {"call_uuid": call_uuid} | dict(members))
    deadline = time.monotonic() + _MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            known = session.api.call(call_uuid)
        except ApiError as error:
            if error.status_code != 404:
                raise
        else:
            if known["ended_at"] or not is_end:
                return {tag["name"]: tag["value"] for tag in known["tags"]}
        time.sleep(_POLL_SECONDS)
    raise CliError(
        f"The event is on the bus, but was not processed within {_MAX_WAIT_SECONDS} seconds.",
        "docs/monitoring.md says where call events can get stuck.",
    )
