"""Generates the OpenAPI document of the operator API from its routes and models.

New routes are included automatically. Routes that build their response by hand must describe it
in `_CUSTOM_RESPONSES`.
"""

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
    Schema,
    allow,
    error_body,
    ref,
    response,
    response_refs,
)
from contract.operator_examples import EXAMPLES
from functions.operator_api import handler
from functions.operator_api.log_schemas import PostbackList

VERSION = "1.0.0"

_DESCRIPTION = """\
Manage publishers and postback keys, and read the postback log, activity, callers, and calls with their tags.

Sign requests with AWS Signature Version 4 (service `execute-api`), as an identity that has the policy `OperatorPolicy`.
The console sends the person and their role, which are believed only from its own IAM role: for viewers phone numbers are masked, and changes refused.
Durations are in whole seconds. Requests may also use ISO 8601 durations. Times are in ISO 8601 with a UTC offset.
"""  # noqa: E501

_NEXT_CURSOR = {
    "X-Next-Cursor": {
        "description": "With CSV: the cursor of the next page. Absent on the last page.",
        "required": False,
        "schema": {"type": "string"},
    }
}
_DENIED: Schema = {
    "type": "object",
    "description": "An error of API Gateway, which has only `message`, or of the service.",
    "required": ["message"],
    "properties": {**GATEWAY_MESSAGE["properties"], **REFUSED["properties"]},
}
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait. Absent in responses of API Gateway.",
        "required": False,
        "schema": {"type": "string"},
    }
}
_ROLE_EXAMPLE = "needs the role manager, and you are a viewer; ask an admin to make you a manager"
_LOOK_UPS_EXAMPLE = (
    "was not looked up: you have looked up 30 numbers within an hour; wait, or ask a manager"
)
_CUSTOM_RESPONSES: Mapping[str, Schema] = {
    "list_postbacks": response("A page of the log.", ref("PostbackList"), headers=_NEXT_CURSOR)
    | {
        "content": {
            JSON: {"schema": ref("PostbackList")},
            "text/csv": {
                "schema": {"type": "string"},
                "example": "posting_id,posted_at,publisher_id,key_id,caller_number,…\r\n",
            },
        }
    },
    "remove_person": {"description": "Removed, and their sessions ended."},
    "note_sign_in": {"description": "Recorded."},
    "delete_platform_key": {"description": "Deleted. Takes effect within 30 seconds."},
    "read_contract": response("This document.", {"type": "object"}),
    "read_instructions": INSTRUCTIONS,
}
"""The success responses of routes that build them by hand, by function."""

_SOON = "Takes effect within 30 seconds."
_DESCRIPTIONS: Mapping[str, str] = {
    "pause_key": f"Paused. {_SOON}",
    "resume_key": f"Resumed. {_SOON}",
    "pause_platform_key": f"Paused. {_SOON}",
    "resume_platform_key": f"Resumed. {_SOON}",
    "change_platform_key": f"Changed. {_SOON}",
    "rotate_platform_key": "The new key. The old one stays valid for the overlap.",
}

_POWERTOOLS_OWN = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
_NULL = {"type": "null"}

_RELEASED_NAMES = {
    "InstructionsFormat": "Form",
    "ReasonCount": "ToldAnswer",
    "WarningKind": "NoticeKind",
} | {
    f"{name}Response": f"{name}Answer"
    for name in (
        "Activity", "Call", "Caller", "Erased", "Figures", "Hour", "Key", "ListedKey",
        "ListedPublisher", "NewPlatformKey", "PlatformKey", "Postback", "Problem", "Publisher",
        "Recent", "Tag", "Value", "Waiting", "Warning",
    )
}  # fmt: skip
"""The released names of schemas whose classes have other names in the code."""


def document() -> Schema:
    generated = handler.app.get_openapi_schema(
        title="Operator API of call data writing",
        version=VERSION,
        description=_DESCRIPTION,
        servers=[Server(url=".", description="The address that served this document.")],
    )
    found: Schema = json.loads(generated.model_dump_json(by_alias=True, exclude_none=True))
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
        content["example"] = EXAMPLES[_model(content)]
    success = _success(name, operation["responses"])
    operation["responses"] = success | _errors(path, method, operation)


def _function_name(path: str, method: str, operation: Schema) -> str:
    """Return the function's name, from which Powertools makes the operation ID."""
    return str(operation["operationId"]).removesuffix(re.sub(r"\W", "_", path) + "_" + method)


