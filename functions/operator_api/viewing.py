"""Masks what viewers get: credentials, and every text that is not known to be without a number.

Masking is the default. A member is left as it is only if its name and its form say that it is an ID
of ours, a UUID, a time or a word of the contract.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from shared.domain import e164, keys, masking, platform_keys, postings
from shared.domain.history import CREDENTIALS

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_POSTING_ID = re.compile(r"[0-9]{13}-[0-9a-f-]{36}|[0-9]{13}-[A-Za-z0-9_-]{6,40}={0,2}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{6,40}={0,2}")
_CURSOR = re.compile(
    rf"{_POSTING_ID.pattern}|[0-9]{{13}}|(pub|pbk|plk)_[a-z2-7]{{12}}|{_TIME.pattern}"
    r"[~#](pbk_[a-z2-7]{12}|[0-9a-f]{16})|viewer_[A-Za-z0-9_-]{22}"
)

Form = Callable[[str], Any]


def _is_id(text: str) -> bool:
    return keys.is_id(text) or platform_keys.is_id(text)


def _of(forms: Mapping[Form, str]) -> dict[str, Form]:
    return {name: form for form, names in forms.items() for name in names.split()}


FORMS: Mapping[str, Form] = _of(
    {
        _is_id: "publisher_id key_id platform_key_id replaces replaced_by object_id",
        _UUID.fullmatch: "call_uuid applied_to",
        _POSTING_ID.fullmatch: "posting_id",
        _REQUEST_ID.fullmatch: "request_id",
        _TIME.fullmatch: (
            "at posted_at stored_until decided_at created_at expires_at last_used_at started_at "
            "ended_at last_posted_at first_seen last_seen hour"
        ),
        _CURSOR.fullmatch: "next_cursor",
    }
)
"""The members that stay as they are, by name, if they have this form."""
HIDDEN = "•••"
"""The text that replaces a credential."""
_FREE = ("tags",)
"""Members whose own members' names were chosen by a publisher. None of them is known."""


def mask_json(body: str) -> str:
    """Return a JSON text with every value that could hold a phone number masked."""
    return json.dumps(mask(json.loads(body)), ensure_ascii=False, separators=(",", ":"))


def mask(value: Any, name: str = "", *, is_free: bool = False) -> Any:
    """Return a JSON value as viewers see it. `name` is the member that has it."""
    match value:
        case str():
            if name in CREDENTIALS and not is_free:
                return HIDDEN
            is_known = not is_free and name in FORMS and FORMS[name](value)
            return value if is_known else _mask_text(value, name)
        case dict():
            return _mask_members(value, is_free=is_free or name in _FREE)
        case list():
            return [mask(each, is_free=is_free) for each in value]
    return value


def _mask_text(text: str, name: str) -> str:
    if name == "message" and not masking.has_number(text.replace(e164.EXAMPLE, "")):
        return text
    if name == "param" and len(text) >= postings.MAX_NAME_LENGTH:
        text += masking.CUT  # as it may be, within a number
    return masking.mask_text(text)


def _mask_members(members: Mapping[str, Any], *, is_free: bool) -> dict[str, Any]:
    masked: dict[str, Any] = {}
    for name, value in members.items():
        shown = masking.mask_text(name)
        while shown in masked:
            shown += "'"  # two names that look alike once they are masked
        masked[shown] = mask(value, name, is_free=is_free)
    return masked
