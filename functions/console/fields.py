"""What is typed into forms, read into members of the operator API's bodies. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from functions.console import durations

_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")

Reader = Callable[[str], Any]
"""Raises ValueError, with what is wrong."""


class Wrong(Exception):
    """What is wrong with a form, by its fields."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__()
        self.errors = errors


def read(typed: Mapping[str, str], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The members, by their names. Raises Wrong, with all that is wrong at once."""
    members: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, reader in readers.items():
        try:
            members[name] = reader(typed.get(name, "").strip())
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Wrong(errors)
    return members


def moment(text: str) -> str:
    """A time in UTC, as browsers write what is typed into a field for one."""
    spelled = text.removesuffix("Z")
    try:
        if not _MINUTE.fullmatch(spelled):
            raise ValueError
        return datetime.fromisoformat(spelled).replace(tzinfo=UTC).isoformat()
    except ValueError as error:
        raise ValueError("must be a time such as 2026-11-25T08:00, in UTC") from error


def share(text: str) -> float:
    """Of a hundred, as people write it: 40, or 40 %."""
    match = re.fullmatch(r"(\d{1,3}(?:[.,]\d{1,2})?)\s*%?", text)
    if not match:
        raise ValueError("write how many of a hundred, such as 40 %")
    return round(float(match[1].replace(",", ".")) / 100, 4)


def show_share(rate: float) -> str:
    """As `share` reads it."""
    return f"{rate * 100:g} %"


def tags(text: str) -> dict[str, str]:
    """A tag a line: its name, an equals sign, its value."""
    lines = [line for line in needed(text).splitlines() if line.strip()]
    pairs = [line.partition("=") for line in lines]
    if not all(name.strip() and equals for name, equals, _ in pairs):
        raise ValueError("write one tag a line, as zip=90210")
    return {name.strip(): value.strip() for name, _, value in pairs}


def needed(text: str) -> str:
    if not text:
        raise ValueError("is needed")
    return text


def _or(default: str, reader: Reader, text: str) -> Any:
    return reader(text or default)


def _if_any(reader: Reader, text: str) -> Any:
    return reader(text) if text else None


OF_A_PUBLISHER: Mapping[str, Reader] = {"name": needed, "note": str}
OF_A_NEW_KEY: Mapping[str, Reader] = {
    "name": needed,
    "storage_duration": partial(_or, "24h", durations.read),
    "end_call_cutoff": partial(_or, "1h", durations.read),
    "default_region": partial(_or, "US", str),
}
OF_A_KEY: Mapping[str, Reader] = {
    **OF_A_NEW_KEY,
    "note": str,
    "expires_at": partial(_if_any, moment),
    "expects_every": partial(_if_any, durations.read),
    "match_rate_floor": partial(_if_any, share),
}
OF_A_ROTATION: Mapping[str, Reader] = {"overlap": partial(_or, "24h", durations.read)}
OF_A_TEST: Mapping[str, Reader] = {"caller_number": needed, "tags": tags}
OF_A_CALLER: Mapping[str, Reader] = {"number": needed}
OF_A_PLATFORM_KEY: Mapping[str, Reader] = {"name": needed}
