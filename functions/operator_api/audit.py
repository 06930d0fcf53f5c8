"""Who made, changed or read keys, publishers and callers: one line each, which this function's log
keeps for 400 days."""

import json
from collections.abc import Mapping
from typing import Any

from shared.domain.caller_numbers import mask
from shared.runtime import http

KINDS = {
    "publishers": "publisher_id",
    "postback-keys": "key_id",
    "platform-keys": "platform_key_id",
    "callers": "caller_number",
}
"""What is audited, by the first part of its path, and what the second part is."""

LISTS = ("names",)
"""What stands where an id would, and is none."""

MESSAGE = "audit"


def line(
    event: Mapping[str, Any], path: str, answer: Mapping[str, Any], asked_by: str
) -> dict[str, Any] | None:
    """What to write of a request and its answer; None of what is not audited, or was refused."""
    kind, *rest = path.strip("/").split("/")
    if kind not in KINDS or answer["statusCode"] >= 400:
        return None
    name = KINDS[kind]
    if rest and rest[0] not in LISTS:
        targets, below = {name: rest[0]}, [f"{{{name}}}", *rest[1:]]
    else:
        targets, below = {}, rest
    if answer["statusCode"] == 201:
        made = json.loads(answer["body"])
        targets |= {each: made[each] for each in KINDS.values() if each in made}
    if "caller_number" in targets:
        targets["caller_number"] = mask(targets["caller_number"])
    template = "/".join(["", kind, *below])
    return targets | {
        "action": f"{http.method(event)} {template}",
        "asked_by": asked_by,
        "source_ip": http.sender(event),
        "status_code": answer["statusCode"],
    }
