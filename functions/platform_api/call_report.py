"""Reads a call report: its members by the API's names, or by those of a phone system."""

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
"""All values of CallStatus, by Twilio's documentation of status callbacks and of the Call resource.
`answered` is the name of an event, which some forward as a status."""

_MAX_CALL_SECONDS = 7 * 24 * 60 * 60

_CALLER_NUMBER_LOOKALIKES = frozenset(
    ("ani", "caller", "callerid", "callerphone", "cli", "clid", "from", "fromnumber", "number",
     "phone", "phonenumber")
)  # fmt: skip

Value = TypeVar("Value")


def read(
    members: Mapping[str, Any], call_uuid: str | None, *, default_region: str, now: datetime
) -> Call:
    """Return the reported call. `call_uuid` is the call ID in the path, if there is one.

    Without `started_at` the call started now, or at its end if that is earlier. A caller number
    that cannot be read makes the caller anonymous. Raises InvalidInput with every problem.
    """
    problems: list[Problem] = []
    sent = {name: value for name, value in members.items() if value not in (None, "")}
    if "CallSid" in sent and CALL_UUID not in sent:
        sent = _from_twilio(sent, problems, now)
    identity = _call_id(sent, call_uuid, problems)
    _check_number_name(members, sent, problems)
    started_at = _read(call_details.parse_timestamp, sent, STARTED_AT, problems)
    ended_at = _read(call_details.parse_timestamp, sent, ENDED_AT, problems)
    for name, timestamp in ((STARTED_AT, started_at), (ENDED_AT, ended_at)):
        try:
            call_details.check_not_ahead(name, timestamp, now)
        except InvalidInput as refusal:
            problems += refusal.problems
    if problems or identity is None:
        raise InvalidInput(*problems)
    number = call_details.as_text(sent.get(CALLER_NUMBER))
    return Call(
        call_uuid=identity,
        caller_number=call_details.parse_caller_number(number, default_region),
        campaign_id=call_details.text_or_none(sent.get(CAMPAIGN_ID)),
        dialed_number=call_details.text_or_none(sent.get(DIALED_NUMBER)),
        started_at=started_at or min(now, ended_at or now),
        ended_at=ended_at,
    )


def _read(
    parse: Callable[[Any], Value], sent: Mapping[str, Any], name: str, problems: list[Problem]
) -> Value | None:
    """Return a member's value; None if it was not sent, or is invalid and added to `problems`."""
    if name not in sent:
        return None
    try:
        return parse(sent[name])
    except ValueError as error:
        problems.append(Problem(name, str(error)))
        return None


def _call_id(sent: Mapping[str, Any], call_uuid: str | None, problems: list[Problem]) -> str | None:
    in_body = _read(call_details.parse_call_id, sent, CALL_UUID, problems)
    if call_uuid is None:
        if CALL_UUID not in sent:
            problems.append(Problem(CALL_UUID, "is required; send the call ID in path or body"))
        return in_body
    in_path = _read(call_details.parse_call_id, {CALL_UUID: call_uuid}, CALL_UUID, problems)
    if in_body and in_path and in_body != in_path:
        problems.append(Problem(CALL_UUID, "differs from the call ID in the path"))
    return in_path


def _check_number_name(
    members: Mapping[str, Any], sent: Mapping[str, Any], problems: list[Problem]
) -> None:
    """Refuse a misspelled caller_number: without one the caller would count as anonymous."""
    if CALLER_NUMBER in members or CALLER_NUMBER in sent:
        return
    for name in sent:
        if "".join(filter(str.isalpha, name.lower())) in _CALLER_NUMBER_LOOKALIKES:
            message = f"is missing, but {name} was sent; rename it to {CALLER_NUMBER}"
            problems.append(Problem(CALLER_NUMBER, message))
            return


def _from_twilio(sent: Mapping[str, Any], problems: list[Problem], now: datetime) -> dict[str, Any]:
    """Return the members of a Twilio status callback, by the API's names."""
    names = {"CallSid": CALL_UUID, "From": CALLER_NUMBER, "To": DIALED_NUMBER}
    report = {member: sent[theirs] for theirs, member in names.items() if theirs in sent}
    report.setdefault(CALLER_NUMBER, None)
    timestamp = _read(call_details.parse_timestamp, sent, "Timestamp", problems) or now
    status = str(sent.get("CallStatus", "")).lower()
    if status in TWILIO_ENDED:
        duration = _read(_seconds, sent, "CallDuration", problems) or timedelta(0)
        return report | {
            STARTED_AT: (timestamp - duration).isoformat(),
            ENDED_AT: timestamp.isoformat(),
        }
    if status not in TWILIO_IN_PROGRESS:
        known = ", ".join((*TWILIO_IN_PROGRESS, *TWILIO_ENDED))
        problems.append(Problem("CallStatus", f"must be one of {known}"))
    return report | {STARTED_AT: timestamp.isoformat()}


def _seconds(value: object) -> timedelta:
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal() and int(text) <= _MAX_CALL_SECONDS):
        raise ValueError("must be the call's duration in whole seconds")
    return timedelta(seconds=int(text))
