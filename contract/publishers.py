"""The OpenAPI document of the posting URL, from the rules that its function goes by."""

from collections.abc import Mapping
from typing import Any

from contract.fragments import (
    E164,
    GATEWAY_MESSAGE,
    INSTRUCTIONS,
    JSON,
    LINES,
    NO_CONTROL_CHARACTERS,
    NO_STORE,
    REFUSED,
    UUID,
    Schema,
    allow,
    answer,
    ref,
    refusal,
    shared_answers,
)
from functions.data_writing import bodies, handler, openapi, parameters, posting, request
from functions.data_writing.posting import STATUS_CODES, UNAVAILABLE
from functions.data_writing.request import Resource
from shared.domain import call_ids, errors, postings
from shared.domain.errors import Refusal
from shared.domain.postings import Status
from shared.instructions.form import Form
from shared.stores.key_memory import CACHE_SECONDS, GUESSING

VERSION = "1.0.0"

_DESCRIPTION = f"""\
Post what you know about a caller, as *tags*: they are put on that caller's phone call, be it yet to come, in progress or just over.

- A body parameter wins over one in the query string, a key in the path over both, and the last of repeated parameters over the others.
- Every parameter that is not `key`, `caller_number` or `call_uuid` is a tag. An empty value is a value.
- One posting carries 1 to {postings.MAX_TAGS} tags, in a body of at most {bodies.MAX_BYTES // 1024} KiB.
  A query string has room for some 8 KB: post more in a body.
- `.json` behind either link is read over. Nested JSON and `a[b]` are tags `a.b`; `x[]=a&x[]=b` and lists are `x` = `a,b`.
- What was repaired, guessed or left out in reading a posting stands in `warnings` after `status`, only where there is something to tell.
- Names and values are text without control characters, but for line breaks and tabs in values. JSON's `39` is "39", `true` is "true" and `null` is "".
- **A 200 is a promise**: the tags are stored, and will be on the call. After any 5xx nothing was promised: send the posting again.
  Sending one twice does no harm.
- Web pages of any origin may post from the browser, without credentials.
"""  # noqa: E501

_MEANINGS: Mapping[type[Refusal], str] = {
    errors.UnknownKey: "There is no key, or one that nobody was given.",
    errors.KeyPaused: "The key is paused.",
    errors.LinkPreview: "A link preview or a prefetch; nothing is stored.",
    errors.UnknownPath: "Nothing is at this path.",
    errors.MethodNotAllowed: "A method that is not answered here.",
    errors.BodyTooLarge: f"The body has more than {bodies.MAX_BYTES:,} bytes.",
    errors.UnsupportedBody: "The body is neither a form, JSON nor multipart, or compressed.",
    errors.InvalidInput: "The caller number, a tag or the body cannot be accepted.",
    errors.CallPastCutoff: "The call named by `call_uuid` has been over for too long.",
    errors.CallFull: "The call has no room for these tags.",
    errors.TooManyUnknownKeys: "Too many requests at once, or too many unknown keys from the "
    "sender's address; send it again a little later.",
}

_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

_UNREAD = (
    "a body of type application/xml is neither a form, JSON nor multipart, and is not read; send "
    f"it as one of them, with the Content-Type {_FORM}, {JSON}, {_MULTIPART}"
)
_IMPOSSIBLE = (
    "is not a possible phone number in region US, nor with a plus before it; "
    "send it as + followed by country code and number"
)
_LESS = f"send {bodies.MAX_BYTES} at most, the rest in another posting"
_ANOTHER_TARGET = "send the call's, or caller_number instead"
_NOT_STORED = "the tags could not be stored, and nothing was promised; send the posting again"

_PROBLEMS: Mapping[int, Mapping[str, Schema]] = {
    401: {
        "missing": refusal((parameters.KEY, "is missing: send the key of your posting link")),
        "unknown": refusal((parameters.KEY, request.UNKNOWN.message)),
    },
    403: {
        "paused": refusal(
            (parameters.KEY, "is paused; ask whoever gave you the posting link to resume it")
        ),
        "link preview": refusal((None, posting.PREVIEW.message)),
    },
    404: {"unknown path": refusal((None, "nothing is here; postings go to /data_writing"))},
    405: {"PUT": refusal((None, "PUT is not answered here; send GET or POST"))},
    413: {"too large": refusal((None, f"the body has 65537 bytes; {_LESS}"))},
    415: {"XML": refusal((None, _UNREAD))},
    422: {
        "no caller": refusal(
            (parameters.CALLER_NUMBER, "is missing or empty, and so is call_uuid: send one of them")
        ),
        "impossible number": refusal((parameters.CALLER_NUMBER, _IMPOSSIBLE)),
        "several problems": refusal(
            (parameters.CALL_UUID, f"is no call id: that is {call_ids.RULE}; {_ANOTHER_TARGET}"),
            ("note", "the value has 8193 characters; send 8192 at most"),
        ),
        "no tags": refusal((None, "there are no tags: add at least one parameter such as age=39")),
        "another name": refusal(
            (parameters.CALLER_NUMBER, "is missing, and phone was sent: name it caller_number")
        ),
    },
    429: {
        "guessing": refusal((parameters.KEY, GUESSING.message)),
    },
    503: {"not stored": refusal((None, _NOT_STORED))},
}

