"""Audit lines: who created, changed or read keys, publishers and callers. The function's log keeps
them for 400 days."""

import json
from collections.abc import Mapping
from typing import Any

from shared.domain.masking import mask_for_logs as mask
from shared.runtime import http
from shared.runtime.requester import Requester

ID_NAMES = {
    "publishers": "publisher_id",
    "postback-keys": "key_id",
    "platform-keys": "platform_key_id",
    "callers": "caller_number",
}
"""What is audited, by the first segment of the path, and the name of the second segment's ID."""

LISTS = ("names",)
"""Second segments that are not IDs."""

MESSAGE = "audit"


def line(
    event: Mapping[str, Any], path: str, response: Mapping[str, Any], requester: Requester
) -> dict[str, Any] | None:
    """Return what to log about a request; None if it is not audited, or was refused."""
    kind, *rest = path.strip("/").split("/")
    if kind not in ID_NAMES or response["statusCode"] >= 400:
        return None
    name = ID_NAMES[kind]
    if rest and rest[0] not in LISTS:
        targets, below = {name: rest[0]}, [f"{{{name}}}", *rest[1:]]
    else:
        targets, below = {}, rest
    if response["statusCode"] == 201:
        created = json.loads(response["body"])
        targets |= {each: created[each] for each in ID_NAMES.values() if each in created}
    if "caller_number" in targets:
        targets["caller_number"] = mask(targets["caller_number"])
    template = "/".join(["", kind, *below])
    return targets | {
        "action": f"{http.method(event)} {template}",
        "asked_by": requester.name,
        "role": requester.role.value,
        "source_ip": requester.address,
        "status_code": response["statusCode"],
    }
