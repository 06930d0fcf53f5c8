"""JSON Schemas of what is said on the event bus: the members `detail` of the events."""

from collections.abc import Mapping
from typing import Any

from contract.fragments import E164, UUID, Schema
from functions.key_watch import schemas as key_watch
from shared.domain import call_ids, call_tagged, postings
from shared.domain import keys as key_rules
from shared.domain.call_details import MAX_LENGTH
from shared.domain.calls import CallEventType, CallStatus
from shared.domain.key_alerts import MIN_DECIDED, Alert

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

CALL_ID: Schema = {
    "anyOf": [
        {"type": "string", "pattern": f"^{call_ids.PATTERN}$"},
        {"type": "integer", "minimum": 100_000, "maximum": 2**53},
    ],
    "description": f"The call's id: {call_ids.RULE}. A UUID is told back with hyphens and in "
    "lower-case letters, any other id as it stands.",
}
MOMENT_TOLD: Schema = {
    "type": "string",
    "format": "date-time",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}"
    "([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
}
_EPOCHS = (
    {"type": "number", "minimum": 946_684_800 * unit, "maximum": 4_102_444_799 * unit}
    for unit in (1, 1_000, 1_000_000)
)
MOMENT: Schema = {
    "anyOf": [MOMENT_TOLD, *_EPOCHS],
    "description": "A time with its offset from UTC, or an epoch in seconds, milliseconds or "
    "microseconds between 2000 and 2100. RFC 2822 is read as well.",
}
_STARTED = {
    "call_uuid": UUID,
    "caller_number": "+15551234567",
    "campaign_id": "c-42",
    "dialed_number": "+18005550100",
    "started_at": "2026-11-23T08:05:31.656Z",
}
_ENDED = _STARTED | {"ended_at": "2026-11-23T08:09:11.020Z"}
_ANONYMOUS = {
    "call_uuid": "5a4e5a8e-0a51-4b0f-9a11-6d52f9f0e3c7",
    "caller_number": None,
    "started_at": "2026-11-23T08:05:31.656Z",
}
TAGGED = {
    "call_uuid": UUID,
    "caller_number": "+15551234567",
    "campaign_id": "c-42",
    "call_status": CallStatus.IN_PROGRESS,
    "version": 3,
    "tags": {"age": "39"},
    "attribution": {
        "age": {
            "publisher_id": "pub_k5pqr7wlt2ya",
            "key_id": "pbk_b3x6m2c7hqod",
            "posting_id": "1795507498120-GZ0WXhTNoAMEJxA=",
            "posted_at": "2026-11-23T08:04:58.120Z",
        }
    },
}
UNTAGGED = TAGGED | {"campaign_id": None, "version": 1, "tags": {}, "attribution": {}}


_OF_A_KEY = {
    "key_id": "pbk_b3x6m2c7hqod",
    "publisher_id": "pub_k5pqr7wlt2ya",
    "key_name": "Landing page",
    "since": "2026-11-23T10:04:58.120Z",
}
_SILENT = _OF_A_KEY | {"last_posted_at": "2026-11-23T08:04:58.120Z", "expects_every": 7200}
_SPOKEN = {"last_posted_at": "2026-11-23T11:00:07.000Z", "ended_at": "2026-11-23T11:05:00.000Z"}
_LOW = _OF_A_KEY | {"match_rate": 0.31, "match_rate_floor": 0.4, "decided": 212}
_RISEN = {"match_rate": 0.52, "ended_at": "2026-11-24T11:05:00.000Z"}


