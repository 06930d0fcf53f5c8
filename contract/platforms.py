"""The OpenAPI document of the platform API, from the rules that its function goes by."""

from collections.abc import Mapping
from typing import Any

from contract import events
from contract.fragments import (
    E164,
    GATEWAY_MESSAGE,
    JSON,
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
from functions.platform_api import call_report, handler, request
from functions.platform_api.request import Resource
from shared.domain import call_ids
from shared.domain.call_details import MAX_LENGTH
from shared.stores.key_cache import KEY_CACHE_SECONDS, TOO_MANY_GUESSES

VERSION = "1.0.0"

_DESCRIPTION = f"""\
Tell of a call, and get all that is known of it in the answer: the detail of `Call Tagged`, complete.

- Send a platform key: `Authorization: Bearer <key>`, or Basic with the key as password and any user name.
- Telling the same again does no harm, in any order with call events of the same call. What is known of a call stays.
- A 200 means that the call is recorded and all that waited for it is on it. After a 503 send the same again: that answers whole.
- A number that cannot be read is an anonymous caller's. Members that are not described here are ignored.
- A body has at most {request.MAX_BODY_BYTES // 1024} KiB.
"""  # noqa: E501

_CALLER = {
    "caller_number": "+15551234567",
    "tags": {"age": "39"},
    "attribution": {
        "age": {
            "publisher_id": "pub_k5pqr7wlt2ya",
            "key_id": "pbk_b3x6m2c7hqod",
            "posting_id": "1795507498120-GZ0WXhTNoAMEJxA=",
            "posted_at": "2026-11-23T08:04:58.120Z",
            "stored_until": "2026-11-24T08:04:58.120Z",
        }
    },
    "calls": [
        {
            "call_uuid": UUID,
            "campaign_id": "c-42",
            "call_status": "completed",
            "started_at": "2026-11-22T18:05:31.656Z",
            "ended_at": "2026-11-22T18:09:11.020Z",
        }
    ],
}
_TWILIO = {
    "CallSid": "CA7d0c1d2e3f405162738495a6b7c8d9e0",
    "From": "+15551234567",
    "To": "+18005550100",
    "CallStatus": "ringing",
    "Timestamp": "Mon, 25 Nov 2019 08:05:31 +0000",
}


_TWILIO_MOMENT = {
    "type": "string",
    "description": "RFC 2822, as Twilio writes it.",
    "pattern": "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (0[1-9]|1[0-9]|2[0-8]) (Jan|Feb|Mar|Apr|May|Jun|Jul"
    "|Aug|Sep|Oct|Nov|Dec) 20[01][0-9] ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9] [+]0000$",
}


def document() -> Schema:
    named: Schema = {"parameters": [_call_uuid()]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Telling of calls, and getting their tags",
            "version": VERSION,
            "description": _DESCRIPTION,
        },
        "servers": [{"url": ".", "description": "The service's address."}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": {
            Resource.CALLS: {"post": _tell("tellOfCall", "The id is in the body", named=False)},
            "/platform/calls/{call_uuid}": {
                "get": _read() | named,
                "put": _tell("putCall", "Tell of a call", named=True) | named,
                "post": _tell("postCall", "The same as PUT", named=True) | named,
            },
            Resource.CALLER: {"get": _look()},
        },
        "components": {
            "responses": _responses(),
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A platform key."},
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The password is a platform key.",
                },
            },
        },
    }


def _tell(name: str, summary: str, *, named: bool) -> Schema:
    example: Schema = {"caller_number": "+15551234567", "campaign_id": "c-42"}
    if not named:
        example = {"call_uuid": UUID} | example
    body: Schema = {"schema": ref("Call" if named else "CallWithId"), "example": example}
    form = body if named else {"schema": ref("CallWithId"), "example": _TWILIO}
    return {
        "operationId": name,
        "summary": summary,
        "description": "With `ended_at` it is the end of the call, without it the start.",
        "requestBody": {"required": not named, "content": {JSON: body, request.FORM: form}},
        "responses": {"200": _tagged()}
        | shared_answers(["400", "401", "403", "405", "413", "415", "422", "429", "503", "5XX"]),
    }


