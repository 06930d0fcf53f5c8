"""The JSON Schemas of the events on the bus: their `detail`."""

from collections.abc import Mapping
from typing import Any

from contract import event_examples
from contract.fragments import E164, UUID, Schema
from shared.domain import call_ids, platform_events, postings
from shared.domain import keys as key_rules
from shared.domain.call_details import MAX_LENGTH
from shared.domain.calls import INBOUND, OUTBOUND, CallEventType, CallStatus
from shared.domain.key_alerts import MIN_DECIDED, Alert

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

CALL_ID: Schema = {
    "anyOf": [
        {"type": "string", "pattern": f"^{call_ids.PATTERN}$"},
        {"type": "integer", "minimum": 100_000, "maximum": 2**53},
    ],
    "description": f"The call's ID: {call_ids.RULE}. A UUID is returned in lower case with "
    "hyphens, any other ID unchanged.",
}
TIMESTAMP: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}"
    "([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
}
_EPOCHS = (
    {"type": "number", "minimum": 946_684_800 * unit, "maximum": 4_102_444_799 * unit}
    for unit in (1, 1_000, 1_000_000, 1_000_000_000)
)
TIME: Schema = {
    "anyOf": [TIMESTAMP, *_EPOCHS],
    "description": "A time with a UTC offset in ISO 8601 or RFC 2822, or seconds, milliseconds, "
    "microseconds or nanoseconds since 1970, between 2000 and 2100.",
}


def documents() -> Mapping[str, Schema]:
    """Return the schemas by the names of their files."""
    return {
        "call-started": _call_event(
            CallEventType.STARTED, [event_examples.STARTED, event_examples.ANONYMOUS]
        ),
        "call-ended": _call_event(CallEventType.ENDED, [event_examples.ENDED]),
        "call-tagged": _call_tagged(),
        "call-ended-announcement": _call_ended_announcement(),
        "caller-forgotten": _caller_forgotten(),
        "key-silent": _key_alert(Alert.SILENT, event_examples.SILENT),
        "key-silent-ended": _key_alert(
            Alert.SILENT_ENDED, event_examples.SILENT | event_examples.SILENCE_ENDED
        ),
        "match-rate-low": _key_alert(Alert.LOW, event_examples.LOW),
        "match-rate-low-ended": _key_alert(
            Alert.LOW_ENDED, event_examples.LOW | event_examples.RECOVERED
        ),
    }


def _document(title: str, description: str, schema: Schema, examples: list[Schema]) -> Schema:
    head = {
        "$schema": _DIALECT,
        "$id": f"urn:call-data-writing:{title.lower().replace(' ', '-')}",
        "title": title,
        "description": description,
    }
    return head | schema | {"examples": examples}


def _call_event(event: CallEventType, examples: list[Schema]) -> Schema:
    members: Schema = {"call_uuid": CALL_ID}
    members["caller_number"] = _optional(
        "The caller's number. If it is null, missing or not a phone number, the caller is "
        "anonymous. A number without a country code is read in the service's default region."
    )
    members["campaign_id"] = _optional("The campaign. Returned in Call Tagged.")
    members["dialed_number"] = _optional(
        "The called side. In an outbound call this is the caller's number: the person outside."
    )
    members["direction"] = {
        "description": f'"{INBOUND}" (default) or "{OUTBOUND}", seen from the platform. Any other '
        "value is treated as missing."
    }
    members["parent_call_uuid"] = {
        "anyOf": [CALL_ID, {"type": "null"}],
        "description": "The call that this is a leg of, such as an agent's phone or a transfer. A "
        "leg is not a call: it gets no tags and ends nothing.",
    }
    members["started_at"] = TIME | {
        "description": f"{TIME['description']} A time more than five minutes "
        "in the future is replaced by the time of the event."
    }
    required = ["call_uuid", "started_at"]
    if event is CallEventType.ENDED:
        members["ended_at"] = TIME
        required.append("ended_at")
    description = (
        f'The `detail` of an event with source "campaign.platform" and detail-type "{event}". '
        "Unknown members are ignored. An optional member with an invalid value is treated as "
        "missing."
    )
    schema = {"type": "object", "required": required, "properties": members}
    return _document(event, description, schema, examples)


def _optional(description: str) -> Schema:
    return {
        "type": ["string", "number", "null"],
        "maxLength": MAX_LENGTH,
        "description": description,
    }


def _caller_forgotten() -> Schema:
    members: Schema = {
        "call_uuids": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "forgotten_at": TIMESTAMP,
    }
    description = (
        f'The `detail` of an event with source "{platform_events.SOURCE}" and detail-type '
        f'"{platform_events.FORGOTTEN_DETAIL_TYPE}": the caller of these calls was forgotten. '
        "Delete the number and the tags of these calls. Delivered at least once for each call."
    )
    schema = {"type": "object", "required": [*members], "properties": members}
    example = {"call_uuids": [UUID], "forgotten_at": "2026-11-23T09:00:00.000Z"}
    return _document(platform_events.FORGOTTEN_DETAIL_TYPE, description, schema, [example])


