"""The OpenAPI document of the operator API, from its routes and models. A new route is in it by
itself; one that builds its answer by hand has to tell it in `_TOLD`."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import Server
from pydantic.json_schema import models_json_schema

from contract.fragments import (
    GATEWAY_MESSAGE,
    INSTRUCTIONS,
    JSON,
    REFUSED,
    UUID,
    Schema,
    allow,
    answer,
    ref,
    refusal,
    shared_answers,
)
from functions.operator_api import handler
from functions.operator_api.log_schemas import PostbackList

VERSION = "1.0.0"

_DESCRIPTION = """\
Publishers, their postback keys, the log of what they posted, and calls with their tags.

Requests are signed with AWS Signature Version 4 (service `execute-api`) by an identity that has the policy `OperatorPolicy`.
Durations are whole seconds; requests may also give them in ISO 8601. Times are ISO 8601 with an offset.
"""  # noqa: E501

_PUBLISHER = {
    "publisher_id": "pub_k5pqr7wlt2ya",
    "name": "Acme Leads",
    "created_at": "2026-11-23T08:00:00.000Z",
    "note": "Dana Reyes, +1 212 555 0123",
}
_KEY = {
    "key_id": "pbk_b3x6m2c7hqod",
    "publisher_id": _PUBLISHER["publisher_id"],
    "type": "call_data_writing",
    "name": "Landing page",
    "key": "3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f",
    "posting_link": "https://api.example.com/data_writing?key=3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f",
    "instructions_link": "https://api.example.com/data_writing/3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f"
    "/instructions",
    "storage_duration": 86400,
    "end_call_cutoff": 3600,
    "default_region": "US",
    "paused": False,
    "created_at": "2026-11-23T08:01:00.000Z",
    "note": "Ask Dana before changing it.",
    "expires_at": "2026-12-31T23:59:59.000Z",
    "expects_every": 7200,
    "match_rate_floor": 0.4,
    "replaces": "pbk_2wq5ihd4nykc",
    "replaced_by": None,
}
_SOURCE = {
    "posting_id": "1763885098120-GZ0WXhTNoAMEJxA=",
    "posted_at": "2025-11-23T08:04:58.120Z",
    "key_id": _KEY["key_id"],
    "publisher_id": _KEY["publisher_id"],
}
_CALL = {
    "call_uuid": UUID,
    "caller_number": "+15551234567",
    "campaign_id": "c-42",
    "dialed_number": "+18005550100",
    "status": "in_progress",
    "started_at": "2025-11-23T08:05:31.656Z",
    "ended_at": None,
    "version": 3,
    "tags": [{"name": "age", "value": "39", **_SOURCE, "replaced": None}],
    "announced": True,
}
_POSTBACK = {
    **_SOURCE,
    "caller_number": "+15551234567",
    "call_uuid": None,
    "tags": {"age": "39"},
    "status_code": 200,
    "status": "call not found, tags stored",
    "problems": [],
    "outcome": "applied",
    "stored_until": "2025-11-24T08:04:58.120Z",
    "applied_to": UUID,
    "decided_at": "2025-11-23T08:05:32.001Z",
    "decided_by": "call_started",
    "warnings": [],
}
_PLATFORM_KEY = {
    "platform_key_id": "plk_q7wlt2yak5pr",
    "name": "Switch in Dallas",
    "paused": False,
    "created_at": "2026-11-23T08:02:00.000Z",
}
_FIGURES = {
    "posted": 40,
    "stored": 38,
    "applied_at_once": 12,
    "applied_later": 14,
    "refused": 3,
    "warned": 37,
    "expired_unused": 5,
}
_ACTIVITY = {
    "hours": [_FIGURES | {"hour": "2026-11-23T08:00:00.000Z"}],
    "totals": _FIGURES,
    "match_rate": 0.8387,
    "last_posted_at": "2026-11-23T08:04:58.120Z",
    "refusals": [{"kind": "invalid_input", "param": "caller_number", "count": 2}],
    "warnings": [{"kind": "placeholder_not_filled_in", "param": "zip", "count": 37}],
}
_RECENT = {
    "last_posted_at": _ACTIVITY["last_posted_at"],
    "totals": _FIGURES,
    "match_rate": 0.8387,
    "postings": [*[0] * 23, 40],
}
_EXAMPLES: Mapping[str, Any] = {
    "PublisherBody": {"name": "Acme Leads"},
    "PublisherChangesBody": {"note": "Dana Reyes, +1 212 555 0123"},
    "RotationBody": {"overlap": 86400},
    "NewKeyBody": {"name": "Landing page", "storage_duration": 86400, "default_region": "US"},
    "KeyChangesBody": {"end_call_cutoff": "PT2H"},
    "PublisherAnswer": _PUBLISHER,
    "PublisherList": {"publishers": [_PUBLISHER | {"activity": _RECENT}], "next_cursor": None},
    "PublisherNames": {
        "publishers": [{name: _PUBLISHER[name] for name in ("publisher_id", "name")}],
        "next_cursor": None,
    },
    "KeyAnswer": _KEY,
    "KeyList": {"postback_keys": [_KEY | {"activity": _RECENT}], "next_cursor": None},
    "PlatformKeyBody": {"name": "Switch in Dallas"},
    "PlatformKeyAnswer": _PLATFORM_KEY,
    "NewPlatformKeyAnswer": _PLATFORM_KEY | {"key": f"cdw_{'a2b3' * 13}"},
    "PlatformKeyList": {"platform_keys": [_PLATFORM_KEY], "next_cursor": None},
    "CallerAnswer": {
        "caller_number": "+15551234567",
        "waiting": [],
        "calls": [_CALL],
        "postbacks": [_POSTBACK],
        "has_more_postbacks": False,
        "next_cursor": None,
    },
    "ErasedAnswer": {
        "caller_number": "+15551234567",
        "erased": {"waiting": 0, "calls": 1, "log_rows": 1},
        "complete": True,
    },
    "PostbackList": {"postbacks": [_POSTBACK], "next_cursor": None},
    "CallAnswer": _CALL,
    "ActivityAnswer": _ACTIVITY,
}

_NEXT_CURSOR = {
    "X-Next-Cursor": {
        "description": "In CSV, what `cursor` asks for the next page; absent on the last one.",
        "required": False,
        "schema": {"type": "string"},
    }
}
_TOLD: Mapping[str, Schema] = {
    "list_postbacks": answer("The log.", ref("PostbackList"), headers=_NEXT_CURSOR)
    | {
        "content": {
            JSON: {"schema": ref("PostbackList")},
            "text/csv": {
                "schema": {"type": "string"},
                "example": "posting_id,posted_at,publisher_id,key_id,caller_number,…\r\n",
            },
        }
    },
    "delete_platform_key": {"description": "It opens nothing any more, within 30 seconds."},
    "read_contract": answer("This document.", {"type": "object"}),
    "read_instructions": INSTRUCTIONS,
}
"""The good answers of the functions that build theirs by hand."""

_POWERTOOLS_OWN = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
_NULL = {"type": "null"}

_RELEASED_NAMES = {"InstructionsFormat": "Form", "WarningKind": "NoticeKind"}
"""The released names of schemas whose classes are called differently in the code."""


def document() -> Schema:
    told = handler.app.get_openapi_schema(
        title="Operating call data writing",
        version=VERSION,
        description=_DESCRIPTION,
        servers=[Server(url=".", description="Where this document was read from.")],
    )
    found: Schema = json.loads(told.model_dump_json(by_alias=True, exclude_none=True))
    _tidy(found["paths"])
    for path, method, operation in _operations(found):
        _describe(path, method, operation)
    made = {
        **{name: found[name] for name in ("openapi", "info", "servers")},
        "security": [{"sigv4": []}],
        "paths": dict(sorted(found["paths"].items())),
        "components": {
            "responses": _responses(),
            "schemas": _schemas(found),
            "securitySchemes": _SECURITY,
        },
    }
    return _with_released_names(made)


def _with_released_names(document: Schema) -> Schema:
    text = json.dumps(document)
    for name, released in _RELEASED_NAMES.items():
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{released}"')
    renamed: Schema = json.loads(text)
    schemas = renamed["components"]["schemas"]
    renamed["components"]["schemas"] = dict(
        sorted((_RELEASED_NAMES.get(name, name), schema) for name, schema in schemas.items())
    )
    return renamed


_SECURITY = {
    "sigv4": {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "description": "AWS Signature Version 4, for the service `execute-api`.",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
}


def _operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield path, method, operation


def _describe(path: str, method: str, operation: Schema) -> None:
    name = _function_name(path, method, operation)
    operation["operationId"] = name
    operation["summary"] = name.replace("_", " ").capitalize()
    for parameter in operation.get("parameters", []):
        _plain_parameter(parameter)
    if "requestBody" in operation:
        content = operation["requestBody"]["content"][JSON]
        content["schema"] = _not_null(content["schema"])
        content["example"] = _EXAMPLES[_model(content)]
    good = _good_answer(name, operation["responses"])
    operation["responses"] = good | _errors(path, operation)


def _function_name(path: str, method: str, operation: Schema) -> str:
    """What Powertools made the operation's id of, with its path and method."""
    return str(operation["operationId"]).removesuffix(re.sub(r"\W", "_", path) + "_" + method)


