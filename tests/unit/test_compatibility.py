"""Which changes break clients of the released contract, and which do not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contract.compatibility import FOR_REQUESTS, breaks, narrowed, widened
from tests import described
from tests.described import PUBLISHER, Document

Change = Callable[[Document], Any]

POSTING = "/data_writing"
INSTRUCTIONS = "/data_writing/{key}/instructions"
JSON = "application/json"
IN_JSON = f"POST {POSTING} {JSON}"
ANY_VALUE = "['string', 'number', 'boolean', 'null', 'object', 'array']"


@pytest.fixture
def released() -> Document:
    return described.load(PUBLISHER)


def _schema(document: Document, name: str) -> Document:
    schema: Document = document["components"]["schemas"][name]
    return schema


def _response(document: Document, code: str) -> Document:
    response: Document = document["components"]["responses"][code]
    return response


def _get(document: Document) -> Document:
    operation: Document = document["paths"][POSTING]["get"]
    return operation


def _format(document: Document) -> Document:
    parameters = document["paths"][INSTRUCTIONS]["get"]["parameters"]
    (schema,) = (it["schema"] for it in parameters if it["name"] == "format")
    found: Document = schema
    return found


def _bodies(document: Document) -> Document:
    content: Document = document["paths"][POSTING]["post"]["requestBody"]["content"]
    return content


def _new_parameter(document: Document, *, required: bool) -> None:
    new = {"name": "campaign", "in": "query", "required": required, "schema": {"type": "string"}}
    _get(document)["parameters"].append(new)


BREAKS: dict[str, tuple[Change, str]] = {
    "a path": (lambda d: d["paths"].pop(POSTING), "GET /data_writing: removed"),
    "a method": (
        lambda d: d["paths"][POSTING].pop("post"),
        "POST /data_writing: removed",
    ),
    "a parameter": (
        lambda d: _get(d)["parameters"].pop(1),
        "GET /data_writing: parameter caller_number in query removed",
    ),
    "a new required parameter": (
        lambda d: _new_parameter(d, required=True),
        "GET /data_writing: parameter campaign in query is now required",
    ),
    "a parameter that becomes required": (
        lambda d: _get(d)["parameters"][1].update(required=True),
        "GET /data_writing: parameter caller_number in query is now required",
    ),
    "another serialization of tags": (
        lambda d: _get(d)["parameters"][3].update(style="deepObject"),
        "GET /data_writing: parameter tags in query is serialized differently",
    ),
    "a shorter value": (
        lambda d: _schema(d, "TagValue").update(maxLength=100),
        "GET /data_writing tags in query.additionalProperties: maxLength is 100, was 8192",
    ),
    "fewer tags": (
        lambda d: _schema(d, "Tags").update(maxProperties=50),
        "GET /data_writing tags in query: maxProperties is 50, was 100",
    ),
    "a pattern": (
        lambda d: _schema(d, "CallerNumber").update(pattern="^[+]"),
        "GET /data_writing caller_number in query: pattern has changed",
    ),
    "a longer minimum": (
        lambda d: _schema(d, "CallerNumber").update(minLength=8),
        "GET /data_writing caller_number in query: minLength is 8, was 1",
    ),
    "a type": (
        lambda d: _schema(d, "CallerNumber").update(type="integer"),
        "GET /data_writing caller_number in query: of type integer, was string",
    ),
    "a choice": (
        lambda d: _schema(d, "CallerNumber").update(enum=["+15551234567"]),
        "GET /data_writing caller_number in query: other values removed",
    ),
    "a member that becomes required": (
        lambda d: _schema(d, "Form").update(required=["age"]),
        "POST /data_writing application/x-www-form-urlencoded: age is now required",
    ),
    "no tags": (
        lambda d: _schema(d, "Form").update(additionalProperties=False),
        "POST /data_writing multipart/form-data.additionalProperties: no longer accepted",
    ),
    "JSON's null": (
        lambda d: _schema(d, "JsonObject")["additionalProperties"].update(type=["string"]),
        f"{IN_JSON}.additionalProperties: of type ['string'], was {ANY_VALUE}",
    ),
    "a number as a number": (
        lambda d: _schema(d, "JsonObject")["properties"]["caller_number"]["anyOf"].pop(),
        "POST /data_writing application/json.caller_number: alternative 2 of anyOf removed",
    ),
    "a type of body": (
        lambda d: _bodies(d).pop("multipart/form-data"),
        "POST /data_writing: a body of multipart/form-data is no longer accepted",
    ),
    "a body that becomes required": (
        lambda d: d["paths"][POSTING]["post"]["requestBody"].update(required=True),
        "POST /data_writing: a body is now required",
    ),
    "a status code": (
        lambda d: _get(d)["responses"].pop("503"),
        "GET /data_writing: 503 removed",
    ),
    "a new success status code": (
        lambda d: _get(d)["responses"].update({"202": _response(d, "200")}),
        "GET /data_writing: 202 is a new success status",
    ),
    "a new success status code for requests that are not new": (
        lambda d: _get(d)["responses"].update(
            {"202": _response(d, "200") | {FOR_REQUESTS: ["Tags"]}}
        ),
        "GET /data_writing: 202 is a new success status",
    ),
    "a header": (
        lambda d: _response(d, "503")["headers"].pop("Retry-After"),
        "GET /data_writing 503: header Retry-After is no longer guaranteed",
    ),
    "a header that becomes optional": (
        lambda d: _response(d, "405")["headers"]["Allow"].update(required=False),
        "GET /data_writing 405: header Allow is no longer guaranteed",
    ),
    "the type of a response": (
        lambda d: _response(d, "200").update(content={"text/plain": {"schema": {}}}),
        "GET /data_writing 200: application/json removed",
    ),
    "a required member of a response": (
        lambda d: _schema(d, "Accepted")["required"].remove("tag_values"),
        "GET /data_writing 200 application/json: tag_values is no longer guaranteed",
    ),
    "a new status": (
        lambda d: _schema(d, "Accepted")["properties"]["status"]["enum"].append("on hold"),
        "GET /data_writing 200 application/json.status: 'on hold' removed",
    ),
    "a member of another type": (
        lambda d: _schema(d, "Refused")["properties"]["request_id"].update(type="integer"),
        "GET /data_writing 401 application/json.request_id: of type string, was integer",
    ),
    "a signature": (
        lambda d: d.update(security=[{"sigv4": []}]),
        "GET /data_writing: authentication has changed",
    ),
    "a signature for one operation": (
        lambda d: _get(d).update(security=[{"sigv4": []}]),
        "GET /data_writing: authentication has changed",
    ),
    "a tag of one type": (
        lambda d: _schema(d, "JsonObject")["properties"].update(age={"type": "integer"}),
        f"{IN_JSON}.age: of type integer, was {ANY_VALUE}",
    ),
    "an optional member of a response": (
        lambda d: _schema(d, "Accepted")["properties"].pop("call_uuid"),
        "GET /data_writing 200 application/json.call_uuid: removed",
    ),
    "a default": (
        lambda d: _format(d).update(default="markdown"),
        f"GET {INSTRUCTIONS} format in query: default is 'markdown', was 'html'",
    ),
}


def _new_request_with_new_status(document: Document) -> None:
    document["components"]["schemas"]["Leg"] = {"type": "object"}
    new = _response(document, "200") | {FOR_REQUESTS: ["Leg"]}
    _get(document)["responses"].update({"202": new})


HARMLESS: dict[str, Change] = {
    "nothing": dict,
    "a new success status code for requests that are new": _new_request_with_new_status,
    "a new path": lambda d: d["paths"].update({"/v2": d["paths"][POSTING]}),
    "a new method": lambda d: d["paths"][POSTING].update(put=_get(d)),
    "a new optional parameter": lambda d: _new_parameter(d, required=False),
    "a parameter that becomes optional": lambda d: _get(d)["parameters"][0].update(required=False),
    "a longer value": lambda d: _schema(d, "TagValue").update(maxLength=9000),
    "any length": lambda d: _schema(d, "TagValue").pop("maxLength"),
    "control characters": lambda d: _schema(d, "TagValue").pop("not"),
    "more types": lambda d: _schema(d, "CallerNumber").update(type=["string", "integer"]),
    "a new type of body": lambda d: _bodies(d).update({"text/csv": {"schema": {}}}),
    "another error": lambda d: _get(d)["responses"].update({"410": _response(d, "404")}),
    "a new member of a response": lambda d: _schema(d, "Accepted")["properties"].update(
        posting_id={"type": "string"}
    ),
    "a status that is no longer returned": lambda d: _schema(d, "Accepted")["properties"]["status"][
        "enum"
    ].pop(),
    "another header": lambda d: _response(d, "200")["headers"].update(
        {"ETag": {"required": True, "schema": {"type": "string"}}}
    ),
    "other words": lambda d: d["info"].update(description="Better ones."),
    "other examples": lambda d: _response(d, "200")["content"][JSON].pop("examples"),
}


@pytest.mark.parametrize(("change", "message"), BREAKS.values(), ids=BREAKS.keys())
def test_a_breaking_change_is_found(released: Document, change: Change, message: str) -> None:
    current = copy.deepcopy(released)
    change(current)

    assert message in breaks(released, current)


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS.keys())
def test_a_harmless_change_is_allowed(released: Document, change: Change) -> None:
    current = copy.deepcopy(released)
    change(current)

    assert breaks(released, current) == []


@pytest.mark.parametrize(
    ("before", "after", "is_narrower"),
    [
        ({}, {"type": "string"}, True),
        ({"type": "string"}, {}, False),
        ({"type": "integer"}, {"type": "number"}, False),
        ({"type": "number"}, {"type": "integer"}, True),
        ({"type": "integer"}, {"type": "integer", "minimum": 0}, True),
        ({"type": "integer", "minimum": 0}, {"type": "integer", "minimum": -1}, False),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, True),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, False),
        ({"const": "a"}, {"type": "string"}, False),
        ({"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]}, False),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string"}, True),
        ({"items": {"type": "string"}}, {"items": {"type": "string", "maxLength": 1}}, True),
        ({"properties": {"a": {}}}, {"additionalProperties": False}, True),
        ({"properties": {"a": {}}}, {"properties": {"a": {}}, "additionalProperties": True}, False),
        ({"propertyNames": {"maxLength": 9}}, {"propertyNames": {"maxLength": 8}}, True),
        ({"pattern": "^[a-z]{6,9}$"}, {"pattern": "^[a-z/]{6,9}$"}, False),
        ({"pattern": "^[a-z]{6,9}$"}, {"pattern": "^[a-z]{5,10}$"}, False),
        ({"pattern": "^[a-z]{6,9}$"}, {"pattern": "^[a-y]{6,9}$"}, True),
        ({"pattern": "^[a-z]{6,9}$"}, {"pattern": "^[a-z]{7,9}$"}, True),
        ({"pattern": "^[a-z]{6,9}$"}, {"pattern": "^[a-z]{6,8}$"}, True),
        ({"pattern": "^[a-z]+$"}, {"pattern": "^[a-z/]+$"}, True),
        ({}, {"pattern": "^[a-z]{6,9}$"}, True),
        ({"anyOf": [{"type": "object"}]}, {"type": "object"}, False),
        ({"anyOf": [{"type": "object"}, {"type": "null"}]}, {"type": "object"}, True),
        ({"format": "uuid"}, {}, False),
        ({}, {"format": "uuid"}, True),
        ({}, {"unevaluatedProperties": False}, True),
        ({"default": 1}, {"default": 2}, True),
        ({"default": 1}, {}, False),
        ({}, {"properties": {"a": {"type": "string"}}}, False),
        (
            {"additionalProperties": {"type": "string"}},
            {"properties": {"a": {"type": "null"}}},
            True,
        ),
        ({"additionalProperties": False}, {"properties": {"a": {}}}, False),
    ],
)
def test_a_schema_is_narrower_if_it_rejects_what_the_other_accepts(
    before: Document, after: Document, is_narrower: bool
) -> None:
    assert bool(narrowed(before, after)) is is_narrower


@pytest.mark.parametrize(
    ("before", "after", "is_wider"),
    [
        ({"type": "string"}, {}, True),
        ({}, {"type": "string"}, False),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, True),
        ({"properties": {"a": {}}}, {"properties": {}}, True),
        ({"properties": {"a": {}}}, {"properties": {"a": {}, "b": {}}}, False),
        ({"default": 1}, {"default": 2}, False),
    ],
)
def test_a_schema_is_wider_if_it_allows_other_output(
    before: Document, after: Document, is_wider: bool
) -> None:
    assert bool(widened(before, after)) is is_wider
