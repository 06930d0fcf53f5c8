"""Who is on which side of a call: a phone number, a user of the phone system, or nobody known."""

import re
from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import Direction

_SCHEME = re.compile(r"^(?:client|sips?|tel|phone|user|whatsapp):", re.IGNORECASE)
_NUMBER = re.compile(r"^\+?[0-9(][0-9().\-\s]{5,24}$")
_FEWEST_DIGITS = 7
_INTERNATIONAL = re.compile(r"[1-9][0-9]{7,14}")
_EXTENSION = re.compile(r"[0-9]{2,6}")
_USER_NAME = re.compile(r"(?=.*[^\W\d_])[^\W_][\w.\-+~=]*|_[\w.\-+~=]+")
_WITHHELD_WORDS = frozenset((
    "", "anonymous", "blocked", "invalid", "none", "null", "private", "restricted", "unavailable",
    "undefined", "unknown", "withheld",
))  # fmt: skip
_WITHHELD_NUMBERS = frozenset(
    ("+266696687", "+7378742833", "+86282452253", "+2562533", "+8656696", "266696687", "7378742833")
)
"""ANONYMOUS, RESTRICTED and BLOCKED on a phone's keys: the From of withheld numbers at Twilio."""


def text_of(side: object) -> str | None:
    """Return a side of a call as text. Some systems send an object that has it."""
    if isinstance(side, Mapping):
        return text_of(next((side[n] for n in ("number", "sipUri", "name") if side.get(n)), None))
    if isinstance(side, bool) or not isinstance(side, str | int | float):
        return None
    return str(side).strip()


def user_part(text: str) -> str:
    """Return what identifies a party in a URI, or the text itself."""
    # A display name precedes the address: "Jane" <sip:+15555550142@192.0.2.1>.
    address = text.partition("<")[2] or text
    address = _SCHEME.sub("", address)
    return re.split(r"[@;>]", address, maxsplit=1)[0].strip()


def is_number(side: object) -> bool:
    """Whether the side can be a phone number: extensions, SIP users and browsers are not."""
    user = user_part(text_of(side) or "")
    return bool(_NUMBER.match(user)) and sum(map(str.isdigit, user)) >= _FEWEST_DIGITS


def _is_user(side: object, *, bare_names: bool) -> bool:
    """Whether the side names a browser, or a user or an extension of the phone system.

    Digits alone name nobody: carriers pass on invalid caller IDs, such as 911, + or 0, also as SIP
    addresses. A name without a scheme or host counts only with `bare_names`: elsewhere it is what a
    carrier sends for an unknown caller, such as Unassigned. With white space it is a display name.
    """
    text = text_of(side) or ""
    if is_withheld(text) or is_number(text):
        return False
    address = (text.partition("<")[2] or text).lower()
    user = user_part(text)
    if address.startswith(("client:", "user:")):
        return True
    is_extension = address.startswith(("sip:", "sips:")) and _EXTENSION.fullmatch(user)
    is_address = bare_names or "@" in address or address.startswith(("sip:", "sips:"))
    return bool(is_extension or (is_address and _USER_NAME.fullmatch(user)))


def is_withheld(side: object) -> bool:
    """Whether the side stands for a caller who withholds the number, or is empty."""
    text = text_of(side)
    if text is None:
        return True
    is_client = text.lower().startswith("client:")
    user = user_part(text).lower()
    return user in _WITHHELD_NUMBERS or (user in _WITHHELD_WORDS and not is_client)


def number_or_none(side: object) -> str | None:
    """Return the side's number, out of its URI, if it can be a phone number. The domain reads it
    in full."""
    text = text_of(side)
    return user_part(text) if text and is_number(text) and not is_withheld(text) else None


def with_plus(side: object) -> str | None:
    """Return the number of a system that writes every number with its country code and no plus."""
    text = text_of(side)
    return f"+{text}" if text and _INTERNATIONAL.fullmatch(text) else text


def direction_of(sent: object) -> Direction | None:
    """Return the direction under the names that most systems have for it; None for another."""
    text = str(sent or "").strip().lower()
    if text.startswith(("in", "trunking-originating", "trunking_originating")):
        return Direction.INBOUND
    # An originating trunk brings calls from the phone network; a terminating one takes them there.
    is_outbound = text.startswith(("out", "trunking-terminating", "trunking_terminating"))
    return Direction.OUTBOUND if is_outbound else None


def not_of_a_call(name: str, state: str) -> str:
    """Return the reason why a state is ignored, which is no call's start or end."""
    shown = f" {state}" if re.fullmatch(r"[a-z][a-z-]{0,30}", state) else ""
    what = f"{name}{shown} is not" if state else f"the body has no {name}, so it is not"
    return f"{what} about a call's start or end"


def sides(
    calling: object,
    called: object,
    direction: Direction | None,
    *,
    has_legs: bool = False,
    bare_names: bool = False,
) -> dict[str, Any]:
    """Return `caller_number`, `dialed_number` and `direction` of a report.

    With `has_legs` a missing direction is known from the reports about the same leg. With
    `bare_names` the system names its SIP users without a scheme or host.

    A browser or a SIP user that calls a phone number is an agent: for the platform that call is
    outbound, though the phone system received it. Carriers send short digits, such as
    911 or 0, for an invalid caller ID: such a caller is unknown.
    """
    is_known = direction is Direction.OUTBOUND or (direction is None and has_legs)
    if not is_known and _is_user(calling, bare_names=bare_names) and is_number(called):
        direction = Direction.OUTBOUND
    return {
        "caller_number": number_or_none(calling),
        "dialed_number": number_or_none(called),
        "direction": direction,
    }