def _plain_parameter(parameter: Schema) -> None:
    """A parameter in a query string is there or not; it is never null."""
    schema = parameter["schema"]
    if alternatives := [each for each in schema.pop("anyOf", []) if each != _NULL]:
        (only,) = alternatives
        schema.update(only)
    schema.pop("description", None)


def _not_null(schema: Schema) -> Schema:
    """A body that may be left out is there or not; it is never null."""
    present = [each for each in schema.get("anyOf", [schema]) if each != _NULL]
    (only,) = present
    return dict(only)


def _model(content: Schema) -> str:
    return str(content["schema"]["$ref"]).rpartition("/")[2]


def _good_answer(name: str, responses: Schema) -> Schema:
    ((status_code, good),) = (each for each in responses.items() if each[0].startswith("2"))
    if name in _TOLD:
        return {status_code: _TOLD[name]}
    if "$ref" not in good["content"][JSON]["schema"]:
        raise LookupError(f"{name} builds its answer by hand, and `_TOLD` does not describe it")
    good["description"] = "Created." if status_code == "201" else "As asked."
    good["content"][JSON]["example"] = _EXAMPLES[_model(good["content"][JSON])]
    return {status_code: good}


def _errors(path: str, operation: Schema) -> Schema:
    codes = {"403", "405", "413", "429", "431", "500", "503"}
    if "{" in path or "parameters" in operation:
        codes |= {"404", "422"}
    if "requestBody" in operation:
        codes |= {"415", "422"}
    return shared_answers(sorted(codes))


