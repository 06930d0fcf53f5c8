"""The labels that pages use for the operator API's outcomes and warnings. Pure."""

from collections.abc import Mapping
from typing import Any

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


MIN_DECIDED = 20
"""Fewer decided postings than this say nothing about the match rate."""


def match_rate(activity: Mapping[str, Any]) -> str:
    """Return the share of decided postings that were applied, or a dash if too few are decided."""
    rate, of = activity["match_rate"], activity["totals"]["decided"]
    return "–" if rate is None or of < MIN_DECIDED else share(round(rate * of), of)


def decided(activity: Mapping[str, Any]) -> str:
    """Say what the match rate is made of: 316 of 361 decided, 36 waiting."""
    totals = activity["totals"]
    applied = totals["applied_at_once"] + totals["applied_later"]
    waiting = max(0, totals["stored"] - totals["decided"])
    still = f", {waiting:,} waiting" if waiting else ""
    return f"{applied:,} of {totals['decided']:,} decided{still}"


def share(part: int, whole: int) -> str:
    """Return a share in percent, which is neither 0% nor 100% unless it is exactly that."""
    if not whole:
        return "–"
    percent = round(100 * part / whole)
    if part and percent == 0:
        return "<1%"
    return ">99%" if part < whole and percent == 100 else f"{percent}%"


def reason(kind: str) -> str:
    """Return why postings were refused, or what warnings are about."""
    return WARNINGS.get(kind, kind.replace("_", " "))
