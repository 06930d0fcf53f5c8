"""Reads a postback key that was copied with characters around it.

Imported only for a key that is not a plain UUID, to keep cold starts short.
"""

from urllib.parse import unquote

from functions.data_writing.parameters import INVISIBLE, KEY, collect, parse_urlencoded
from shared.domain.keys import canonical_uuid
from shared.domain.posting_warnings import PostingWarning, WarningKind

_QUOTES = (
    "\"'`\u00b4\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2032\u2033"
)
_NO_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))


def bare(sent: str) -> str:
    """Return the key alone if the text is a key with white space, quotes and invisible characters;
    otherwise the text as it is."""
    text = unquote(sent).translate(_NO_INVISIBLE)
    stripped = text.strip()
    while stripped != text:
        text, stripped = stripped, stripped.strip(_QUOTES).strip()
    stripped = stripped.strip(_QUOTES).strip()
    return stripped if canonical_uuid(stripped) else sent


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
            "had white space, quotes or invisible characters around it, which were removed; copy "
            "the key without them"
        )
        warnings.append(PostingWarning(WarningKind.NAME, KEY, message))
