"""The OpenAPI document of the posting URL, from the rules that its function goes by."""

from contract import publisher_answers, publisher_schemas
from contract.fragments import INSTRUCTIONS, JSON, Schema, answer, ref, shared_answers
from contract.publisher_answers import FORM, MULTIPART
from functions.data_writing import bodies, openapi, parameters
from functions.data_writing.request import Resource
from shared.domain import postings
from shared.instructions.formats import InstructionsFormat

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
        "components": {
            "responses": publisher_answers.responses(),
            "schemas": publisher_schemas.schemas(),
        },
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
            "responses": shared_answers(publisher_answers.responses()),
        },
        "post": {
            "operationId": f"post{where}",
            "summary": "Post tags in the body, the query string, or both",
            "parameters": [offered, *_parameters()],
            "requestBody": _body(),
            "responses": shared_answers(publisher_answers.responses()),
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
        "summary": "Read how to post with this key",
        "parameters": [key | {"required": True, "schema": ref("Key")}, form],
        "responses": {"200": INSTRUCTIONS}
        | shared_answers(["401", "405", "422", "429", "503", *publisher_answers.gateways_own()]),
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
        "responses": {"200": good}
        | shared_answers(["405", "429", *publisher_answers.gateways_own()]),
    }
