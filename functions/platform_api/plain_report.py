"""Reads a report by the API's own member names, and members whose names nearly are those."""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_details import as_text
from shared.domain.call_reports import CallReport, Direction
from shared.domain.errors import InvalidInput, Problem
from shared.domain.postings import shown_name

CALL_UUID, CALLER_NUMBER = "call_uuid", "caller_number"
CAMPAIGN_ID, DIALED_NUMBER = "campaign_id", "dialed_number"
STARTED_AT, ENDED_AT = "started_at", "ended_at"
DIRECTION, PARENT_CALL_UUID = "direction", "parent_call_uuid"

MEMBERS = (
    CALL_UUID, CALLER_NUMBER, CAMPAIGN_ID, DIALED_NUMBER, STARTED_AT, ENDED_AT, DIRECTION,
    PARENT_CALL_UUID,
)  # fmt: skip

_DIRECTIONS = {
    "inbound": Direction.INBOUND,
    "incoming": Direction.INBOUND,
    "in": Direction.INBOUND,
    "outbound": Direction.OUTBOUND,
    "outgoing": Direction.OUTBOUND,
    "out": Direction.OUTBOUND,
}
_STATUS_NAMES = frozenset(("status", "callstatus", "state", "callstate", "event"))
_OVER = frozenset(
    ("busy", "canceled", "cancelled", "completed", "disconnected", "ended", "failed", "finished",
     "hangup", "noanswer", "terminated")
)  # fmt: skip

_PARENT_NAMES = frozenset(("aleguuid", "parentcallid", "parentcallsid", "parentid"))
_ASTERISK_ID = "uniqueid"
_FOLDED = {member.replace("_", ""): member for member in MEMBERS}

READ_FROM = "was read from {}; rename it to {}"


def read(
    members: Mapping[str, Any], in_path: str | None, warnings: list[Problem]
) -> tuple[CallReport, frozenset[str]]:
    """Return the report, and the names of the members that it was read from.

    Adds to `warnings`. Raises InvalidInput for a caller's number, or an ID, under another name:
    without them the caller would count as anonymous, or the call as another one.
    """
    sent = {name: value for name, value in members.items() if value not in (None, "")}
    misspelled = _near_misses(sent, warnings)
    values = {name: sent[name] for name in MEMBERS if name in sent}
    values |= {member: sent[name] for name, member in misspelled.items()}
    _check_caller(members, sent, values)
    _check_id(sent, values, in_path)
    _warn_of_status(sent, values, warnings)
    _warn_of_parent(sent, values, warnings)
    _add_offsets(sent, values, in_path, warnings)
    direction = read_direction(values.get(DIRECTION), warnings)
    if direction is Direction.OUTBOUND and DIALED_NUMBER not in values and CALLER_NUMBER in values:
        message = f"is the only number of an outbound call, so it was read as {DIALED_NUMBER}"
        warnings.append(Problem(CALLER_NUMBER, message))
        values[DIALED_NUMBER] = values.pop(CALLER_NUMBER)
    return CallReport(**(values | {DIRECTION: direction})), frozenset((*MEMBERS, *misspelled))


def near(name: str) -> str | None:
    """Return the member whose name this is, or nearly is."""
    return _FOLDED.get(fold(name))


def fold(name: str) -> str:
    """Return a name without what phone systems and languages spell differently."""
    return name.lower().translate({ord(c): None for c in "_-."})


def _near_misses(sent: Mapping[str, Any], warnings: list[Problem]) -> dict[str, str]:
    """Return the names that differ from a member's by case, `_`, `-` or `.` only, by member."""
    found: dict[str, str] = {}
    for name in sent:
        member = near(name)
        if member and member not in sent and member not in found.values():
            found[name] = member
            warnings.append(Problem(member, READ_FROM.format(shown_name(name), member)))
    return found


def _check_caller(
    members: Mapping[str, Any], sent: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    if CALLER_NUMBER in members or CALLER_NUMBER in values:
        return
    from shared.domain import caller_names  # noqa: PLC0415  # most reports have a caller

    for name in sent:
        if caller_names.is_caller(name):
            message = f"is missing, but {shown_name(name)} was sent; rename it to {CALLER_NUMBER}"
            raise InvalidInput(Problem(CALLER_NUMBER, message))


def _check_id(sent: Mapping[str, Any], values: Mapping[str, Any], in_path: str | None) -> None:
    if in_path or CALL_UUID in values:
        return
    # Loaded for an error only.
    from shared.phone_systems.recognition import ID_MEMBERS  # noqa: PLC0415

    for name in ID_MEMBERS:
        if name in sent:
            message = f"{name} was sent; send the call's ID as {CALL_UUID}"
            raise InvalidInput(Problem(CALL_UUID, message))


def _warn_of_status(
    sent: Mapping[str, Any], values: Mapping[str, Any], warnings: list[Problem]
) -> None:
    """Warn of a status that says that the call is over. It is not read as an end: it may be that of
    something else, such as a leg or a recording."""
    if ENDED_AT in values:
        return
    for name, value in sent.items():
        if fold(name) in _STATUS_NAMES and fold(str(value)) in _OVER:
            message = f"does not end the call; send {ENDED_AT}, the time when it ended"
            warnings.append(Problem(shown_name(name), message))


def _warn_of_parent(
    sent: Mapping[str, Any], values: Mapping[str, Any], warnings: list[Problem]
) -> None:
    """Warn of a parent call under a phone system's name, without which a leg is read as a call."""
    if PARENT_CALL_UUID in values:
        return
    for name in sent:
        if fold(name) in _PARENT_NAMES:
            message = (
                f"is not read, so this call is not read as a leg; rename it to {PARENT_CALL_UUID}"
            )
            warnings.append(Problem(shown_name(name), message))


def _add_offsets(
    sent: Mapping[str, Any],
    values: dict[str, Any],
    in_path: str | None,
    warnings: list[Problem],
) -> None:
    """Add the UTC offset that the ID of an Asterisk channel shows to times without one."""
    shown_by = sent.get(_ASTERISK_ID) or values.get(CALL_UUID) or in_path
    if not isinstance(values.get(STARTED_AT), str) or "." not in str(shown_by):
        return
    from shared.domain import local_times  # noqa: PLC0415

    zone = local_times.offset(values[STARTED_AT], shown_by)
    if zone is None:
        return
    for name in (STARTED_AT, ENDED_AT):
        if with_offset := local_times.with_offset(values.get(name), zone):
            values[name] = with_offset
            message = f"has no UTC offset; {with_offset[-6:]} was used, as the call's ID shows"
            warnings.append(Problem(name, message))


def read_direction(value: object, warnings: list[Problem]) -> Direction:
    """Return the direction under any of its usual names; an unknown one is inbound. Adds to
    `warnings`."""
    if value is None:
        return Direction.INBOUND
    text = (as_text(value) or "").strip().lower()
    direction = _DIRECTIONS.get(text)
    if direction is None:
        message = "is neither inbound nor outbound; it was ignored, so the call is inbound"
        warnings.append(Problem(DIRECTION, message))
        return Direction.INBOUND
    if text != direction:
        warnings.append(Problem(DIRECTION, f"was read as {direction}; send {direction}"))
    return direction
