"""Audit lines: who read, created or changed what, and who was refused. The function's log keeps
them for 400 days."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from shared.domain import keys, platform_keys
from shared.domain.masking import mask_for_logs
from shared.runtime import http, observability
from shared.runtime.requester import Requester

ID_NAMES = {
    "publishers": "publisher_id",
    "postback-keys": "key_id",
    "platform-keys": "platform_key_id",
    "callers": "caller_number",
    "calls": "call_uuid",
    "people": "person",
}
"""The name of the ID in the second segment of a path, by the first segment."""
_WITHOUT_ID = ("postbacks", "history")
LISTS = ("names",)
"""Second segments that are not IDs."""

MESSAGE = "audit"
REFUSED = (403, 409, 429)
"""The refusals that are audited: of people who may not do this, or not so often."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{5,15}(Z|[+-][0-9:]{4,6})")
_WORD = re.compile(r"[a-z-]{1,30}")
_OTHER = "(other)"
_MAX_SHOWN = 100


def line(
    event: Mapping[str, Any],
    path: str,
    response: Mapping[str, Any],
    requester: Requester,
    noted: Mapping[str, Any],
) -> dict[str, Any] | None:
    """Return what to log about a request; None if it is not audited, or failed.

    `noted` has members that the route adds, such as how many rows it returned.
    """
    kind, *rest = path.strip("/").split("/")
    status_code = response["statusCode"]
    if kind not in (*ID_NAMES, *_WITHOUT_ID) or (status_code >= 400 and status_code not in REFUSED):
        return None
    name = ID_NAMES.get(kind, "")
    targets, below = {}, rest
    if rest and rest[0] not in LISTS:
        targets, below = {name or "path": _shown(name, unquote(rest[0]))}, rest[1:]
    if status_code == 201:
        created = json.loads(response["body"])
        targets |= {n: created[n] for n in ID_NAMES.values() if n in created}
        targets |= {"person": mask_for_logs(created["email"])} if "email" in created else {}
    segments = [*([f"{{{name}}}"] if targets and rest else []), *map(_word, below)]
    filters = event.get("queryStringParameters") or {}
    return {
        **targets,
        **(
            {"filters": {_word(n, "_"): _shown(n, v) for n, v in filters.items()}}
            if filters
            else {}
        ),
        **noted,
        "action": f"{http.method(event)} /{'/'.join([kind, *segments])}",
        "asked_by": requester.shown_name,
        "role": requester.role.value,
        "source_ip": requester.address,
        "status_code": status_code,
    }


def _word(text: str, also: str = "") -> str:
    """Return a segment of a path, or a parameter's name, if it can be one of ours."""
    return text if _WORD.fullmatch(text.replace(also, "") if also else text) else _OTHER


def _shown(name: str, value: str) -> str:
    """Return an ID or a filter's value without phone numbers and credentials."""
    forms: Mapping[str, Callable[[str], Any]] = {
        "publisher_id": keys.is_id,
        "key_id": keys.is_id,
        "platform_key_id": platform_keys.is_id,
        "from": _TIME.fullmatch,
        "to": _TIME.fullmatch,
    }
    if name in forms:
        return value if forms[name](value) else _OTHER
    if name == "call_uuid":
        return (observability.shown_id(value) or "")[:_MAX_SHOWN]
    return mask_for_logs(value)[:_MAX_SHOWN]
