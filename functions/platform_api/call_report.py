"""What a body tells of a call: its members by our names, or as a phone system names them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from shared.domain import call_details
from shared.domain.calls import Call
from shared.domain.errors import InvalidInput, Problem

CALL_UUID, CALLER_NUMBER = "call_uuid", "caller_number"
CAMPAIGN_ID, DIALED_NUMBER = "campaign_id", "dialed_number"
STARTED_AT, ENDED_AT = "started_at", "ended_at"

TWILIO_IN_PROGRESS = ("queued", "initiated", "ringing", "in-progress", "answered")
TWILIO_ENDED = ("completed", "busy", "failed", "no-answer", "canceled")
"""All values of CallStatus (Twilio's documentation of status callbacks and of the Call resource;
`answered` is the name of the event, which some send on)."""

_LONGEST_CALL_SECONDS = 7 * 24 * 60 * 60

_LIKE_CALLER_NUMBER = frozenset(
    ("ani", "caller", "callerid", "callerphone", "cli", "clid", "from", "fromnumber", "number",
     "phone", "phonenumber")
)  # fmt: skip

Value = TypeVar("Value")


def read(
    members: Mapping[str, Any], call_uuid: str | None, *, default_region: str, now: datetime
) -> Call:
    """The call as it is told of; `call_uuid` is its id where the path has it.

    Without `started_at` it started now, or if it has ended, then. A number that cannot be read is
    an anonymous caller's. Raises InvalidInput, with all that is wrong.
    """
    problems: list[Problem] = []
    told = {name: value for name, value in members.items() if value not in (None, "")}
    if "CallSid" in told and CALL_UUID not in told:
        told = _from_twilio(told, problems, now)
    identity = _identity(told, call_uuid, problems)
    _note_misnamed_number(members, told, problems)
    started_at = _read(call_details.parse_timestamp, told, STARTED_AT, problems)
    ended_at = _read(call_details.parse_timestamp, told, ENDED_AT, problems)
    for name, moment in ((STARTED_AT, started_at), (ENDED_AT, ended_at)):
        try:
            call_details.check_not_ahead(name, moment, now)
        except InvalidInput as refusal:
            problems += refusal.problems
    if problems or identity is None:
        raise InvalidInput(*problems)
    number = call_details.as_text(told.get(CALLER_NUMBER))
    return Call(
        call_uuid=identity,
        caller_number=call_details.parse_caller_number(number, default_region),
        campaign_id=call_details.text_or_none(told.get(CAMPAIGN_ID)),
        dialed_number=call_details.text_or_none(told.get(DIALED_NUMBER)),
        started_at=started_at or min(now, ended_at or now),
        ended_at=ended_at,
    )


def _read(
    read: Callable[[Any], Value], told: Mapping[str, Any], name: str, problems: list[Problem]
) -> Value | None:
    """A member, if it is told of; what is wrong with it is noted."""
    if name not in told:
        return None
    try:
        return read(told[name])
    except ValueError as error:
        problems.append(Problem(name, str(error)))
        return None


def _identity(
    told: Mapping[str, Any], call_uuid: str | None, problems: list[Problem]
) -> str | None:
    in_body = _read(call_details.parse_call_id, told, CALL_UUID, problems)
    if call_uuid is None:
        if CALL_UUID not in told:
            problems.append(Problem(CALL_UUID, "is missing: send the call's id in path or body"))
        return in_body
    in_path = _read(call_details.parse_call_id, {CALL_UUID: call_uuid}, CALL_UUID, problems)
    if in_body and in_path and in_body != in_path:
        problems.append(Problem(CALL_UUID, "in the body is another than in the path; send one"))
    return in_path


def _note_misnamed_number(
    members: Mapping[str, Any], told: Mapping[str, Any], problems: list[Problem]
) -> None:
    """An anonymous caller is told by leaving the number out, and so would be a misspelt name."""
    if CALLER_NUMBER in members or CALLER_NUMBER in told:
        return
    for name in told:
        if "".join(filter(str.isalpha, name.lower())) in _LIKE_CALLER_NUMBER:
            message = f"is missing, and {name} was sent: name it {CALLER_NUMBER}"
            problems.append(Problem(CALLER_NUMBER, message))
            return


def _from_twilio(sent: Mapping[str, Any], problems: list[Problem], now: datetime) -> dict[str, Any]:
    """The members of a Twilio status callback, by our names."""
    names = {"CallSid": CALL_UUID, "From": CALLER_NUMBER, "To": DIALED_NUMBER}
    told = {ours: sent[theirs] for theirs, ours in names.items() if theirs in sent}
    told.setdefault(CALLER_NUMBER, None)
    moment = _read(call_details.parse_timestamp, sent, "Timestamp", problems) or now
    status = str(sent.get("CallStatus", "")).lower()
    if status in TWILIO_ENDED:
        duration = _read(_seconds, sent, "CallDuration", problems) or timedelta(0)
        return told | {
            STARTED_AT: (moment - duration).isoformat(),
            ENDED_AT: moment.isoformat(),
        }
    if status not in TWILIO_IN_PROGRESS:
        known = ", ".join((*TWILIO_IN_PROGRESS, *TWILIO_ENDED))
        problems.append(Problem("CallStatus", f"must be one of {known}"))
    return told | {STARTED_AT: moment.isoformat()}


def _seconds(value: object) -> timedelta:
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal() and int(text) <= _LONGEST_CALL_SECONDS):
        raise ValueError("must be the call's length in whole seconds")
    return timedelta(seconds=int(text))