_ANSWERS = {
    "stored": {
        "tag_values": {"0": "", "example_tag": "value123"},
        "caller_number": "+10123456789",
        "status": Status.STORED,
    },
    "on the call in progress": {
        "tag_values": {"prequalified": "true"},
        "caller_number": "+15551234567",
        "status": Status.APPLIED_IN_PROGRESS,
    },
    "read with a warning": {
        "tag_values": {"prequalified": "true"},
        "caller_number": "+15551234567",
        "status": Status.STORED,
        "warnings": [
            {
                "param": "caller_number",
                "message": "the extension was left out; send the number alone",
            }
        ],
    },
    "on the call that has ended": {
        "tag_values": {"age": "39", "utm_campaign": "auto"},
        "call_uuid": UUID,
        "status": Status.APPLIED_COMPLETED,
    },
}

_GATEWAYS_OWN = {
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
"""What API Gateway itself may answer instead, in the form of its own."""

_RETRY_AFTER_SECONDS = {429: CACHE_SECONDS, UNAVAILABLE: handler.RETRY_AFTER_SECONDS}


def document() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Posting tags", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": ".", "description": "Where this document was read from."}],
        "security": [],
        "paths": {
            Resource.POSTING: _postings({"name": parameters.KEY, "in": "query"}),
            Resource.POSTING_WITH_KEY: _postings({"name": parameters.KEY, "in": "path"}),
            Resource.INSTRUCTIONS: {"get": _instructions()},
            Resource.CONTRACT: {"get": _reading_this()},
        },
        "components": {"responses": _responses(), "schemas": _schemas()},
    }


def _postings(key: Schema) -> Schema:
    """The operations of one spelling of the posting URL."""
    where = "KeyInPath" if key["in"] == "path" else ""
    described = "Your postback key."
    # A POST may have its key, as all else, in its body.
    asked = key | {"description": described, "required": True, "schema": ref("Key")}
    offered = asked if key["in"] == "path" else asked | {"required": False}
    return {
        "get": {
            "operationId": f"postByGet{where}",
            "summary": "Post tags in the query string",
            "parameters": [asked, *_parameters()],
            "responses": shared_answers(_responses()),
        },
        "post": {
            "operationId": f"post{where}",
            "summary": "Post tags in the body, the query string, or both",
            "parameters": [offered, *_parameters()],
            "requestBody": _body(),
            "responses": shared_answers(_responses()),
        },
    }


def _parameters() -> list[Schema]:
    number = {
        "name": parameters.CALLER_NUMBER,
        "in": "query",
        "description": "Whose call to tag. This or `call_uuid` is needed, here or in the body.",
        "schema": ref("CallerNumber"),
    }
    call = {
        "name": parameters.CALL_UUID,
        "in": "query",
        "description": "The exact call to tag; where both are given, it decides.",
        "schema": ref("CallUuid"),
    }
    tags = {
        "name": "tags",
        "in": "query",
        "description": "Every other parameter is a tag: its name and its value.",
        "style": "form",
        "explode": True,
        "schema": ref("Tags"),
        "example": {"prequalified": "true"},
    }
    return [number, call, tags]


def _body() -> Schema:
    form = {"schema": ref("Form"), "example": {"caller_number": "+15551234567", "age": "39"}}
    return {
        "required": False,
        "content": {
            _FORM: form,
            JSON: {
                "schema": ref("JsonObject"),
                "example": {"caller_number": "+15551234567", "age": 39, "prequalified": True},
            },
            _MULTIPART: form,
        },
    }


def _responses() -> Schema:
    taken = answer(
        "The tags are stored, and will be on the call.",
        ref("Accepted"),
        examples=_ANSWERS,
        headers={"Cache-Control": NO_STORE},
    )
    return {"200": taken} | _refusals() | _gateways_answers()


def _refusals() -> Schema:
    meanings: dict[int, list[str]] = {}
    for refused, status_code in STATUS_CODES.items():
        meanings.setdefault(status_code, []).append(_MEANINGS[refused])
    meanings[UNAVAILABLE] = ["The tags could not be stored. Nothing was promised."]
    return {str(code): _refusal(code, " ".join(each)) for code, each in sorted(meanings.items())}