def _read() -> Schema:
    return {
        "operationId": "readCall",
        "summary": "Read what is known of a call",
        "responses": {"200": _tagged()}
        | shared_answers(["401", "403", "404", "405", "410", "422", "429", "503", "5XX"]),
    }


def _look() -> Schema:
    number = {
        "name": call_report.CALLER_NUMBER,
        "in": "path",
        "required": True,
        "description": "In any spelling that postings may have.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64, "examples": ["+15551234567"]},
        "example": "+15551234567",
    }
    good = answer(
        "What a call of this caller would get that started now, and the latest calls.",
        ref("Caller"),
        examples={"known": _CALLER},
        headers={"Cache-Control": NO_STORE},
    )
    return {
        "operationId": "readCaller",
        "summary": "Ask what is known of a caller, before there is a call",
        "description": "Nothing is consumed by asking.",
        "parameters": [number],
        "responses": {"200": good}
        | shared_answers(["401", "403", "404", "405", "422", "429", "503", "5XX"]),
    }


def _tagged() -> Schema:
    return answer(
        "The call as it is known now.",
        ref("CallTagged"),
        examples={"tagged": events.TAGGED, "without tags": events.UNTAGGED},
        headers={"Cache-Control": NO_STORE},
    )


def _call_uuid() -> Schema:
    return {
        "name": call_report.CALL_UUID,
        "in": "path",
        "required": True,
        "description": f"The call's id: {call_ids.RULE}.",
        "schema": {"type": "string", "pattern": r"^[A-Za-z0-9._:@\-+~=*!]{6,128}$"},
        "example": UUID,
    }


def _schemas() -> Schema:
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
    moment = {"anyOf": [*events.MOMENT["anyOf"], {"type": "null"}]}
    return {
        call_report.CALLER_NUMBER: text
        | {"description": "Left out or null: an anonymous caller's."},
        call_report.CAMPAIGN_ID: text,
        call_report.DIALED_NUMBER: text,
        call_report.STARTED_AT: moment | {"description": "By default, the time of the request."},
        call_report.ENDED_AT: moment | {"description": "With it, this is the end of the call."},
    }


def _twilio() -> Schema:
    status = {"enum": [*call_report.TWILIO_IN_PROGRESS, *call_report.TWILIO_ENDED]}
    return {
        "type": "object",
        "description": "A Twilio status callback, as Twilio sends it.",
        "required": ["CallSid", "CallStatus"],
        "properties": {
            "CallSid": events.CALL_ID,
            "From": {"type": "string"},
            "To": {"type": "string"},
            "CallStatus": status,
            "Timestamp": _TWILIO_MOMENT,
            "CallDuration": {"type": "string", "pattern": "^[0-9]{1,5}$"},
        },
    }


def _caller(tagged: Mapping[str, Any]) -> Schema:
    source = tagged["attribution"]["additionalProperties"]
    source_schema = source | {
        "required": [*source["required"], "stored_until"],
        "properties": source["properties"]
        | {"stored_until": events.MOMENT_TOLD | {"description": "Until when it waits for a call."}},
    }
    call = {
        "type": "object",
        "required": ["call_uuid", "campaign_id", "call_status", "started_at", "ended_at"],
        "properties": {
            "call_uuid": tagged["call_uuid"],
            "campaign_id": tagged["campaign_id"],
            "call_status": tagged["call_status"],
            "started_at": events.MOMENT_TOLD,
            "ended_at": {"anyOf": [events.MOMENT_TOLD, {"type": "null"}]},
        },
    }
    return {
        "type": "object",
        "required": ["caller_number", "tags", "attribution", "calls"],
        "properties": {
            "caller_number": E164,
            "tags": tagged["tags"],
            "attribution": tagged["attribution"] | {"additionalProperties": source_schema},
            "calls": {"type": "array", "description": "Newest first.", "items": call},
        },
    }


