"""The schemas of postings and of their answers, as the document of the posting URL has them."""

from contract.fragments import (
    E164,
    GATEWAY_MESSAGE,
    LINES,
    NO_CONTROL_CHARACTERS,
    REFUSED,
    UUID,
    Schema,
    ref,
)
from functions.data_writing import parameters
from shared.domain import call_ids, postings
from shared.domain.postings import Status

_OURS = (parameters.KEY, parameters.CALLER_NUMBER, parameters.CALL_UUID)
"""The parameters that are no tags."""


def schemas() -> Schema:
    return _targets() | _tags() | _bodies() | _answers()


def _targets() -> Schema:
    """Who posts, and whose call is meant."""
    return {
        "Key": {"type": "string", "format": "uuid", "description": "A postback key."},
        "CallerNumber": {
            "type": "string",
            "minLength": 1,
            "description": "A phone number in any usual spelling, best as + followed by country "
            "code and number. Without a plus it must be possible in the key's region, or with a "
            "plus before it. What could be two numbers, or stands for a withheld one, is refused.",
            "examples": ["+15551234567", "15551234567", "5551234567", "(555) 123-4567"],
        },
        "CallUuid": {
            "type": "string",
            "description": f"A call's id: {call_ids.RULE}.",
            "examples": [UUID, "CA0b0e9f5e3f5b4c1e9a535a8a0b6d1f13", "1795421131.42"],
        },
    }


def _tags() -> Schema:
    return {
        "TagName": {
            "type": "string",
            "minLength": 1,
            "maxLength": postings.MAX_NAME_LENGTH,
            "not": {"anyOf": [NO_CONTROL_CHARACTERS["not"], {"enum": [*_OURS]}]},
        },
        "TagValue": _value(),
        "Tags": {
            "type": "object",
            "maxProperties": postings.MAX_TAGS,
            "propertyNames": ref("TagName"),
            "additionalProperties": ref("TagValue"),
        },
    }


def _value() -> Schema:
    return {"type": "string", "maxLength": postings.MAX_VALUE_LENGTH} | LINES


def _bodies() -> Schema:
    return {
        "Form": _body(ref("CallerNumber"), ref("TagValue")),
        "JsonObject": _body(
            {"anyOf": [ref("CallerNumber"), {"type": "integer"}]},
            # An object becomes a tag for each member, a list of values one tag.
            _value() | {"type": ["string", "number", "boolean", "null", "object", "array"]},
        ),
    }


def _body(caller_number: Schema, tag_value: Schema) -> Schema:
    ours = dict(zip(_OURS, (ref("Key"), caller_number, ref("CallUuid")), strict=True))
    return {
        "type": "object",
        "description": "Beside these three, every member is a tag.",
        "maxProperties": postings.MAX_TAGS + len(ours),
        "properties": ours,
        "propertyNames": {"minLength": 1, "maxLength": postings.MAX_NAME_LENGTH}
        | NO_CONTROL_CHARACTERS,
        "additionalProperties": tag_value,
    }


def _answers() -> Schema:
    return {
        "Accepted": {
            "type": "object",
            "required": ["tag_values", "status"],
            "properties": {
                # Without the limits: that they are raised one day is nobody's break.
                "tag_values": {"type": "object", "additionalProperties": {"type": "string"}},
                "caller_number": E164,
                "call_uuid": ref("CallUuid"),
                "status": {"enum": [str(status) for status in Status]},
                "warnings": _warnings(),
            },
            "oneOf": [{"required": ["caller_number"]}, {"required": ["call_uuid"]}],
        },
        "Refused": REFUSED,
        "GatewayMessage": GATEWAY_MESSAGE,
    }


def _warnings() -> Schema:
    return {
        "type": "array",
        "minItems": 1,
        "description": "What was repaired, guessed or left out. Absent where nothing was.",
        "items": {
            "type": "object",
            "required": ["param", "message"],
            "properties": {
                "param": {"type": ["string", "null"]},
                "message": {"type": "string"},
            },
        },
    }
