"""JSON Schemas and responses that several documents share."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain import e164

Schema = dict[str, Any]

JSON = "application/json"
UUID = "9b653cf0-4835-493b-860c-aed9b7af2a4a"
REQUEST_ID = "GZ0WXhTNoAMEJxA="

E164: Schema = {
    "type": "string",
    "pattern": rf"^\+[0-9]{{{e164.MIN_DIGITS},{e164.MAX_DIGITS}}}$",
    "examples": ["+15551234567"],
}

# Uses `not`: in some regex dialects an anchored pattern accepts a trailing line feed.
NO_CONTROL_CHARACTERS: Schema = {
    "not": {"type": "string", "pattern": "[\\u0000-\\u001f\\u007f-\\u009f\\ufffe\\uffff]"}
}

MULTILINE: Schema = {
    "not": {
        "type": "string",
        "pattern": "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\ufffe\\uffff]",
    }
}
"""As NO_CONTROL_CHARACTERS, but allows line breaks and tabs."""

REFUSED: Schema = {
    "type": "object",
    "description": "What is wrong, and how to fix it.",
    "required": ["status", "errors", "request_id"],
    "properties": {
        "status": {"type": "string", "const": "error", "description": "Always `error`."},
        "errors": {
            "type": "array",
            "description": "Every problem with the request.",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["param", "message"],
                "properties": {
                    "param": {
                        "type": ["string", "null"],
                        "description": "The invalid parameter. Null if the request as a whole is.",
                    },
                    "message": {
                        "type": "string",
                        "minLength": 1,
                        "description": "What is wrong, and what to do.",
                    },
                },
            },
        },
        "request_id": {"type": "string", "description": "Quote this ID when you ask for help."},
    },
}

GATEWAY_MESSAGE: Schema = {
    "type": "object",
    "description": "An error of API Gateway. The request did not reach the service.",
    "required": ["message"],
    "properties": {"message": {"type": "string", "description": "What is wrong."}},
}

NO_STORE: Schema = {
    "description": "The response must not be cached.",
    "required": True,
    "schema": {"const": "no-store"},
}

INSTRUCTIONS: Schema = {
    "description": "The key's posting instructions, as a web page or as Markdown.",
    "headers": {"Cache-Control": NO_STORE},
    "content": {
        "text/html": {"schema": {"type": "string"}},
        "text/markdown": {"schema": {"type": "string"}},
    },
}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def response_refs(responses: Iterable[str]) -> Schema:
    """Return references to responses that all operations share."""
    return {code: {"$ref": f"#/components/responses/{code}"} for code in responses}


def response(
    description: str,
    schema: Schema,
    *,
    examples: Mapping[str, Any] | None = None,
    headers: Mapping[str, Schema] | None = None,
) -> Schema:
    """Describe a response with a JSON body."""
    content: Schema = {"schema": schema}
    if examples:
        content["examples"] = {name: {"value": value} for name, value in examples.items()}
    described: Schema = {"description": description}
    if headers:
        described["headers"] = dict(headers)
    return described | {"content": {JSON: content}}


def allow(*examples: str) -> Schema:
    return {
        "description": "The methods that this path supports.",
        "required": True,
        "schema": {"type": "string", "examples": list(examples)},
    }


def error_body(*problems: tuple[str | None, str], request_id: str = REQUEST_ID) -> Schema:
    """Return an example of an error body."""
    return {
        "status": "error",
        "errors": [{"param": param, "message": message} for param, message in problems],
        "request_id": request_id,
    }
