"""The schemas of the platform API's document: call reports, calls and callers."""

from collections.abc import Mapping
from typing import Any

from contract import events
from contract.fragments import E164, GATEWAY_MESSAGE, REFUSED, Schema
from functions.platform_api import call_report
from shared.domain.call_details import MAX_LENGTH

_TWILIO_TIME = {
    "type": "string",
    "description": "A time in RFC 2822, as Twilio sends it.",
    "pattern": "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (0[1-9]|1[0-9]|2[0-8]) (Jan|Feb|Mar|Apr|May|Jun|Jul"
    "|Aug|Sep|Oct|Nov|Dec) 20[01][0-9] ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9] [+]0000$",
}


def schemas() -> Schema:
    tagged = events.call_tagged_members()
    tagged["properties"].pop("tags_omitted")
    return {
        "Call": {"type": "object", "properties": _members()},
        "CallWithId": {
            "anyOf": [
                {
                    "type": "object",
                    "required": [call_report.CALL_UUID],
                    "properties": {call_report.CALL_UUID: events.CALL_ID} | _members(),
                },
                _twilio(),
            ]
        },
        "CallTagged": tagged,
        "Caller": _caller(tagged["properties"]),
        "Refused": REFUSED,
        "GatewayMessage": GATEWAY_MESSAGE,
    }


def _members() -> Schema:
    text: Schema = {"type": ["string", "null"], "maxLength": MAX_LENGTH}
    time = {"anyOf": [*events.TIME["anyOf"], {"type": "null"}]}
    return {
        call_report.CALLER_NUMBER: text
        | {"description": "If it is missing or null, the caller is anonymous."},
        call_report.CAMPAIGN_ID: text,
        call_report.DIALED_NUMBER: text,
        call_report.STARTED_AT: time | {"description": "Default: the time of the request."},
        call_report.ENDED_AT: time | {"description": "Reports the end of the call."},
    }


def _twilio() -> Schema:
    status = {"enum": [*call_report.TWILIO_IN_PROGRESS, *call_report.TWILIO_ENDED]}
    return {
        "type": "object",
        "description": "A status callback of Twilio, as Twilio sends it.",
        "required": ["CallSid", "CallStatus"],
        "properties": {
            "CallSid": events.CALL_ID,
            "From": {"type": "string"},
            "To": {"type": "string"},
            "CallStatus": status,
            "Timestamp": _TWILIO_TIME,
            "CallDuration": {"type": "string", "pattern": "^[0-9]{1,5}$"},
        },
    }


def _caller(tagged: Mapping[str, Any]) -> Schema:
    source = tagged["attribution"]["additionalProperties"]
    source_schema = source | {
        "required": [*source["required"], "stored_until"],
        "properties": source["properties"]
        | {"stored_until": events.TIMESTAMP | {"description": "When the tag expires."}},
    }
    call = {
        "type": "object",
        "required": ["call_uuid", "campaign_id", "call_status", "started_at", "ended_at"],
        "properties": {
            "call_uuid": tagged["call_uuid"],
            "campaign_id": tagged["campaign_id"],
            "call_status": tagged["call_status"],
            "started_at": events.TIMESTAMP,
            "ended_at": {"anyOf": [events.TIMESTAMP, {"type": "null"}]},
        },
    }
    return {
        "type": "object",
        "required": ["caller_number", "tags", "attribution", "calls"],
        "properties": {
            "caller_number": E164,
            "tags": tagged["tags"],
            "attribution": tagged["attribution"] | {"additionalProperties": source_schema},
            "calls": {
                "type": "array",
                "description": "Newest first.",
                "items": call,
            },
        },
    }
