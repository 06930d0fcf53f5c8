"""The schemas of the platform API's document: call reports, calls and callers."""

from collections.abc import Mapping
from typing import Any

from contract import events
from contract.fragments import E164, GATEWAY_MESSAGE, REFUSED, Schema
from functions.platform_api import plain_report
from shared.domain.call_details import MAX_LENGTH
from shared.phone_systems import twilio

_TEXT: Schema = {"type": ["string", "number", "null"]}
_TIME: Schema = {"type": ["string", "number", "null"]}
_TIME_RULE = (
    "ISO 8601 or RFC 2822 with a UTC offset, or seconds, milliseconds, microseconds or "
    "nanoseconds since 1970. A time more than five minutes in the future is replaced by the time "
    "of the request."
)


def schemas() -> Schema:
    tagged = events.call_tagged_members()
    tagged["properties"]["tags_omitted"] = {
        "type": "boolean",
        "const": True,
        "description": "Only if the platform key lacks the scope `read`: then the response has no "
        "tags, and only numbers and a campaign that the report has itself.",
    }
    tagged["properties"]["tags_incomplete"] = {
        "type": "boolean",
        "const": True,
        "description": "More postings wait for the call than could be applied in time. The next "
        "`Call Tagged` has all tags, and so has the response to the same report a little later.",
    }
    tagged["properties"]["warnings"] = _warnings()
    return {
        "Call": {
            "type": "object",
            "description": "A report of the call in the path. Unknown members are ignored.",
            "properties": {plain_report.CALL_UUID: _call_id()} | _members(),
        },
        "CallWithId": _with_id("A report"),
        # Generated clients choose the content type by the class of the body.
        "CallForm": _with_id("A report as a form"),
        "Leg": {
            "type": "object",
            "description": "A report of a leg of another call, or of one that says nothing about a "
            "call's start or end: it is ignored.",
            "required": [plain_report.PARENT_CALL_UUID],
            "properties": {plain_report.CALL_UUID: _call_id()} | _members(),
        },
        "CallTagged": tagged,
        "CallIgnored": _ignored(),
        "Caller": _caller(tagged["properties"]),
        "Refused": REFUSED,
        "GatewayMessage": GATEWAY_MESSAGE,
    }


def _with_id(what: str) -> Schema:
    return {
        "type": "object",
        "description": f"{what} with `call_uuid`, or the webhook of a phone system, unchanged "
        "(such as Twilio's status callback, which has `CallSid`).",
        "properties": {plain_report.CALL_UUID: _call_id()} | _members() | _twilio(),
    }


def _call_id() -> Schema:
    return {
        "type": ["string", "integer", "null"],
        "description": events.CALL_ID["description"],
    }


def _members() -> Schema:
    return {
        plain_report.CALLER_NUMBER: _TEXT
        | {
            "description": "The calling side. Without it, or if it is not a phone number, the "
            "caller is anonymous."
        },
        plain_report.CAMPAIGN_ID: _TEXT
        | {"description": f"The campaign. Ignored beyond {MAX_LENGTH} characters."},
        plain_report.DIALED_NUMBER: _TEXT
        | {"description": "The called side. It is the caller of an outbound call."},
        plain_report.STARTED_AT: _TIME
        | {"description": f"When the call started. Default: the time of the request. {_TIME_RULE}"},
        plain_report.ENDED_AT: _TIME
        | {"description": f"Reports the end of the call. {_TIME_RULE}"},
        plain_report.DIRECTION: {
            "type": ["string", "null"],
            "description": "`inbound` (default) or `outbound`, seen from the platform.",
            "examples": ["inbound"],
        },
        plain_report.PARENT_CALL_UUID: {
            "type": ["string", "integer", "null"],
            "description": "The call that this one is a leg of, such as an agent's phone. A leg is "
            "never a call: its report is ignored.",
        },
    }


def _twilio() -> Schema:
    statuses = ", ".join((*twilio.IN_PROGRESS, *twilio.OVER))
    described = {
        "CallSid": "Twilio's call ID.",
        "ParentCallSid": "The call that this one is a leg of.",
        "From": "The calling side.",
        "To": "The called side.",
        "Direction": "Twilio's direction, such as inbound or outbound-api.",
        "CallStatus": f"One of {statuses}.",
        "Timestamp": "The time of the event, in RFC 2822.",
        "CallDuration": "The call's length in seconds, at its end.",
    }
    return {
        name: {"type": ["string", "number", "null"], "description": description}
        for name, description in described.items()
    }


def _warnings() -> Schema:
    warning = {
        "type": "object",
        "description": "What was read differently from what was sent, or was left out.",
        "required": ["param", "message"],
        "properties": {
            "param": {
                "type": ["string", "null"],
                "description": "The member. Null if it is about the whole request.",
            },
            "message": {
                "type": "string",
                "description": "What was read, and what to send instead.",
                "minLength": 1,
            },
        },
    }
    return {
        "type": "array",
        "description": "Only if there is one.",
        "minItems": 1,
        "items": warning,
    }


def _ignored() -> Schema:
    return {
        "type": "object",
        "description": "The report neither starts nor ends a call. Nothing has to be done.",
        "required": ["status", "reason", "call_uuid"],
        "properties": {
            "status": {"type": "string", "const": "ignored", "description": "Always `ignored`."},
            "reason": {
                "type": "string",
                "description": "Why it is ignored, such as `leg of call …`.",
                "minLength": 1,
            },
            "call_uuid": {
                "type": ["string", "null"],
                "description": "The call ID that was sent, if there is one.",
            },
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
        "description": "One of the caller's calls.",
        "required": ["call_uuid", "campaign_id", "call_status", "started_at", "ended_at"],
        "properties": {
            "call_uuid": tagged["call_uuid"],
            "campaign_id": tagged["campaign_id"],
            "call_status": tagged["call_status"],
            "started_at": events.TIMESTAMP | {"description": "When the call started."},
            "ended_at": {
                "anyOf": [events.TIMESTAMP, {"type": "null"}],
                "description": "When it ended; null while it is in progress.",
            },
        },
    }
    return {
        "type": "object",
        "description": "A caller's pending tags and latest calls.",
        "required": ["caller_number", "tags", "attribution", "calls"],
        "properties": {
            "caller_number": E164 | {"description": "The caller's number in E.164."},
            "tags": tagged["tags"],
            "attribution": tagged["attribution"] | {"additionalProperties": source_schema},
            "calls": {
                "type": "array",
                "description": "Newest first.",
                "items": call,
            },
        },
    }