def documents() -> Mapping[str, Schema]:
    """By the names of their files."""
    return {
        "call-started": _call_event(CallEventType.STARTED, [_STARTED, _ANONYMOUS]),
        "call-ended": _call_event(CallEventType.ENDED, [_ENDED]),
        "call-tagged": _call_tagged(),
        "caller-forgotten": _caller_forgotten(),
        "key-silent": _of_a_key(Alert.SILENT, _SILENT),
        "key-silent-ended": _of_a_key(Alert.SILENT_ENDED, _SILENT | _SPOKEN),
        "match-rate-low": _of_a_key(Alert.LOW, _LOW),
        "match-rate-low-ended": _of_a_key(Alert.LOW_ENDED, _LOW | _RISEN),
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
    about: Schema = {"call_uuid": CALL_ID}
    about["caller_number"] = _optional(
        "Who called. Null, missing or unreadable: an anonymous caller. A number without a "
        "country code is read as one of the service's default region."
    )
    about["campaign_id"] = _optional("Told again in Call Tagged.")
    about["dialed_number"] = _optional("Shown to operators.")
    about["started_at"] = MOMENT | {
        "description": f"{MOMENT['description']} At most a day ahead of the service's clock."
    }
    required = ["call_uuid", "started_at"]
    if event is CallEventType.ENDED:
        about["ended_at"] = MOMENT
        required.append("ended_at")
    description = (
        f'The member `detail` of the event with source "campaign.platform" and detail-type '
        f'"{event}". Members that are not described here are ignored. What is wrong with a member '
        "that is not required makes it one that is missing."
    )
    schema = {"type": "object", "required": required, "properties": about}
    return _document(event, description, schema, examples)


def _optional(description: str) -> Schema:
    return {
        "type": ["string", "number", "null"],
        "maxLength": MAX_LENGTH,
        "description": description,
    }


def _caller_forgotten() -> Schema:
    about: Schema = {
        "call_uuids": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "forgotten_at": MOMENT_TOLD,
    }
    description = (
        f'The member `detail` of the event with source "{call_tagged.SOURCE}" and detail-type '
        f'"{call_tagged.FORGOTTEN_DETAIL_TYPE}": the caller of these calls was forgotten. Erase '
        "the number and the tags that you have of them. It comes at least once, for each call."
    )
    schema = {"type": "object", "required": [*about], "properties": about}
    example = {"call_uuids": [UUID], "forgotten_at": "2026-11-23T09:00:00.000Z"}
    return _document(call_tagged.FORGOTTEN_DETAIL_TYPE, description, schema, [example])


def call_tagged_members() -> Schema:
    """What the platform is told of a call, whichever way."""
    about: Schema = {
        "call_uuid": {
            "type": "string",
            "description": "As it was told: a UUID in its canonical form, or another id as it was.",
        },
        "caller_number": E164 | {"type": ["string", "null"]},
        "campaign_id": {"type": ["string", "null"]},
        "call_status": {"enum": [str(status) for status in CallStatus]},
        "version": {
            "type": "integer",
            "minimum": 1,
            "description": "Only grows, and may skip numbers: drop what is not newer than what "
            "you have.",
        },
        "tags": {
            "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": postings.MAX_NAME_LENGTH},
            "additionalProperties": {"type": "string", "maxLength": postings.MAX_VALUE_LENGTH},
        },
        "attribution": {
            "type": "object",
            "description": "For each tag, where it came from.",
            "additionalProperties": _attribution(),
        },
        "tags_omitted": {
            "const": True,
            "description": "The tags are more than an event can carry: read them at "
            "GET /calls/{call_uuid} of the operator API.",
        },
    }
    required = [name for name in about if name != "tags_omitted"]
    return {"type": "object", "required": required, "properties": about}


def _call_tagged() -> Schema:
    description = (
        f'The member `detail` of the event with source "{call_tagged.SOURCE}" and detail-type '
        f'"{call_tagged.DETAIL_TYPE}": all tags of a call as they stand. It comes at least once. '
        "Members may be added; ignore those that you do not know."
    )
    omitted: dict[str, Any] = UNTAGGED | {"version": 4, "tags_omitted": True}
    examples = [TAGGED, UNTAGGED, omitted]
    return _document(call_tagged.DETAIL_TYPE, description, call_tagged_members(), examples)


_MEANINGS = {
    Alert.SILENT: "nothing was posted with a key for as long as its `expects_every`.",
    Alert.SILENT_ENDED: "a silent key was posted with again, or is no longer watched for silence.",
    Alert.LOW: "too few of a key's postings met a call: of those posted within 24 hours, the "
    f"latest of which none waits any more, if {MIN_DECIDED} or more were decided.",
    Alert.LOW_ENDED: "enough of a key's postings met a call again, or it is no longer watched for "
    "that.",
}


def _of_a_key(alert: Alert, example: Mapping[str, Any]) -> Schema:
    optional_moment = {"anyOf": [MOMENT_TOLD, {"type": "null"}]}
    known: dict[str, Schema] = {
        "key_id": {"type": "string"},
        "publisher_id": {"type": "string"},
        "key_name": {"type": "string"},
        "since": MOMENT_TOLD
        | {"description": "When it began: for silence, when a posting was due."},
        "ended_at": MOMENT_TOLD,
        "last_posted_at": optional_moment,
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
        f'The member `detail` of the event with source "{key_watch.SOURCE}" and detail-type '
        f'"{alert}": {_MEANINGS[alert]} It comes at least once. Members may be added.'
    )
    about = {name: known[name] for name in known if name in example}
    schema = {"type": "object", "required": [*about], "properties": about}
    return _document(alert, description, schema, [dict(example)])


def _attribution() -> Schema:
    names = ("publisher_id", "key_id", "posting_id")
    return {
        "type": "object",
        "required": [*names, "posted_at"],
        "properties": {name: {"type": "string"} for name in names} | {"posted_at": MOMENT_TOLD},
    }
