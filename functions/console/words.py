"""The labels that pages use for the operator API's outcomes and warnings. Pure."""

from collections.abc import Mapping

Pill = tuple[str, str]
"""A CSS class, which is a color, and a text."""

OUTCOMES: Mapping[str, Pill] = {
    "applied": ("good", "Applied"),
    "stored": ("mute", "Waiting for a call"),
    "expired": ("warn", "Expired"),
    "refused": ("bad", "Refused"),
}

WARNINGS: Mapping[str, str] = {
    "caller_number_repaired": "repaired caller number",
    "call_id_is_a_phone_number": "phone number sent as call ID",
    "name_repaired": "repaired name or key",
    "separator_repaired": "repaired separator",
    "parameter_repeated": "repeated parameter",
    "body_guessed": "guessed body format",
    "body_ignored": "ignored body",
    "left_out": "parameter left out",
    "charset_guessed": "guessed character set",
    "placeholder_not_filled_in": "unfilled placeholder",
}


def outcome(row: Mapping[str, str | int]) -> Pill:
    """Return the outcome of a row of the log, with the status code of a refused request."""
    color, text = OUTCOMES.get(str(row["outcome"]), OUTCOMES["refused"])
    if color == "bad" and row["status_code"] != 200:
        text += f" {row['status_code']}"
    return color, text


def reason(kind: str) -> str:
    """Return why postings were refused, or what warnings are about."""
    return WARNINGS.get(kind, kind.replace("_", " "))
