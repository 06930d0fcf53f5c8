"""Generates the OpenAPI document of the platform API from the rules in its code."""

from contract import compatibility, event_examples, platform_responses, platform_schemas
from contract.fragments import (
    JSON,
    NO_STORE,
    UUID,
    Schema,
    ref,
    response,
    response_refs,
)
from functions.platform_api import bodies, plain_report, request
from functions.platform_api.request import Resource
from shared.domain import call_ids

VERSION = "1.0.0"

_DESCRIPTION = f"""\
Report a call, and get all its tags in the response, with the same members as the detail of `Call Tagged`.

- Send a platform key: `Authorization: Bearer <key>`, or Basic authentication with the key as the password and any user name. A key has the scopes `report`, `read` or both.
- Reports may be repeated, and sent in any order, also together with call events. Known facts of a call are not overwritten.
- A 200 means that the call is recorded, and that all pending tags have been applied to it. After a 503, retry the same request.
- If `caller_number` is not a phone number, the caller is anonymous. Unknown members are ignored. What was read differently is in `warnings`.
- The webhooks of phone systems are read as they are: Twilio, SignalWire, Telnyx, Vonage, Plivo, Bandwidth, jambonz, FreeSWITCH, Amazon Connect and Genesys Cloud.
- A slash at the end of a path is ignored.
- The maximum body size is {bodies.MAX_BODY_BYTES // 1024} KiB.
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
_CALLBACK = "Report a call to a callback address, for systems that cannot send a header"
_TWILIO = {
    "CallSid": "CA7d0c1d2e3f405162738495a6b7c8d9e0",
    "From": "+15551234567",
    "To": "+18005550100",
    "CallStatus": "ringing",
    "Timestamp": "Mon, 25 Nov 2019 08:05:31 +0000",
}


def document() -> Schema:
    named: Schema = {"parameters": [_call_uuid()]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Platform API of call data writing",
            "version": VERSION,
            "description": _DESCRIPTION,
        },
        "servers": [{"url": ".", "description": "The address of the service."}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": {
            Resource.CALLS: {
                "post": _report("tellOfCall", "Report a call, with its ID in the body", named=False)
            },
            "/platform/calls/{call_uuid}": {
                "get": _read() | named,
                "put": _report("putCall", "Report a call", named=True) | named,
                "post": _report("postCall", "Report a call, as with PUT", named=True) | named,
            },
            Resource.CALLER: {"get": _read_caller()},
            Resource.CALLBACK: {
                "parameters": _callback_parameters(),
                "post": _report("callBack", _CALLBACK, named=False) | {"security": []},
                "get": _without_body(_report("callBackByGet", _CALLBACK, named=False))
                | {"security": []},
            },
        },
        "components": {
            "responses": platform_responses.errors(),
            "schemas": platform_schemas.schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A platform key."},
                "basic": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The password is a platform key, with any user name.",
                },
            },
        },
    }


def _report(name: str, summary: str, *, named: bool) -> Schema:
    example: Schema = {"caller_number": "+15551234567", "campaign_id": "c-42"}
    if not named:
        example = {"call_uuid": UUID} | example
    body: Schema = {"schema": ref("Call" if named else "CallWithId"), "example": example}
    form: Schema = {"schema": ref("CallForm"), "example": example if named else _TWILIO}
    return {
        "operationId": name,
        "summary": summary,
        "description": "With `ended_at`, reports the end of the call; without it, the start.",
        "requestBody": {
            "description": "A JSON object or a form. Without a body, the call starts now.",
            "required": False,
            "content": {JSON: body, bodies.FORM: form},
        },
        "responses": {"200": _tagged(), "202": _ignored()}
        | response_refs(["400", "401", "403", "405", "413", "415", "422", "429", "503", "5XX"]),
    }


def _ignored() -> Schema:
    example = {"status": "ignored", "reason": f"leg of call {UUID}", "call_uuid": "CA-agent-7"}
    return response(
        "The report is about a leg, or neither starts nor ends a call.",
        ref("CallIgnored"),
        examples={"leg": example},
        headers={"Cache-Control": NO_STORE},
    ) | {compatibility.FOR_REQUESTS: ["Leg"]}


def _read() -> Schema:
    return {
        "operationId": "readCall",
        "summary": "Read a call",
        "responses": {"200": _tagged()}
        | response_refs(["401", "403", "404", "405", "410", "422", "429", "503", "5XX"]),
    }


def _read_caller() -> Schema:
    number = {
        "name": plain_report.CALLER_NUMBER,
        "in": "path",
        "required": True,
        "description": "The caller's number, in any format that postings may use.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64, "examples": ["+15551234567"]},
        "example": "+15551234567",
    }
    success = response(
        "The tags that a call of this caller would get now, and the caller's latest calls.",
        ref("Caller"),
        examples={"known": _CALLER},
        headers={"Cache-Control": NO_STORE},
    )
    return {
        "operationId": "readCaller",
        "summary": "Read a caller's pending tags before there is a call",
        "description": "Reading does not consume the tags.",
        "parameters": [number],
        "responses": {"200": success}
        | response_refs(["401", "403", "404", "405", "422", "429", "503", "5XX"]),
    }


def _tagged() -> Schema:
    return response(
        "The call with all its current tags.",
        ref("CallTagged"),
        examples={"tagged": event_examples.TAGGED, "without tags": event_examples.UNTAGGED},
        headers={"Cache-Control": NO_STORE},
    )


def _without_body(operation: Schema) -> Schema:
    """Describe a GET, which has the members of a report in its query string."""
    described = {name: part for name, part in operation.items() if name != "requestBody"}
    codes = ("413", "415")
    responses = {code: each for code, each in described["responses"].items() if code not in codes}
    return described | {"responses": responses}


def _callback_parameters() -> list[Schema]:
    token: Schema = {
        "name": request.TOKEN,
        "in": "path",
        "required": True,
        "description": "A platform key, best one with only the scope `report`.",
        "schema": {"type": "string", "minLength": 1},
        "example": f"cdw_{'a2b3' * 13}",
    }
    described = {
        plain_report.CAMPAIGN_ID: "The campaign, if the body does not have one.",
        plain_report.DIRECTION: "`inbound` or `outbound`, if the body does not say.",
    }
    return [
        token,
        *(
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": description,
                "schema": {"type": "string"},
            }
            for name, description in described.items()
        ),
    ]


def _call_uuid() -> Schema:
    return {
        "name": plain_report.CALL_UUID,
        "in": "path",
        "required": True,
        "description": f"The call's ID: {call_ids.RULE}.",
        "schema": {"type": "string", "pattern": f"^{call_ids.PATTERN}$"},
        "example": UUID,
    }
