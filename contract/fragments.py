"""JSON Schemas and answers that several documents have in common."""

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

# As a prohibition: in some dialects an anchored pattern lets a last line feed through.
NO_CONTROL_CHARACTERS: Schema = {
    "not": {"type": "string", "pattern": "[\\u0000-\\u001f\\u007f-\\u009f\\ufffe\\uffff]"}
}

LINES: Schema = {
    "not": {
        "type": "string",
        "pattern": "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\ufffe\\uffff]",
    }
}
"""As above, but for the line breaks and tabs that a value may have."""

REFUSED: Schema = {
    "type": "object",
    "description": "What is wrong, and what to do about it.",
    "required": ["status", "errors", "request_id"],
    "properties": {
        "status": {"const": "error"},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["param", "message"],
                "properties": {
                    "param": {
                        "type": ["string", "null"],
                        "description": "The parameter that is wrong; null: the request as a whole.",
                    },
                    "message": {"type": "string", "minLength": 1},
                },
            },
        },
        "request_id": {"type": "string", "description": "Tell it to whoever is to help you."},
    },
}

GATEWAY_MESSAGE: Schema = {
    "type": "object",
    "description": "API Gateway's own answer: the request did not get through to the service.",
    "required": ["message"],
    "properties": {"message": {"type": "string"}},
}

NO_STORE: Schema = {
    "description": "Nobody may keep the answer.",
    "required": True,
    "schema": {"const": "no-store"},
}

INSTRUCTIONS: Schema = {
    "description": "The key's posting instructions, as a page to read or as Markdown.",
    "headers": {"Cache-Control": NO_STORE},
    "content": {
        "text/html": {"schema": {"type": "string"}},
        "text/markdown": {"schema": {"type": "string"}},
    },
}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def shared_answers(responses: Iterable[str]) -> Schema:
    """An operation's responses, each of which is described once for all operations."""
    return {code: {"$ref": f"#/components/responses/{code}"} for code in responses}


def answer(
    description: str,
    schema: Schema,
    *,
    examples: Mapping[str, Any] | None = None,
    headers: Mapping[str, Schema] | None = None,
) -> Schema:
    """A response with a JSON body, as an OpenAPI document describes one."""
    content: Schema = {"schema": schema}
    if examples:
        content["examples"] = {name: {"value": value} for name, value in examples.items()}
    described: Schema = {"description": description}
    if headers:
        described["headers"] = dict(headers)
    return described | {"content": {JSON: content}}


def allow(*examples: str) -> Schema:
    return {
        "description": "The methods that are answered here.",
        "required": True,
        "schema": {"type": "string", "examples": list(examples)},
    }


def refusal(*problems: tuple[str | None, str]) -> Schema:
    """An error's body, as an example."""
    return {
        "status": "error",
        "errors": [{"param": param, "message": message} for param, message in problems],
        "request_id": REQUEST_ID,
    }
