"""A request of the campaign platform: its route, its platform key and the members of its body."""

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
_MAX_FIELDS = 200

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
AUTHORIZATION = "Authorization"


class Resource(StrEnum):
    """The API's resources, by the path of their routes."""

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
    """Return the value of the name in braces in the resource's path."""
    name = str(resource).partition("{")[2].rstrip("}+")
    return str(http.path_parameters(event).get(name, ""))


def credential(event: Mapping[str, Any]) -> str:
    """Return the platform key that was sent. Raises UnknownKey for anything that cannot be one."""
    sent = event.get("headers", {}).get(AUTHORIZATION.lower(), "").strip()
    scheme, _, value = sent.partition(" ")
    match scheme.lower():
        case "bearer":
            key = value.strip()
        case "basic":
            key = _password(value.strip())
        case "":
            raise _wrong_scheme("is missing")
        case _:
            raise _wrong_scheme("has another scheme")
    if canonical_uuid(key):
        raise UnknownKey(Problem(AUTHORIZATION, "has a postback key; send a platform key instead"))
    if not key.startswith(platform_keys.PREFIX):
        raise UnknownKey(
            Problem(
                AUTHORIZATION,
                f"has no platform key (they begin with {platform_keys.PREFIX}); ask an operator",
            )
        )
    return str(key)


def members(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a JSON object or the fields of a form; none of an empty body.

    Raises BodyTooLarge, UnreadableBody or UnsupportedBody.
    """
    sent = http.body(event)
    if len(sent) > MAX_BODY_BYTES:
        message = f"the body has {len(sent)} bytes; send {MAX_BODY_BYTES} or fewer"
        raise BodyTooLarge(Problem(None, message))
    try:
        text = sent.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise UnreadableBody(Problem(None, "the body is not UTF-8; send UTF-8")) from error
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
        raise UnreadableBody(Problem(None, "the body is not valid JSON; correct it")) from error
    if not isinstance(read, dict):
        raise UnreadableBody(Problem(None, "the body is not a JSON object; send one per call"))
    return read


def _form(text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        message = f"the body is not a form; send UTF-8 with {_MAX_FIELDS} fields or fewer"
        raise UnreadableBody(Problem(None, message)) from error
    return dict(pairs)


def _password(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except ValueError as error:
        message = (
            "has invalid Basic credentials; send Base64 of user:password, with the platform key as "
            "the password"
        )
        raise UnknownKey(Problem(AUTHORIZATION, message)) from error


def _wrong_scheme(problem: str) -> UnknownKey:
    way = "send Bearer and the platform key, or Basic with it as the password"
    return UnknownKey(Problem(AUTHORIZATION, f"{problem}; {way}"))