def _responses() -> Schema:
    missing = "is missing: send Bearer and the platform key, or Basic with it as its password"
    return {
        "400": _refused("The body cannot be read.", None, "the body is not valid JSON; mend it"),
        "401": _refused(
            "There is no platform key, or one that is not known.",
            request.AUTHORIZATION,
            missing,
            unknown=refusal((request.AUTHORIZATION, handler.UNKNOWN.message)),
            **{"WWW-Authenticate": "Basic realm"},
        ),
        "403": _refused(
            "The platform key is paused.", request.AUTHORIZATION, handler.PAUSED.message
        ),
        "404": _refused(
            "Nothing is known of the call, or nothing is at this path.",
            call_report.CALL_UUID,
            "nothing was told of this call yet",
        ),
        "405": answer(
            "A method that this path does not allow.",
            ref("Refused"),
            examples={"DELETE": refusal((None, "DELETE is not allowed here; send GET, PUT"))},
            headers={"Allow": allow("GET, PUT, POST"), "Cache-Control": NO_STORE},
        ),
        "410": _refused(
            "The caller was forgotten. Erase what you know of the call, too.",
            call_report.CALL_UUID,
            "its caller was forgotten; what you know of the call must go too",
        ),
        "413": _either(
            f"The body has more than {request.MAX_BODY_BYTES:,} bytes.",
            refusal((None, f"the body has 65537 bytes; send {request.MAX_BODY_BYTES} at most")),
            "Request Entity Too Large",
        ),
        "415": _refused(
            "The body is neither JSON nor a form.",
            None,
            f"the body is neither JSON nor a form; send it as {JSON} or {request.FORM}",
        ),
        "422": _refused(
            "What is wrong, all of it.",
            call_report.STARTED_AT,
            "lacks its offset from UTC: add Z, or one such as -05:00",
        ),
        "429": _either(
            "Too many requests at once, or too many unknown keys from one address.",
            refusal((request.AUTHORIZATION, TOO_MANY_GUESSES.message)),
            "Too Many Requests",
            retry_after=KEY_CACHE_SECONDS,
        ),
        "503": _either(
            "Not all of this could be done in time. Send the same again.",
            refusal((None, handler.UNAVAILABLE_MESSAGE)),
            "Service Unavailable",
            retry_after=handler.RETRY_AFTER_SECONDS,
        ),
        "5XX": answer(
            "API Gateway did not get an answer. Send the same again.",
            ref("GatewayMessage"),
            examples={"the gateway's own": {"message": "Internal Server Error"}},
        ),
    }


def _refused(
    description: str, param: str | None, message: str, unknown: Schema | None = None, **headers: str
) -> Schema:
    examples = {"refused": refusal((param, message))} | ({"unknown": unknown} if unknown else {})
    documented_headers: Schema = {
        name: {"required": False, "schema": {"type": "string"}, "description": meaning}
        for name, meaning in headers.items()
    }
    return answer(
        description,
        ref("Refused"),
        examples=examples,
        headers={"Cache-Control": NO_STORE} | documented_headers,
    )


def _either(
    description: str, ours: Schema, gateways: str, retry_after: int | None = None
) -> Schema:
    headers: Schema = {"Cache-Control": NO_STORE | {"required": False}}
    if retry_after:
        headers["Retry-After"] = {
            "description": "After how many seconds to send it again.",
            "required": False,
            "schema": {"type": "integer", "examples": [retry_after]},
        }
    return answer(
        description,
        {"anyOf": [ref("Refused"), ref("GatewayMessage")]},
        examples={"ours": ours, "the gateway's own": {"message": gateways}},
        headers=headers,
    )
