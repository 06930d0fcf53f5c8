"""The schemas of postings and their responses, in the document of the posting URL."""

from contract.fragments import (
    E164,
    GATEWAY_MESSAGE,
    MULTILINE,
    NO_CONTROL_CHARACTERS,
    REFUSED,
    UUID,
    Schema,
    ref,
)
from functions.data_writing import parameters
from shared.domain import call_ids, postings
from shared.domain.postings import Status

_RESERVED = (parameters.KEY, parameters.CALLER_NUMBER, parameters.CALL_UUID)
"""Parameter names that are never tags."""


def schemas() -> Schema:
    return _targets() | _tags() | _bodies() | _responses()


def _targets() -> Schema:
    """Return the schemas of the key, the caller number and the call ID."""
    return {
        "Key": {"type": "string", "format": "uuid", "description": "A postback key."},
        "CallerNumber": {
            "type": "string",
            "minLength": 1,
            "description": "A phone number in any usual format, preferably + followed by country "
            "code and number. Without a plus, it must be possible in the key's region, or with a "
            "plus before it. Ambiguous numbers and those that mean a withheld number are refused.",
            "examples": ["+15551234567", "15551234567", "5551234567", "(555) 123-4567"],
        },
        "CallUuid": {
            "type": "string",
            "description": f"A call ID: {call_ids.RULE}.",
            "examples": [UUID, "CA0b0e9f5e3f5b4c1e9a535a8a0b6d1f13", "1795421131.42"],
        },
    }


def _tags() -> Schema:
    return {
        "TagName": {
            "type": "string",
            "minLength": 1,
            "maxLength": postings.MAX_NAME_LENGTH,
            "not": {"anyOf": [NO_CONTROL_CHARACTERS["not"], {"enum": [*_RESERVED]}]},
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
    return {"type": "string", "maxLength": postings.MAX_VALUE_LENGTH} | MULTILINE


def _bodies() -> Schema:
    return {
        "Form": _body(ref("CallerNumber"), ref("TagValue")),
        "JsonObject": _body(
            {"anyOf": [ref("CallerNumber"), {"type": "integer"}]},
            # Each member of an object becomes a tag; a list of values becomes one tag.
            _value() | {"type": ["string", "number", "boolean", "null", "object", "array"]},
        ),
    }


def _body(caller_number: Schema, tag_value: Schema) -> Schema:
    reserved = dict(zip(_RESERVED, (ref("Key"), caller_number, ref("CallUuid")), strict=True))
    return {
        "type": "object",
        "description": "Every other member is a tag.",
        "maxProperties": postings.MAX_TAGS + len(reserved),
        "properties": reserved,
        "propertyNames": {"minLength": 1, "maxLength": postings.MAX_NAME_LENGTH}
        | NO_CONTROL_CHARACTERS,
        "additionalProperties": tag_value,
    }


def _responses() -> Schema:
    return {
        "Accepted": {
            "type": "object",
            "required": ["tag_values", "status"],
            "properties": {
                # Without limits, so that they can be raised without breaking the contract.
                "tag_values": {"type": "object", "additionalProperties": {"type": "string"}},
                "caller_number": E164,
                "call_uuid": ref("CallUuid"),
                "status": {"enum": [str(status) for status in Status]},
                "warnings": _warnings(),
            },
            "oneOf": [{"required": ["caller_number"]}, {"required": ["call_uuid"]}],
        },
        "Refused": _refused(),
        "GatewayMessage": GATEWAY_MESSAGE,
    }


def _refused() -> Schema:
    request_id = {
        "type": "string",
        "description": "The posting's ID, by which the postback log shows it. Quote it when you "
        "ask for help. If the request is not a posting (404, 405), it is the ID of the request.",
    }
    return REFUSED | {"properties": REFUSED["properties"] | {"request_id": request_id}}


def _warnings() -> Schema:
    return {
        "type": "array",
        "minItems": 1,
        "description": "What was repaired, guessed or left out. Absent if there is no warning.",
        "items": {
            "type": "object",
            "required": ["param", "message"],
            "properties": {
                "param": {"type": ["string", "null"]},
                "message": {"type": "string"},
            },
        },
    }
