"""Reads the fields of forms into members of the operator API's request bodies. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from functions.console import durations
from shared.domain import keys, platform_keys

DEFAULTS: Mapping[str, str] = {
    "storage_duration": durations.to_text(int(keys.DEFAULT_STORAGE_DURATION.total_seconds())),
    "end_call_cutoff": durations.to_text(int(keys.DEFAULT_END_CALL_CUTOFF.total_seconds())),
    "default_region": keys.DEFAULT_REGION,
    "scopes": " ".join(platform_keys.Scope),
    "overlap": durations.to_text(int(keys.DEFAULT_OVERLAP.total_seconds())),
}
"""The texts of new forms, and what an empty field means."""

_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")

Parser = Callable[[str], Any]
"""Reads a field's text. Raises ValueError, whose message says what to write instead."""


class InvalidForm(Exception):
    """A form with errors: a message for each field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = errors


def read(form: Mapping[str, str], parsers: Mapping[str, Parser]) -> dict[str, Any]:
    """Return the members by name. Raises InvalidForm with all errors at once."""
    members: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, parse in parsers.items():
        try:
            members[name] = parse(form.get(name, "").strip())
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise InvalidForm(errors)
    return members


def parse_time(text: str) -> str:
    """Read a time in UTC, as browsers send the value of a date and time field."""
    minute = text.removesuffix("Z")
    try:
        if not _MINUTE.fullmatch(minute):
            raise ValueError
        return datetime.fromisoformat(minute).replace(tzinfo=UTC).isoformat()
    except ValueError as error:
        raise ValueError("must be a time such as 2026-11-25T08:00, in UTC") from error


def parse_percentage(text: str) -> float:
    """Read a percentage as people write it, 40 or 40%, and return it as a share of 1."""
    match = re.fullmatch(r"(\d{1,3}(?:[.,]\d{1,2})?)\s*%?", text)
    if not match:
        raise ValueError("write a percentage, such as 40%")
    return round(float(match[1].replace(",", ".")) / 100, 4)


def to_percentage(share: float) -> str:
    """Write a share of 1 as `parse_percentage` reads it."""
    return f"{share * 100:g}%"


def parse_tags(text: str) -> dict[str, str]:
    """Read tags, one per line: a name, an equals sign, a value."""
    lines = [line for line in parse_required(text).splitlines() if line.strip()]
    pairs = [line.partition("=") for line in lines]
    if not all(name.strip() and equals for name, equals, _ in pairs):
        raise ValueError("write one tag per line, such as zip=90210")
    return {name.strip(): value.strip() for name, _, value in pairs}


def parse_required(text: str) -> str:
    if not text:
        raise ValueError("is required")
    return text


def _parse_scopes(text: str) -> list[str]:
    """Return the scopes of a platform key, which are separated by spaces."""
    return (text or DEFAULTS["scopes"]).split()


def _parse_or(name: str, parse: Parser, text: str) -> Any:
    return parse(text or DEFAULTS[name])


def _parse_optional(parse: Parser, text: str) -> Any:
    return parse(text) if text else None


PUBLISHER: Mapping[str, Parser] = {"name": parse_required, "note": str}
NEW_KEY: Mapping[str, Parser] = {
    "name": parse_required,
    "storage_duration": partial(_parse_or, "storage_duration", durations.parse),
    "end_call_cutoff": partial(_parse_or, "end_call_cutoff", durations.parse),
    "default_region": partial(_parse_or, "default_region", str),
}
KEY: Mapping[str, Parser] = {
    **NEW_KEY,
    "note": str,
    "expires_at": partial(_parse_optional, parse_time),
    "expects_every": partial(_parse_optional, durations.parse),
    "match_rate_floor": partial(_parse_optional, parse_percentage),
}
ROTATION: Mapping[str, Parser] = {"overlap": partial(_parse_or, "overlap", durations.parse)}
ROLES: Mapping[str, str] = {"viewer": "a viewer", "manager": "a manager", "admin": "an admin"}
"""The roles, the lowest first, and how a sentence names them."""


def _parse_role(text: str) -> str:
    if text not in ROLES:
        raise ValueError(f"choose one of {', '.join(ROLES)}")
    return text


ROLE: Mapping[str, Parser] = {"role": _parse_role}
PERSON: Mapping[str, Parser] = {"email": parse_required, **ROLE}
TEST_POSTING: Mapping[str, Parser] = {"caller_number": parse_required, "tags": parse_tags}
CALLER: Mapping[str, Parser] = {"number": parse_required}
PLATFORM_KEY: Mapping[str, Parser] = {
    "name": parse_required,
    "scopes": _parse_scopes,
    "expires_at": partial(_parse_optional, parse_time),
}
