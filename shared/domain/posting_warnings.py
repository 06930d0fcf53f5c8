"""Warnings for publishers: what the service repaired, guessed or left out in a posting. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAX_WARNINGS = 50
"""Maximum warnings per response: a body can cause thousands, too many for a row of the log."""


class WarningKind(StrEnum):
    """What a warning is about, without what was sent, so that warnings can be counted."""

    CALLER_NUMBER = "caller_number_repaired"
    CALL_ID = "call_id_is_a_phone_number"
    NAME = "name_repaired"
    SEPARATOR = "separator_repaired"
    REPEATED = "parameter_repeated"
    BODY = "body_guessed"
    BODY_IGNORED = "body_ignored"
    LEFT_OUT = "left_out"
    CHARSET = "charset_guessed"
    PLACEHOLDER = "placeholder_not_filled_in"


@dataclass(frozen=True, slots=True)
class PostingWarning:
    """One warning; `param` is None if it is about the whole request."""

    kind: WarningKind
    param: str | None
    message: str


def list_warnings(warnings: Iterable[PostingWarning]) -> tuple[PostingWarning, ...]:
    """Return each warning once, up to MAX_WARNINGS; the last one counts the rest."""
    distinct = tuple(dict.fromkeys(warnings))
    if len(distinct) <= MAX_WARNINGS:
        return distinct
    shown = distinct[: MAX_WARNINGS - 1]
    message = f"there are {len(distinct) - len(shown)} more warnings like these, not listed here"
    return (*shown, PostingWarning(distinct[len(shown)].kind, None, message))
