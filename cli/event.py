"""`calltags event`: puts test call events on the bus, as a campaign platform does."""

import uuid
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import output, times
from cli.api import OperatorApi
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

app = typer.Typer(help="Put test call events on the bus.", no_args_is_help=True)


@app.command("started")
def started(
    context: typer.Context,
    *,
    caller: Caller = None,
    call: NewCall = None,
    campaign: Campaign = None,
    dialed: Dialed = None,
    started_at: Annotated[datetime | None, time_option("Start of the call. Default: now.")] = None,
    json: Json = False,
) -> None:
    """Report the start of a call, and print its ID."""
    detail = {
        "call_uuid": call or str(uuid.uuid4()),
        "caller_number": caller,
        "campaign_id": campaign,
        "dialed_number": dialed,
        "started_at": times.to_wire(started_at or now()),
    }
    _put(session_of(context), "Call Started", detail, json)


@app.command("ended")
def ended(
    context: typer.Context,
    *,
    call: Annotated[str, typer.Option(metavar="CALL_UUID", help="ID of the call that ended.")],
    caller: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Caller number. Default: the recorded one.")
    ] = None,
    campaign: Campaign = None,
    dialed: Dialed = None,
    started_at: Annotated[
        datetime | None, time_option("Start of the call. Default: the recorded one.")
    ] = None,
    ended_at: Annotated[datetime | None, time_option("End of the call. Default: now.")] = None,
    json: Json = False,
) -> None:
    """Report the end of a call."""
    session = session_of(context)
    given = {
        "caller_number": caller,
        "campaign_id": campaign,
        "dialed_number": dialed,
        "started_at": times.to_wire(started_at) if started_at else None,
    }
    known = {} if started_at else _known(session.api, call)
    detail = {name: value or known.get(name) for name, value in given.items()}
    end = {"ended_at": times.to_wire(ended_at or now())}
    _put(session, "Call Ended", {"call_uuid": call} | detail | end, json)


def _known(api: OperatorApi, call_uuid: str) -> dict[str, Any]:
    """Return the call. Raises CliError if the service does not know it."""
    try:
        return api.call(call_uuid)
    except ApiError as error:
        if error.status_code != 404:
            raise
        raise CliError(
            f"The service does not know the call {call_uuid}.",
            "To report its end anyway, add --started-at and --caller.",
        ) from error


def _put(session: CliSession, detail_type: str, detail: dict[str, Any], json: bool) -> None:
    sent = {name: value for name, value in detail.items() if value is not None}
    session.deployment.put_event(detail_type, sent)
    if session.wants_json(json):
        output.print_json(sent)
        return
    caller = sent.get("caller_number") or "anonymous caller"
    done = f"Put {detail_type} on the bus {session.deployment.event_bus}: {caller}, call "
    session.screen.show_whole(
        Text.assemble(("✓ ", "green"), output.clean(done), (sent["call_uuid"], "bold"))
    )
