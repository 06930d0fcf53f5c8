"""What the campaign platform sends: by which route, with which key, and what its body says."""

import base64
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

from shared.domain import platform_keys
from shared.domain.errors import (
    BodyTooLarge,
    MethodNotAllowed,
    Problem,
    UnknownKey,
    UnknownPath,
    UnreadableBody,
    UnsupportedBody,
)
from shared.domain.keys import canonical_uuid
from shared.domain.postings import shown_name
from shared.runtime import http

MAX_BODY_BYTES = 64 * 1024
_MOST_FIELDS = 200

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
AUTHORIZATION = "Authorization"


class Resource(StrEnum):
    """By the path of its route."""

    CALLS = "/platform/calls"
    CALL = "/platform/calls/{call_uuid+}"
    CALLER = "/platform/callers/{caller_number}"


METHODS: Mapping[Resource, tuple[str, ...]] = {
    Resource.CALLS: ("POST",),
    Resource.CALL: ("GET", "PUT", "POST"),
    Resource.CALLER: ("GET",),
}


def route(event: Mapping[str, Any]) -> Resource:
    """Raises UnknownPath or MethodNotAllowed."""
    path = http.route_path(event)
    if path not in tuple(Resource):
        raise UnknownPath(
            Problem(None, "unknown path; report calls to /platform/calls/{call_uuid}")
        )
    resource = Resource(path)
    allowed = METHODS[resource]
    method = http.method(event)
    if method not in allowed:
        shown = shown_name(method)
        raise MethodNotAllowed(
            Problem(None, f"{shown} is not allowed here; send {', '.join(allowed)}")
        )
    return resource


def in_path(event: Mapping[str, Any], resource: Resource) -> str:
    """What stands in the path for the one name in braces of its route."""
    name = str(resource).partition("{")[2].rstrip("}+")
    return str(http.path_parameters(event).get(name, ""))


def credential(event: Mapping[str, Any]) -> str:
    """The platform key that was sent. Raises UnknownKey for what cannot be one."""
    sent = event.get("headers", {}).get(AUTHORIZATION.lower(), "").strip()
    scheme, _, value = sent.partition(" ")
    match scheme.lower():
        case "bearer":
            key = value.strip()
        case "basic":
            key = _password(value.strip())
        case "":
            raise _unknown("is missing: send Bearer and the platform key, or Basic with it as")
        case _:
            raise _unknown("is of another scheme: send Bearer and the platform key, or Basic with")
    if canonical_uuid(key):
        raise UnknownKey(
            Problem(AUTHORIZATION, "has a postback key; it needs a platform key, which opens calls")
        )
    if not key.startswith(platform_keys.PREFIX):
        raise UnknownKey(
            Problem(
                AUTHORIZATION,
                f"has no platform key: that begins with {platform_keys.PREFIX}; ask an operator",
            )
        )
    return str(key)


def members(event: Mapping[str, Any]) -> dict[str, Any]:
    """What the body says: a JSON object's members, or a form's fields; none of an empty one.

    Raises BodyTooLarge, UnreadableBody or UnsupportedBody.
    """
    sent = http.body(event)
    if len(sent) > MAX_BODY_BYTES:
        message = f"the body has {len(sent)} bytes; send {MAX_BODY_BYTES} at most"
        raise BodyTooLarge(Problem(None, message))
    try:
        text = sent.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UnreadableBody(Problem(None, "the body is not UTF-8; send it so")) from error
    declared = event.get("headers", {}).get("content-type", "").lower()
    if not text:
        return {}
    if text[0] in "{[" or "json" in declared:
        return _json(text)
    if FORM in declared or not declared:
        return _form(text)
    raise UnsupportedBody(
        Problem(None, f"the body is neither JSON nor a form; send it as {JSON} or {FORM}")
    )


def _json(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableBody(Problem(None, "the body is not valid JSON; mend it")) from error
    if not isinstance(read, dict):
        raise UnreadableBody(Problem(None, "the body is not one JSON object; send one call each"))
    return read


def _form(text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:
        message = f"the body is no form in UTF-8 of at most {_MOST_FIELDS} fields; mend it"
        raise UnreadableBody(Problem(None, message)) from error
    return dict(pairs)


def _password(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError as error:
        message = "has Basic and no Base64 of user:password; the password is the platform key"
        raise UnknownKey(Problem(AUTHORIZATION, message)) from error


def _unknown(start: str) -> UnknownKey:
    return UnknownKey(Problem(AUTHORIZATION, f"{start} its password"))