def _responses() -> Schema:
    """The errors, by their status codes."""
    return {
        "403": answer(
            "The request is not signed, or its identity is not allowed to send it.",
            ref("GatewayMessage"),
            examples={"forbidden": {"message": "Forbidden"}},
        ),
        "404": _refused(
            "There is no such publisher, key or call.",
            "key_id",
            "there is none with the id pbk_aaaaaaaaaaaa; look it up in the list",
        ),
        "405": answer(
            "A method that this path does not allow.",
            ref("Refused"),
            examples={"PUT": refusal((None, "PUT is not allowed here; send GET, POST"))},
            headers={"Allow": allow("GET, POST")},
        ),
        "413": _gateways("The request has more than 10 MB.", "Request Entity Too Large"),
        "415": _refused(
            "The body is of another type.",
            None,
            "the body must be JSON; send it with Content-Type application/json",
        ),
        "422": _refused("What is wrong, all of it.", "name", "is missing, and is needed"),
        "429": _gateways("Too many requests at once; send it again.", "Too Many Requests"),
        "431": {"description": "The request's line and headers have more than 10 KB together."},
        "500": answer(
            "Something went wrong; what was asked may or may not have been done. Try again.",
            {"anyOf": [ref("Refused"), ref("GatewayMessage")]},
            examples={"ours": refusal((None, "internal error; try again later"))},
        ),
        "503": _gateways("There was no answer in time; try again.", "Service Unavailable"),
    }


def _refused(description: str, param: str | None, message: str) -> Schema:
    return answer(description, ref("Refused"), examples={"refused": refusal((param, message))})


def _gateways(description: str, message: str) -> Schema:
    examples = {"the gateway's own": {"message": message}}
    return answer(description, ref("GatewayMessage"), examples=examples)


def _schemas(document: Schema) -> Schema:
    found = document["components"]["schemas"]
    _, listed = models_json_schema(
        [(PostbackList, "serialization")], ref_template="#/components/schemas/{model}"
    )
    schemas = {
        name: schema
        for name, schema in (found | listed["$defs"]).items()
        if name not in _POWERTOOLS_OWN
    }
    schemas |= {"Refused": REFUSED, "GatewayMessage": GATEWAY_MESSAGE}
    for schema in schemas.values():
        _tidy(schema)
    return dict(sorted(schemas.items()))


def _tidy(schema: Any) -> None:
    """Leave out titles, which repeat names, and write limits as the whole numbers that they are."""
    for each in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(each, dict | list):
            _tidy(each)
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        whole = {name: int(n) for name, n in schema.items() if isinstance(n, float) and n == int(n)}
        schema.update(whole)
