"""What was repaired, guessed or left out in reading a posting: its publisher's to know. Pure."""

from dataclasses import dataclass
from enum import StrEnum


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
