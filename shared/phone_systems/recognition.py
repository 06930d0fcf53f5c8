"""Chooses the phone system that a body comes from, by members that only this system has.

The system's module is loaded when its first body arrives, so that no cold start waits for it.
"""

from collections.abc import Mapping, Set
from importlib import import_module
from typing import Any, cast

from shared.domain.call_reports import CallReport, Ignored

ID_MEMBERS = (
    "CallSid", "CallUUID", "callId", "call_sid", "conversation_uuid", "call_session_id",
    "call_leg_id", "call_control_id", "contactId", "ContactId", "conversationId", "uniqueid",
    "linkedid", "Unique-ID", "call_id", "callid", "CallId", "uuid", "session_id", "sessionId",
)  # fmt: skip
"""Names under which phone systems send the call's ID, to say in an error which one was sent."""
_OF_TWILIO = frozenset(
    ("CallStatus", "ConferenceSid", "MessageSid", "RecordingSid", "SmsSid", "TranscriptionSid")
)
"""Members of Twilio's callbacks, of which those about no single call have no CallSid."""


def read(members: Mapping[str, Any]) -> CallReport | Ignored | None:
    """Read a body as the report of a phone system. Returns None for a plain report.

    Raises ValueError for a value that the system does not have, with a message that names it.
    """
    body = _without_envelope(members)
    name = system_of(body)
    if name is None:
        return None
    system = import_module(f"shared.phone_systems.{name}")
    return cast("CallReport | Ignored", system.read(body))


def system_of(members: Mapping[str, Any]) -> str | None:
    """Return the module of the system that sends such members; None for a plain report."""
    names = members.keys()
    # A sender that uses our own name for the ID knows our members. Vonage uses it too, in some of
    # the events that are not about a call's start or end.
    if members.get("call_uuid") and ("conversation_uuid" not in names or "caller_number" in names):
        return None
    return _by_nested_members(members) or _by_names(names)


def _by_nested_members(members: Mapping[str, Any]) -> str | None:
    def has_mapping(name: str) -> bool:
        return isinstance(members.get(name), Mapping)

    event_type = str(members.get("event_type", ""))
    if (has_mapping("data") and _has_telnyx_event(members["data"])) or _has_telnyx_event(members):
        return "telnyx"
    if event_type.startswith("calling.") or (has_mapping("call") and "call_id" in members["call"]):
        return "signalwire"
    if has_mapping("Details") and isinstance(members["Details"].get("ContactData"), Mapping):
        return "amazon_connect"
    if has_mapping("eventBody") and "conversationId" in members["eventBody"]:
        return "genesys"
    if has_mapping("variables") and {"core-uuid", "callflow", "channel_data"} & members.keys():
        return "freeswitch"
    return None


def _has_telnyx_event(members: Mapping[str, Any]) -> bool:
    return "event_type" in members and isinstance(members.get("payload"), Mapping)


def _by_names(names: Set[str]) -> str | None:
    if {"CallSid", "ParentCallSid"} & names or ("AccountSid" in names and _OF_TWILIO & names):
        is_texml = {"CallSidLegacy", "CallInitiatedAt", "CallControlId", "ConnectionId"} & names
        return "telnyx" if is_texml else "twilio"
    if {"conversation_uuid", "conversation_uuid_from"} & names:
        return "vonage"
    if {"CallUUID", "ALegUUID", "DialALegUUID", "DialBLegUUID", "DialBLegHangupCause"} & names:
        return "plivo"
    if "eventType" in names and {"callId", "conferenceId", "callUrl"} & names:
        return "bandwidth"
    if {"eventType", "EventType"} & names and {"contactId", "ContactId"} & names:
        return "amazon_connect"
    if {"call_sid", "parent_call_sid"} & names:
        return "jambonz"
    if len({"conversationId", "participantId", "mediaType"} & names) > 1:
        return "genesys"
    return None


def _without_envelope(members: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the detail of an EventBridge event that was sent over HTTP as it is, or the data of a
    message that jambonz sends by WebSocket."""
    source, detail, data = (members.get(name) for name in ("source", "detail", "data"))
    if isinstance(source, str) and source.startswith("aws.") and isinstance(detail, Mapping):
        return detail
    if "type" in members and isinstance(data, Mapping) and "call_sid" in data:
        return data
    return members
