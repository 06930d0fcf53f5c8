"""Repairs names and values with characters that a tag cannot have. Without it, one of them would
cost the whole posting. Imported only for a posting that has some."""

import re
from collections.abc import Mapping

from functions.data_writing.parameters import REPLACEMENT
from shared.domain import postings
from shared.domain.posting_warnings import PostingWarning, WarningKind

_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_CONTROLS_AND_BREAKS = r"[\x00-\x1f\x7f]"
_WINDOWS_1252 = r"[\x80-\x9f]"
_HALVES = "[\ud800-\udfff]"
_NOT_CHARACTERS = "[\ufffe\uffff]"

LEFT_OUT = "has control characters, which were left out; send text without them"
WINDOWS = "has bytes of Windows-1252, which were read as such; send UTF-8"
HALF = "has half a character, which was replaced by U+FFFD; cut text between characters"
NOT_A_CHARACTER = "has a code that is not a character, which was replaced by U+FFFD; remove it"
LOST = "has U+FFFD in place of characters that were lost before they arrived; send UTF-8"
NO_NAME = "a tag's name has control characters only, and was left out; send a name"
TWICE = "was sent with and without control characters in its name; send it once"


def repaired(parameters: Mapping[str, str], warnings: list[PostingWarning]) -> dict[str, str]:
    """Return the parameters as text that a table, a queue and XML can hold."""
    explained = {w.param for w in warnings if w.kind is WarningKind.CHARSET}
    plain = {}
    for sent, value in parameters.items():
        repairs: list[tuple[WarningKind, str]] = []
        name = _repaired(sent, _CONTROLS_AND_BREAKS, repairs)
        shown = postings.shown_name(name)
        if REPLACEMENT in sent + value and explained.isdisjoint((shown, None)):
            repairs.append((WarningKind.CHARSET, LOST))
        if sent and not name:
            warnings.append(PostingWarning(WarningKind.LEFT_OUT, None, NO_NAME))
        elif name != sent and (name in parameters or name in plain):
            warnings.append(PostingWarning(WarningKind.REPEATED, shown, TWICE))
        else:
            plain[name] = _repaired(value, _CONTROLS, repairs)
            warnings += (PostingWarning(kind, shown, message) for kind, message in repairs)
    return plain


def _repaired(text: str, controls: str, repairs: list[tuple[WarningKind, str]]) -> str:
    if text.isprintable():
        return text
    for pattern, replace, kind, message in (
        (controls, "", WarningKind.LEFT_OUT, LEFT_OUT),
        (_WINDOWS_1252, _from_windows_1252, WarningKind.CHARSET, WINDOWS),
        (_HALVES, REPLACEMENT, WarningKind.CHARSET, HALF),
        (_NOT_CHARACTERS, REPLACEMENT, WarningKind.CHARSET, NOT_A_CHARACTER),
    ):
        text, count = re.subn(pattern, replace, text)
        if count:
            repairs.append((kind, message))
    return text


def _from_windows_1252(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("cp1252", "ignore")
