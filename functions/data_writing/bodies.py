"""The parameters in the body of a request: a form, JSON, or multipart."""

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header

from shared.domain import postings
from shared.domain.errors import BodyTooLarge, InvalidInput, Problem, UnsupportedBody
from shared.runtime import http

MAX_BYTES = 64 * 1024

_BODY_TYPES = "application/x-www-form-urlencoded, application/json or multipart/form-data"
_MOST_PARAMETERS = 2000
"""Of a query string, a form or a multipart body, repeats included: their number is what costs."""

_LONGEST_PART_HEADER = 1024
"""In bytes. A tag's name fits in; folded headers of the usual 4 KiB cost four times as much."""


def read(event: Mapping[str, Any]) -> dict[str, str]:
    """The parameters in the body of an HTTP API event (payload format 2.0), as its type says.

    Raises BodyTooLarge, UnsupportedBody or InvalidInput.
    """
    body = http.body(event)
    if len(body) > MAX_BYTES:
        message = (
            f"the body has {len(body)} bytes; send {MAX_BYTES} at most, the rest in another posting"
        )
        raise BodyTooLarge(Problem(None, message))
    if not body.strip():
        return {}
    headers = event.get("headers", {})
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedBody(
            Problem(
                None,
                "a body with a Content-Encoding is not read; send it uncompressed, without one",
            )
        )
    content_type, options = parse_options_header(headers.get("content-type", ""))
    match content_type:
        case "application/x-www-form-urlencoded":
            return _parse_form(body)
        case "application/json":
            return _parse_json(body)
        case "multipart/form-data":
            return _parse_multipart(body, options.get("boundary", ""))
    sent = postings.shown_name(content_type)
    body_as_sent = f"a body of type {sent}" if sent else "a body without a Content-Type"
    message = f"{body_as_sent} is not read; send it as {_BODY_TYPES}, and with that Content-Type"
    raise UnsupportedBody(Problem(None, message))


def parse_urlencoded(text: str) -> dict[str, str]:
    """Of a form or a query string. Raises InvalidInput for more parameters than are ever read."""
    if text.count("&") >= _MOST_PARAMETERS:
        raise _too_many_parameters()
    # What is not UTF-8 is kept as surrogates, to be refused later under its parameter's name.
    return dict(parse_qsl(text, keep_blank_values=True, errors="surrogateescape"))


def _too_many_parameters() -> InvalidInput:
    message = f"there are more than {_MOST_PARAMETERS} parameters; send {postings.MAX_TAGS} at most"
    return InvalidInput(Problem(None, f"{message}, the rest in another posting"))


def _parse_form(body: bytes) -> dict[str, str]:
    # What curl sends unless told otherwise; it would make one tag of all that the object holds.
    if body.lstrip().startswith(b"{") and body.rstrip().endswith(b"}"):
        message = "the body is JSON, but its Content-Type says form; send application/json"
        raise InvalidInput(Problem(None, message))
    return parse_urlencoded(body.decode("utf-8", "surrogateescape"))


def _parse_json(body: bytes) -> dict[str, str]:
    try:
        # As text, numbers stay what was sent: 39.10 is the tag 39.10.
        members = json.loads(body, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        message = (
            f"the body is not valid JSON: {reason}; mend it, or send the Content-Type it is of"
        )
        raise InvalidInput(Problem(None, message)) from error
    if not isinstance(members, dict):
        raise InvalidInput(Problem(None, 'the body must be one JSON object such as {"age": 39}'))
    nested = [name for name, value in members.items() if isinstance(value, dict | list)]
    if nested:
        raise InvalidInput(*_nested_problems(nested[: postings.MOST_PROBLEMS]))
    return {name: _json_text(value) for name, value in members.items()}


def _no_constant(name: str) -> str:
    raise ValueError(f"{name} is no JSON value")


def _nested_problems(names: Iterable[str]) -> Iterable[Problem]:
    return (
        Problem(
            postings.shown_name(name),
            "is an object or a list; a tag's value is text or a number: make a tag of each part",
        )
        for name in names
    )


def _json_text(value: str | bool | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _parse_multipart(body: bytes, boundary: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    try:
        for part in MultipartParser(
            io.BytesIO(body),
            boundary,
            content_length=len(body),
            part_limit=_MOST_PARAMETERS,
            headersize_limit=_LONGEST_PART_HEADER,
        ):
            name = part.name or ""
            if part.filename is not None:
                message = "is a file; a tag's value is text: leave the file out"
                raise InvalidInput(Problem(postings.shown_name(name), message))
            parameters[name] = part.raw.decode("utf-8", "surrogateescape")
    except ValueError as error:
        # Further arguments, and errors that are not the parser's own, quote what was sent.
        reason = error.args[0] if isinstance(error, MultipartError) else "it is not UTF-8"
        message = (
            f"the body is not valid multipart/form-data: {reason}; have your HTTP library make "
            "both the body and its Content-Type"
        )
        raise InvalidInput(Problem(None, message)) from error
    return parameters
