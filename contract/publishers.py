"""Generates the OpenAPI document of the posting URL from the rules in its code."""

from contract import publisher_responses, publisher_schemas
from contract.fragments import INSTRUCTIONS, JSON, Schema, ref, response, response_refs
from contract.publisher_responses import FORM, MULTIPART
from functions.data_writing import bodies, openapi, parameters
from functions.data_writing.request import Resource
from shared.domain import postings
from shared.instructions.formats import InstructionsFormat

VERSION = "1.0.0"

PIXEL = f"{Resource.POSTING_WITH_KEY}.gif"

_DESCRIPTION = f"""\
Post what you know about a caller as *tags*. The service applies them to the caller's next call, to the call in progress, or to one that just ended.

- A body parameter overrides one in the query string. A key in the path overrides both. If a parameter is repeated, the last value is used.
- Every parameter other than `key`, `caller_number` and `call_uuid` is a tag. A value may be empty.
- A posting has 1 to {postings.MAX_TAGS} tags, in a body of {bodies.MAX_BYTES // 1024} KiB or less.
  A query string holds about 8 KB: post more in a body.
- `.json` at the end of either link is ignored. Nested JSON and `a[b]` become the tag `a.b`. Lists and `x[]=a&x[]=b` become `x` = `a,b`.
- `warnings`, after `status`, lists what was repaired, guessed or left out. It is present only if there is a warning.
- Names and values are text without control characters, which are left out with a warning; values may contain line breaks and tabs. In JSON, `39` becomes "39", `true` becomes "true" and `null` becomes "".
- **A 200 is a promise**: the tags are stored and will be applied. After a 5xx nothing is promised: retry the posting.
  Sending a posting twice does no harm.
- Web pages of any origin may post from the browser, with and without credentials. The API uses no cookies.
- A `GET` with the header `Sec-Fetch-Dest: image`, as browsers send for `<img>`, gets the image of the pixel with the status code of the response.
"""  # noqa: E501


def document() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Posting tags", "version": VERSION, "description": _DESCRIPTION},
        "servers": [{"url": ".", "description": "The address that served this document."}],
        "security": [],
        "paths": {
            Resource.POSTING: _postings({"name": parameters.KEY, "in": "query"}),
            Resource.POSTING_WITH_KEY: _postings({"name": parameters.KEY, "in": "path"}),
            PIXEL: {"get": _pixel()},
            Resource.INSTRUCTIONS: {"get": _instructions()},
            Resource.CONTRACT: {"get": _read_contract()},
        },
        "components": {
            "responses": publisher_responses.responses(),
            "schemas": publisher_schemas.schemas(),
        },
    }


def _postings(key: Schema) -> Schema:
    """Return the operations of one form of the posting URL."""
    where = "KeyInPath" if key["in"] == "path" else ""
    described = "Your postback key."
    # A POST may have its key in the body, like every other parameter.
    required = key | {"description": described, "required": True, "schema": ref("Key")}
    for_post = required if key["in"] == "path" else required | {"required": False}
    return {
        "get": {
            "operationId": f"postByGet{where}",
            "summary": "Post tags in the query string",
            "parameters": [required, *_parameters()],
            "responses": response_refs(publisher_responses.responses()),
        },
        "post": {
            "operationId": f"post{where}",
            "summary": "Post tags in the body, the query string, or both",
            "parameters": [for_post, *_parameters()],
            "requestBody": _body(),
            "responses": response_refs(publisher_responses.responses()),
        },
    }


def _pixel() -> Schema:
    key = {"name": parameters.KEY, "in": "path", "description": "Your postback key."}
    return {
        "operationId": "postByPixel",
        "summary": "Post tags by an image of one pixel",
        "description": "Stores the tags and returns a transparent GIF of 1 x 1 pixel.",
        "parameters": [key | {"required": True, "schema": ref("Key")}, *_parameters()],
        "responses": publisher_responses.pixel_responses(),
    }


def _parameters() -> list[Schema]:
    number = {
        "name": parameters.CALLER_NUMBER,
        "in": "query",
        "description": "The caller to tag. This or `call_uuid` is required, here or in the body.",
        "schema": ref("CallerNumber"),
    }
    call = {
        "name": parameters.CALL_UUID,
        "in": "query",
        "description": "The call to tag. Overrides `caller_number`.",
        "schema": ref("CallUuid"),
    }
    tags = {
        "name": "tags",
        "in": "query",
        "description": "Every other parameter is a tag with a name and a value.",
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
            FORM: form,
            JSON: {
                "schema": ref("JsonObject"),
                "example": {"caller_number": "+15551234567", "age": 39, "prequalified": True},
            },
            MULTIPART: form,
        },
    }


def _instructions() -> Schema:
    key = {"name": parameters.KEY, "in": "path", "description": "Your postback key."}
    form = {
        "name": "format",
        "in": "query",
        "schema": {
            "enum": [str(form) for form in InstructionsFormat],
            "default": str(InstructionsFormat.HTML),
        },
    }
    return {
        "operationId": "readInstructions",
        "summary": "Read the posting instructions of this key",
        "parameters": [key | {"required": True, "schema": ref("Key")}, form],
        "responses": {"200": INSTRUCTIONS}
        | response_refs(["401", "405", "422", "429", "503", *publisher_responses.gateway_errors()]),
    }


def _read_contract() -> Schema:
    headers = {
        "Cache-Control": {
            "description": "How long the document may be cached.",
            "required": True,
            "schema": {"type": "string", "examples": [openapi.CACHE_CONTROL]},
        }
    }
    success = response("This document.", {"type": "object"}, headers=headers)
    return {
        "operationId": "readContract",
        "summary": "Read this document",
        "responses": {"200": success}
        | response_refs(["405", "429", *publisher_responses.gateway_errors()]),
    }