def _plain_parameter(parameter: Schema) -> None:
    """Remove null from a query parameter's types: it can be absent, but not null."""
    schema = parameter["schema"]
    if alternatives := [each for each in schema.pop("anyOf", []) if each != _NULL]:
        (only,) = alternatives
        schema.update(only)
    schema.pop("description", None)


def _not_null(schema: Schema) -> Schema:
    """Remove null from an optional body's types: it can be absent, but not null."""
    present = [each for each in schema.get("anyOf", [schema]) if each != _NULL]
    (only,) = present
    return dict(only)


def _model(content: Schema) -> str:
    return str(content["schema"]["$ref"]).rpartition("/")[2]


def _success(name: str, responses: Schema) -> Schema:
    ((status_code, success),) = (each for each in responses.items() if each[0].startswith("2"))
    if name in _CUSTOM_RESPONSES:
        return {status_code: _CUSTOM_RESPONSES[name]}
    if "$ref" not in success["content"][JSON]["schema"]:
        raise LookupError(f"{name} builds its response by hand, and `_CUSTOM_RESPONSES` lacks it")
    default = "Created." if status_code == "201" else "Success."
    success["description"] = _DESCRIPTIONS.get(name, default)
    success["content"][JSON]["example"] = EXAMPLES[_model(success["content"][JSON])]
    return {status_code: success}


def _errors(path: str, method: str, operation: Schema) -> Schema:
    codes = {"403", "405", "413", "429", "431", "500", "503"}
    if path.startswith("/people") and method != "get":
        codes |= {"409"}
    if "{" in path or "parameters" in operation:
        codes |= {"404", "422"}
    if "requestBody" in operation:
        codes |= {"415", "422"}
    return response_refs(sorted(codes))


def _responses() -> Schema:
    """Return the error responses by their status codes."""
    return {
        "403": response(
            "The request is not signed, its AWS identity lacks the policy `OperatorPolicy`, or the "
            "person's role does not allow it.",
            ref("Denied"),
            examples={
                "forbidden": {"message": "Forbidden"},
                "role": error_body((None, _ROLE_EXAMPLE)) | {"message": _ROLE_EXAMPLE},
            },
        ),
        "404": _error(
            "The publisher, key or call does not exist.",
            "key_id",
            "no record has the ID pbk_aaaaaaaaaaaa; look it up in the list",
        ),
        "405": response(
            "The path does not support the method.",
            ref("Refused"),
            examples={"PUT": error_body((None, "PUT is not allowed here; send GET, POST"))},
            headers={"Allow": allow("GET, POST")},
        ),
        "409": _error(
            "The request contradicts the state of a person.",
            "email",
            "is the address of the last admin, who must stay one; make another person an admin "
            "first",
        ),
        "413": _gateway_error("The request is larger than 10 MB.", "Request Entity Too Large"),
        "415": _error(
            "The body is not JSON.",
            None,
            "the body must be JSON; send it with Content-Type application/json",
        ),
        "422": _error(
            "The request is invalid. `errors` lists every problem.",
            "name",
            "is required",
        ),
        "429": response(
            "Too many requests at once, or too many look-ups of caller numbers by a viewer. Retry.",
            ref("Denied"),
            examples={
                "the gateway's own": {"message": "Too Many Requests"},
                "look-ups": error_body(("caller_number", _LOOK_UPS_EXAMPLE))
                | {"message": _LOOK_UPS_EXAMPLE},
            },
            headers=_RETRY_AFTER,
        ),
        "431": {"description": "The request line and headers together are larger than 10 KB."},
        "500": response(
            "An internal error. The change may or may not have been made. Retry.",
            {"anyOf": [ref("Refused"), ref("GatewayMessage")]},
            examples={"ours": error_body((None, "internal error; try again later"))},
        ),
        "503": _gateway_error("The service did not respond in time. Retry.", "Service Unavailable"),
    }


def _error(description: str, param: str | None, message: str) -> Schema:
    return response(description, ref("Refused"), examples={"refused": error_body((param, message))})


def _gateway_error(description: str, message: str) -> Schema:
    examples = {"the gateway's own": {"message": message}}
    return response(description, ref("GatewayMessage"), examples=examples)


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
    schemas |= {"Refused": REFUSED, "GatewayMessage": GATEWAY_MESSAGE, "Denied": _DENIED}
    for schema in schemas.values():
        _tidy(schema)
    return dict(sorted(schemas.items()))


def _tidy(schema: Any) -> None:
    """Remove titles, which repeat names, and write whole limits as integers."""
    for each in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(each, dict | list):
            _tidy(each)
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        whole = {name: int(n) for name, n in schema.items() if isinstance(n, float) and n == int(n)}
        schema.update(whole)
