"""A request of the campaign platform: its route and its platform key."""

import base64
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from shared.domain import platform_keys
from shared.domain.errors import MethodNotAllowed, MissingScope, Problem, UnknownKey, UnknownPath
from shared.domain.keys import canonical_uuid
from shared.domain.platform_keys import PlatformKey, Scope
from shared.domain.postings import shown_name
from shared.runtime import http

AUTHORIZATION, TOKEN = "Authorization", "token"

UNKNOWN = (
    "has an unknown platform key, which may have been deleted or belong to another environment; "
    "ask an operator for a key"
)
PAUSED = "has a paused platform key; ask an operator to resume it"
EXPIRED = "has a platform key that expired at {}; ask an operator for its successor"
MISSING_SCOPE = "has a platform key without the scope `{}`; ask an operator for a key with it"


class Resource(StrEnum):
    """The API's resources, by the path of their routes."""

    CALLS = "/platform/calls"
    CALL = "/platform/calls/{call_uuid+}"
    CALLER = "/platform/callers/{caller_number}"
    CALLBACK = "/platform/callbacks/{token}"
    """For systems that cannot send a header: the path has the platform key."""


METHODS: Mapping[Resource, tuple[str, ...]] = {
    Resource.CALLS: ("POST",),
    Resource.CALL: ("GET", "PUT", "POST"),
    Resource.CALLER: ("GET",),
    Resource.CALLBACK: ("GET", "POST"),
}


def route(event: Mapping[str, Any]) -> tuple[Resource, str]:
    """Return the resource, and the value of the name in braces in its path, "" if there is none.

    A slash at the end of the path is ignored. Raises UnknownPath or MethodNotAllowed.
    """
    resource, value = locate(event)
    allowed = METHODS[resource]
    method = http.method(event)
    if method not in allowed:
        shown = shown_name(method)
        raise MethodNotAllowed(
            Problem(None, f"{shown} is not allowed here; send {', '.join(allowed)}")
        )
    return resource, value


def locate(event: Mapping[str, Any]) -> tuple[Resource, str]:
    """Return what `route` does, for any method. Raises UnknownPath."""
    path = http.route_path(event)
    value = next(iter(http.path_parameters(event).values()), "").rstrip("/")
    if path in tuple(Resource):
        found = Resource(path)
        return (Resource.CALLS if found is Resource.CALL and not value else found), value
    # The gateway sends paths with a slash at the end to the route of all other paths.
    first, _, rest = value.partition("/")
    for resource in Resource:
        prefix = resource.removeprefix("/platform/").partition("/{")
        if first == prefix[0] and bool(rest) == bool(prefix[1]) and "/" not in rest:
            return resource, rest
    raise UnknownPath(Problem(None, "unknown path; report calls to /platform/calls/{call_uuid}"))


def in_query(event: Mapping[str, Any], warnings: list[Problem]) -> Mapping[str, str]:
    """Return what a callback address says about the calls that are reported to it. Adds to
    `warnings`."""
    from functions.platform_api import callback_query  # noqa: PLC0415  # few requests are callbacks

    return callback_query.read(event, warnings)


def require(scope: Scope, key: PlatformKey, param: str) -> None:
    """Raises MissingScope."""
    if scope not in key.scopes:
        raise MissingScope(Problem(param, MISSING_SCOPE.format(scope)))


def credential(event: Mapping[str, Any]) -> tuple[str, str]:
    """Return the platform key that was sent, and the parameter that has it.

    Raises UnknownKey for anything that cannot be one.
    """
    if token := _token(event):
        return _platform_key(token.strip(), TOKEN), TOKEN
    return _platform_key(_in_header(event), AUTHORIZATION), AUTHORIZATION


def _token(event: Mapping[str, Any]) -> str | None:
    try:
        resource, value = locate(event)
    except UnknownPath:
        return None
    return value if resource is Resource.CALLBACK else None


def _in_header(event: Mapping[str, Any]) -> str:
    sent = event.get("headers", {}).get(AUTHORIZATION.lower(), "").strip()
    scheme, _, value = sent.partition(" ")
    match scheme.lower():
        case "bearer":
            return str(value.strip())
        case "basic":
            return _password(value.strip())
        case "":
            raise _wrong_scheme("is missing")
        case _:
            raise _wrong_scheme("has an unsupported scheme")


def _platform_key(key: str, param: str) -> str:
    if canonical_uuid(key):
        raise UnknownKey(Problem(param, "has a postback key; send a platform key instead"))
    if not key.startswith(platform_keys.PREFIX):
        raise UnknownKey(
            Problem(
                param,
                "is not a platform key; ask an operator for one, which starts with "
                f"{platform_keys.PREFIX}",
            )
        )
    return key


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
    way = "send Bearer and the platform key, or Basic with the key as the password"
    return UnknownKey(Problem(AUTHORIZATION, f"{problem}; {way}"))
