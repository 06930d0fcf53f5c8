"""What was repaired, guessed or left out in reading a posting: its publisher's to know. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAX_WARNINGS = 50
"""How many one answer lists: a body can give reason for thousands, and no row has room for them."""


class WarningKind(StrEnum):
    """What a warning is about, for counting: without what was sent."""

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
    """One warning. `param` is None where it is about the request as a whole."""

    kind: WarningKind
    param: str | None
    message: str


def list_warnings(warnings: Iterable[PostingWarning]) -> tuple[PostingWarning, ...]:
    """Each warning once, as many as an answer lists, and how many there are beside them."""
    distinct = tuple(dict.fromkeys(warnings))
    if len(distinct) <= MAX_WARNINGS:
        return distinct
    shown = distinct[: MAX_WARNINGS - 1]
    message = f"there are {len(distinct) - len(shown)} more warnings like these, not listed here"
    return (*shown, PostingWarning(distinct[len(shown)].kind, None, message))
