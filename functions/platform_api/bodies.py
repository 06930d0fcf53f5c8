"""The members of a report: of a JSON object, a form, a query string or a record of FreeSWITCH."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from shared.domain.errors import (
    BodyTooLarge,
    InvalidInput,
    Problem,
    UnreadableBody,
    UnsupportedBody,
)
from shared.runtime import http

MAX_BODY_BYTES = 256 * 1024
"""A record of FreeSWITCH has about 60 KB in a form."""

_MAX_FIELDS = 200

FORM, JSON = "application/x-www-form-urlencoded", "application/json"

_IDENTITIES = frozenset(("call_uuid", "caller_number", "parent_call_uuid"))

NOT_UTF_8 = "was not UTF-8, so it was read as Windows-1252; send UTF-8"
_RECORD_STARTS = ("<", "cdr=")


def read(event: Mapping[str, Any], warnings: list[Problem]) -> dict[str, Any]:
    """Return the members of the body, or of the query string of a GET; none of an empty body.

    Adds to `warnings`. Raises BodyTooLarge, UnreadableBody or UnsupportedBody.
    """
    if http.method(event) == "GET":
        return form(event.get("rawQueryString", ""), warnings)
    sent = http.body(event)
    if len(sent) > MAX_BODY_BYTES:
        message = f"the body has {len(sent)} bytes; send {MAX_BODY_BYTES} or fewer"
        raise BodyTooLarge(Problem(None, message))
    content_type = event.get("headers", {}).get("content-type", "")
    declared = content_type.lower()
    if declared.startswith("multipart/"):
        return _multipart(sent, content_type, warnings)
    text = _decode(sent, warnings).strip()
    if not text:
        return {}
    if text.startswith(_RECORD_STARTS):
        return _record(text, declared)
    if text[0] in "{[" or "json" in declared:
        return _json(text)
    if FORM in declared or not declared or ("text/plain" in declared and _looks_like_form(text)):
        return form(text, warnings)
    raise _unsupported()


def form(text: str, warnings: list[Problem]) -> dict[str, Any]:
    """Return the fields of a form or of a query string. Adds to `warnings`.

    Raises UnreadableBody.
    """
    try:
        # Latin-1 keeps every byte as it is.
        pairs = parse_qsl(
            text, keep_blank_values=True, encoding="latin-1", max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        message = f"the form has too many fields; send {_MAX_FIELDS} or fewer"
        raise UnreadableBody(Problem(None, message)) from error
    return _unique((_of_bytes(name, warnings), _of_bytes(value, warnings)) for name, value in pairs)


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return members by name; the last of those that repeat a name.

    Raises InvalidInput for two values that name different calls or callers.
    """
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in _IDENTITIES and members.get(name) not in (None, "", value):
            if value in (None, ""):
                continue
            message = "was sent twice with different values; send it once"
            raise InvalidInput(Problem(name, message))
        members[name] = value
    return members


def _looks_like_form(text: str) -> bool:
    """Whether text is a form: names and values in one line, such as some HTTP clients send it."""
    return re.fullmatch(r"[\w.%+\[\]-]+=[^\s<>{}]*", text) is not None


def _multipart(sent: bytes, content_type: str, warnings: list[Problem]) -> dict[str, Any]:
    from functions.platform_api import multipart_bodies  # noqa: PLC0415

    fields = multipart_bodies.fields(sent, content_type, _MAX_FIELDS) if sent.strip() else []
    return _unique((name, _decode(value, warnings)) for name, value in fields)


def _of_bytes(text: str, warnings: list[Problem]) -> str:
    if text.isascii():
        return text
    try:
        return _decode(text.encode("latin-1"), warnings)
    except UnicodeEncodeError:
        return text  # a character that was not percent-encoded


def _decode(sent: bytes, warnings: list[Problem]) -> str:
    try:
        return sent.decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = Problem(None, NOT_UTF_8)
        if problem not in warnings:
            warnings.append(problem)
        return sent.decode("cp1252", "replace")


def _json(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(Problem(None, "the body is not valid JSON; correct it")) from error
    if not isinstance(read, dict):
        raise UnreadableBody(Problem(None, "the body is not a JSON object; send one per call"))
    return read


def _record(text: str, declared: str) -> dict[str, Any]:
    # Loaded with the first record: no cold start waits for an XML parser.
    from shared.phone_systems import freeswitch  # noqa: PLC0415

    try:
        record = freeswitch.record(text, declared)
    except (ValueError, RecursionError) as error:
        if text.startswith("<") and "<cdr" not in text:
            raise _unsupported() from error
        message = "the body is not a valid call detail record of FreeSWITCH; correct it"
        raise UnreadableBody(Problem(None, message)) from error
    return dict(record or {})


def _unsupported() -> UnsupportedBody:
    message = (
        f"the body is neither JSON, nor a form, nor a record of FreeSWITCH; send it as {JSON} or "
        f"{FORM}"
    )
    return UnsupportedBody(Problem(None, message))
