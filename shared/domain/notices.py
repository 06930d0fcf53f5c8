"""What was repaired, guessed or left out in reading a posting: its publisher's to know. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MOST_WARNINGS = 50
"""How many one answer lists: a body can give reason for thousands, and no row has room for them."""


class NoticeKind(StrEnum):
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
class Notice:
    """One warning. `param` is None where it is about the request as a whole."""

    kind: NoticeKind
    param: str | None
    message: str


def warnings(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Each notice once, as many as an answer lists, and how many there are beside them."""
    distinct = tuple(dict.fromkeys(notices))
    if len(distinct) <= MOST_WARNINGS:
        return distinct
    shown = distinct[: MOST_WARNINGS - 1]
    message = f"there are {len(distinct) - len(shown)} more warnings like these, not listed here"
    return (*shown, Notice(distinct[len(shown)].kind, None, message))
