"""Reads a postback key that was copied with characters around it, or with other hyphens.

Imported only for a key that is not a plain UUID, to keep cold starts short.
"""

import re
import unicodedata
from urllib.parse import unquote

from functions.data_writing.parameters import INVISIBLE, KEY, collect, parse_urlencoded
from shared.domain.keys import canonical_uuid
from shared.domain.posting_warnings import PostingWarning, WarningKind

_NO_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
_DASH = r"(?:[\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]?)"
_WITH_ANY_DASHES = _DASH.join(rf"([0-9A-Fa-f]{{{length}}})" for length in (8, 4, 4, 4, 12))
_LONGEST = 200


def bare(sent: str) -> str:
    """Return the key alone if the text is a key with white space, punctuation and invisible
    characters around it; otherwise the text as it is. No key begins or ends with one of these."""
    if len(sent) > _LONGEST:
        return sent
    text = unquote(sent).translate(_NO_INVISIBLE)
    start, end = 0, len(text)
    while start < end and _is_around(text[start]):
        start += 1
    while end > start and _is_around(text[end - 1]):
        end -= 1
    match = re.fullmatch(_WITH_ANY_DASHES, text[start:end])
    return "-".join(match.groups()) if match else sent


def _is_around(character: str) -> bool:
    """Whether it is white space, punctuation or a symbol."""
    return character.isspace() or unicodedata.category(character)[0] in "PSZ"


def repair(parameters: dict[str, str], names: list[str], warnings: list[PostingWarning]) -> None:
    """Replace the key by the key alone, and read the parameters that follow it."""
    sent = parameters[KEY]
    alone, mark, others = sent.partition("?")
    if mark and canonical_uuid(bare(alone)):
        message = "has parameters attached, which were read; separate parameters with &"
        warnings.append(PostingWarning(WarningKind.SEPARATOR, KEY, message))
        pairs = parse_urlencoded(others, warnings)
        names += (name for name, _ in pairs)
        parameters |= {**collect(pairs, warnings), **parameters, KEY: alone}
    parameters[KEY] = bare(parameters[KEY])
    if parameters[KEY] not in (sent, alone):
        message = (
            "had white space, punctuation or invisible characters around it, or other hyphens; "
            "copy the key without them"
        )
        warnings.append(PostingWarning(WarningKind.NAME, KEY, message))