def call_tagged_members() -> Schema:
    """Return the schema of a call, in events and in responses of the platform API."""
    members: Schema = {
        "call_uuid": {
            "type": "string",
            "description": "The call's ID: a UUID in canonical form, or any other ID unchanged.",
        },
        "caller_number": E164
        | {
            "type": ["string", "null"],
            "description": "The person outside: the caller, or the callee of an outbound call.",
        },
        "campaign_id": {
            "type": ["string", "null"],
            "description": "The campaign, as it was reported.",
        },
        "dialed_number": {
            "type": ["string", "null"],
            "description": "The call's other side, as it was reported.",
        },
        "direction": {
            "type": "string",
            "enum": [INBOUND, OUTBOUND],
            "description": "Who called: inbound if the person outside did.",
        },
        "call_status": {
            "type": "string",
            "enum": [str(status) for status in CallStatus],
            "description": "Whether the call is over, by its end or the longest call's time.",
        },
        "started_at": TIMESTAMP | {"description": "When the call started."},
        "ended_at": {
            "anyOf": [TIMESTAMP, {"type": "null"}],
            "description": "Null until the end of the call is reported.",
        },
        "version": {
            "type": "integer",
            "minimum": 1,
            "description": "Grows with each change, and may skip numbers. Ignore a version that is "
            "not newer than the one you have.",
        },
        "tags": {
            "type": "object",
            "description": "The call's tags: names and values.",
            "propertyNames": {"minLength": 1, "maxLength": postings.MAX_NAME_LENGTH},
            "additionalProperties": {"type": "string", "maxLength": postings.MAX_VALUE_LENGTH},
        },
        "attribution": {
            "type": "object",
            "description": "The source of each tag.",
            "additionalProperties": _attribution(),
        },
        "tags_omitted": {
            "const": True,
            "description": "The tags are too large for the bus. Read them with "
            "GET /calls/{call_uuid} of the operator API.",
        },
    }
    required = [name for name in members if name != "tags_omitted"]
    return {"type": "object", "required": required, "properties": members}


def _call_tagged() -> Schema:
    description = (
        f'The `detail` of an event with source "{platform_events.SOURCE}" and detail-type '
        f'"{platform_events.DETAIL_TYPE}": all current tags of a call. Delivered at least once. '
        "Members may be added: ignore unknown ones."
    )
    omitted: dict[str, Any] = event_examples.UNTAGGED | {"version": 4, "tags_omitted": True}
    examples = [event_examples.TAGGED, event_examples.UNTAGGED, omitted]
    return _document(platform_events.DETAIL_TYPE, description, call_tagged_members(), examples)


def _call_ended_announcement() -> Schema:
    description = (
        f'The `detail` of an event with source "{platform_events.SOURCE}" and detail-type '
        f'"{platform_events.ENDED_DETAIL_TYPE}": a call has ended, and these are its tags. Sent '
        "if the environment announces ends. Delivered at least once, and again if another end "
        "becomes known. Tags that are posted later are sent as Call Tagged. Members may be added."
    )
    title = f"{platform_events.ENDED_DETAIL_TYPE} announcement"
    omitted: dict[str, Any] = event_examples.TAGGED_AT_END | {
        "tags": {},
        "attribution": {},
        "tags_omitted": True,
    }
    return _document(
        title, description, call_tagged_members(), [event_examples.TAGGED_AT_END, omitted]
    )


_MEANINGS = {
    Alert.SILENT: "nothing was posted with a key for as long as its `expects_every`.",
    Alert.SILENT_ENDED: "a silent key was posted with again, or its silence is no longer watched.",
    Alert.LOW: "a key's match rate is below its `match_rate_floor`. It counts the latest 24 hours "
    f"of postings whose storage duration is over, if {MIN_DECIDED} or more have an outcome.",
    Alert.LOW_ENDED: "a key's match rate is at or above its `match_rate_floor` again, or is no "
    "longer watched.",
}


def _key_alert(alert: Alert, example: Mapping[str, Any]) -> Schema:
    optional_timestamp = {"anyOf": [TIMESTAMP, {"type": "null"}]}
    known: dict[str, Schema] = {
        "key_id": {"type": "string"},
        "publisher_id": {"type": "string"},
        "key_name": {"type": "string"},
        "since": TIMESTAMP
        | {"description": "When the condition began. For silence, when a posting was due."},
        "ended_at": TIMESTAMP,
        "last_posted_at": optional_timestamp,
        "expects_every": {"type": ["integer", "null"], "description": "In seconds."},
        "match_rate": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "match_rate_floor": {
            "type": ["number", "null"],
            "minimum": key_rules.MIN_MATCH_RATE_FLOOR,
            "maximum": 1,
        },
        "decided": {"type": "integer", "minimum": 0},
    }
    description = (
        f'The `detail` of an event with source "{platform_events.SOURCE}" and detail-type '
        f'"{alert}": '
        f"{_MEANINGS[alert]} Delivered at least once. Members may be added."
    )
    members = {name: known[name] for name in known if name in example}
    schema = {"type": "object", "required": [*members], "properties": members}
    return _document(alert, description, schema, [dict(example)])


def _attribution() -> Schema:
    described = {
        "publisher_id": "The publisher who posted the tag.",
        "key_id": "The postback key that it was posted with.",
        "posting_id": "The posting. IDs sort by time.",
    }
    members: Schema = {
        name: {"type": "string", "description": description}
        for name, description in described.items()
    }
    members["posted_at"] = TIMESTAMP | {"description": "When it was posted."}
    return {
        "type": "object",
        "description": "The source of a tag.",
        "required": [*members],
        "properties": members,
    }