def _refusal(status_code: int, meaning: str) -> Schema:
    headers = {"Cache-Control": NO_STORE}
    if status_code == 405:
        headers["Allow"] = allow(", ".join(request.METHODS), ", ".join(openapi.METHODS))
    if status_code in _RETRY_AFTER_SECONDS:
        headers["Retry-After"] = {
            "description": "After how many seconds to send the posting again.",
            "required": False,
            "schema": {"type": "integer", "examples": [_RETRY_AFTER_SECONDS[status_code]]},
        }
    examples: dict[str, Any] = dict(_PROBLEMS[status_code])
    if status_code not in _GATEWAYS_OWN:
        return answer(meaning, ref("Refused"), examples=examples, headers=headers)
    examples["the gateway's own"] = {"message": _GATEWAYS_OWN[status_code]}
    headers["Cache-Control"] = NO_STORE | {"required": False}
    either = {"anyOf": [ref("Refused"), ref("GatewayMessage")]}
    return answer(meaning, either, examples=examples, headers=headers)


def _gateways_answers() -> Schema:
    return {
        "431": {
            "description": "The request's line and headers have more than 10 KB together: post "
            "the tags in a body."
        },
        "5XX": answer(
            "API Gateway did not get an answer. Nothing was promised: send the posting again.",
            ref("GatewayMessage"),
            examples={"the gateway's own": {"message": "Internal Server Error"}},
        ),
    }


def _instructions() -> Schema:
    key = {"name": parameters.KEY, "in": "path", "description": "Your postback key."}
    form = {
        "name": "format",
        "in": "query",
        "schema": {"enum": [str(form) for form in Form], "default": str(Form.HTML)},
    }
    return {
        "operationId": "readInstructions",
        "summary": "Read how to post with this key",
        "parameters": [key | {"required": True, "schema": ref("Key")}, form],
        "responses": {"200": INSTRUCTIONS}
        | shared_answers(["401", "405", "422", "429", "503", *_gateways_answers()]),
    }


def _reading_this() -> Schema:
    headers = {
        "Cache-Control": {
            "description": "How long to keep it.",
            "required": True,
            "schema": {"type": "string", "examples": [openapi.CACHE_CONTROL]},
        }
    }
    good = answer("This document.", {"type": "object"}, headers=headers)
    return {
        "operationId": "readContract",
        "summary": "Read this document",
        "responses": {"200": good} | shared_answers(["405", "429", *_gateways_answers()]),
    }


def _schemas() -> Schema:
    value = {"type": "string", "maxLength": postings.MAX_VALUE_LENGTH} | LINES
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
        "TagName": {
            "type": "string",
            "minLength": 1,
            "maxLength": postings.MAX_NAME_LENGTH,
            "not": {
                "anyOf": [
                    NO_CONTROL_CHARACTERS["not"],
                    {"enum": [parameters.KEY, parameters.CALLER_NUMBER, parameters.CALL_UUID]},
                ]
            },
        },
        "TagValue": value,
        "Tags": {
            "type": "object",
            "maxProperties": postings.MAX_TAGS,
            "propertyNames": ref("TagName"),
            "additionalProperties": ref("TagValue"),
        },
        "Form": _body_schema(ref("CallerNumber"), ref("TagValue")),
        "JsonObject": _body_schema(
            {"anyOf": [ref("CallerNumber"), {"type": "integer"}]},
            # An object becomes a tag for each member, a list of values one tag.
            value | {"type": ["string", "number", "boolean", "null", "object", "array"]},
        ),
        "Accepted": {
            "type": "object",
            "required": ["tag_values", "status"],
            "properties": {
                # Without the limits: that they are raised one day is nobody's break.
                "tag_values": {"type": "object", "additionalProperties": {"type": "string"}},
                "caller_number": E164,
                "call_uuid": ref("CallUuid"),
                "status": {"enum": [str(status) for status in Status]},
                "warnings": {
                    "type": "array",
                    "minItems": 1,
                    "description": "What was repaired, guessed or left out. Absent where nothing "
                    "was.",
                    "items": {
                        "type": "object",
                        "required": ["param", "message"],
                        "properties": {
                            "param": {"type": ["string", "null"]},
                            "message": {"type": "string"},
                        },
                    },
                },
            },
            "oneOf": [{"required": ["caller_number"]}, {"required": ["call_uuid"]}],
        },
        "Refused": REFUSED,
        "GatewayMessage": GATEWAY_MESSAGE,
    }


def _body_schema(caller_number: Schema, tag_value: Schema) -> Schema:
    ours = {
        parameters.KEY: ref("Key"),
        parameters.CALLER_NUMBER: caller_number,
        parameters.CALL_UUID: ref("CallUuid"),
    }
    return {
        "type": "object",
        "description": "Beside these three, every member is a tag.",
        "maxProperties": postings.MAX_TAGS + len(ours),
        "properties": ours,
        "propertyNames": {"minLength": 1, "maxLength": postings.MAX_NAME_LENGTH}
        | NO_CONTROL_CHARACTERS,
        "additionalProperties": tag_value,
    }
