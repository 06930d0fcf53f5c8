"""`calltags event`: test call events, as the campaign platform would put them on the bus."""

import uuid
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import moments, output
from cli.api import OperatorApi
from cli.failures import ApiRefusal, Failure
from cli.options import Json, Session, moment, now, session_of

app = typer.Typer(help="Put test call events on the bus.", no_args_is_help=True)

Caller = Annotated[
    str | None,
    typer.Option(metavar="NUMBER", help="Who calls. Without it, the caller is anonymous."),
]
Campaign = Annotated[str | None, typer.Option(metavar="CAMPAIGN_ID", help="The call's campaign.")]
Dialed = Annotated[str | None, typer.Option(metavar="NUMBER", help="The number that was dialed.")]


@app.command("started")
def started(
    context: typer.Context,
    *,
    caller: Caller = None,
    call: Annotated[
        str | None, typer.Option(metavar="CALL_UUID", help="By default, a new one.")
    ] = None,
    campaign: Campaign = None,
    dialed: Dialed = None,
    started_at: Annotated[datetime | None, moment("By default, now.")] = None,
    json: Json = False,
) -> None:
    """Report that a call has started, and print its id."""
    detail = {
        "call_uuid": call or str(uuid.uuid4()),
        "caller_number": caller,
        "campaign_id": campaign,
        "dialed_number": dialed,
        "started_at": moments.to_wire(started_at or now()),
    }
    _put(session_of(context), "Call Started", detail, json)


@app.command("ended")
def ended(
    context: typer.Context,
    *,
    call: Annotated[str, typer.Option(metavar="CALL_UUID", help="The call that has ended.")],
    caller: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="By default, the call's own.")
    ] = None,
    campaign: Campaign = None,
    dialed: Dialed = None,
    started_at: Annotated[datetime | None, moment("By default, the call's own.")] = None,
    ended_at: Annotated[datetime | None, moment("By default, now.")] = None,
    json: Json = False,
) -> None:
    """Report that a call has ended."""
    session = session_of(context)
    given = {
        "caller_number": caller,
        "campaign_id": campaign,
        "dialed_number": dialed,
        "started_at": moments.to_wire(started_at) if started_at else None,
    }
    known = {} if started_at else _known(session.api, call)
    detail = {name: value or known.get(name) for name, value in given.items()}
    times = {"ended_at": moments.to_wire(ended_at or now())}
    _put(session, "Call Ended", {"call_uuid": call} | detail | times, json)


def _known(api: OperatorApi, call_uuid: str) -> dict[str, Any]:
    """What the service knows of the call. Raises Failure."""
    try:
        return api.call(call_uuid)
    except ApiRefusal as refusal:
        if refusal.status_code != 404:
            raise
        raise Failure(
            f"The service does not know the call {call_uuid}.",
            "To report its end anyway, say when it started: --started-at, and --caller.",
        ) from refusal


def _put(session: Session, detail_type: str, detail: dict[str, Any], json: bool) -> None:
    told = {name: value for name, value in detail.items() if value is not None}
    session.place.put_event(detail_type, told)
    if session.wants_json(json):
        output.print_json(told)
        return
    caller = told.get("caller_number") or "an anonymous caller"
    done = f"{detail_type} is on the bus {session.place.event_bus}: {caller}, call "
    session.screen.show_whole(
        Text.assemble(("✓ ", "green"), output.clean(done), (told["call_uuid"], "bold"))
    )
