"""Finds members that hold a phone number in a report without a caller: mostly misnamed ones."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from functions.platform_api.plain_report import CALLER_NUMBER, fold
from shared.domain import e164
from shared.domain.call_details import as_text
from shared.domain.errors import Problem
from shared.domain.postings import shown_name

_PHONE_NUMBER = re.compile(r"\+?\(?[0-9][0-9 ().-]{6,24}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MIN_DIGITS, _MAX_DIGITS = 8, 15

_OTHER_THINGS = ("account", "date", "duration", "epoch", "sequence", "time", "version", "zip")
_OTHER_ENDS = ("id", "key", "token")
_CALLED_SIDE = ("called", "destination", "dial", "dnis")


def warnings(
    members: Mapping[str, Any], parties: Sequence[object], *, is_plain: bool
) -> list[Problem]:
    """Return a warning for each member that looks like a caller's number.

    `parties` are the numbers that were read. A phone system sends those under other names too.
    """
    read = {_digits(as_text(party) or "") for party in parties if party}
    way = f"rename it to {CALLER_NUMBER}" if is_plain else f"send it as {CALLER_NUMBER}"
    message = f"holds a phone number, but is not read, so this report has no caller; {way}"
    return [
        Problem(shown_name(name), message)
        for name, value in members.items()
        if _digits(text := as_text(value) or "") not in read
        and _is_callers_number(fold(name), text)
    ]


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _is_callers_number(name: str, text: str) -> bool:
    text = text.strip()
    if not _PHONE_NUMBER.fullmatch(text) or _DATE.match(text):
        return False
    digits = _digits(text)
    if not _MIN_DIGITS <= len(digits) <= _MAX_DIGITS or e164.is_withheld(digits):
        return False
    if any(word in name for word in _CALLED_SIDE) or name.startswith("to") or name.endswith("to"):
        return False
    # Without a plus it may be an epoch or an ID.
    return text.startswith("+") or not (
        any(word in name for word in _OTHER_THINGS)
        or name.startswith(("start", "end"))
        or name.endswith(_OTHER_ENDS)
    )
