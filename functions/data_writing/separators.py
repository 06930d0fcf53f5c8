"""Reads ; and ? between parameters as &, if they cannot be part of a value, and text in which the
separators themselves are percent-encoded.

Imported only for text that has one of them, to keep cold starts short.
"""

import re
from urllib.parse import unquote

from functions.data_writing.parameters import RESERVED, folded
from shared.domain.posting_warnings import PostingWarning, WarningKind

_SEMICOLON = r"(?<!&amp)(?<!^amp);(?=[^&;=\s]+=)"
_OURS_BEHIND = (
    # Many things are called key; a postback key is a UUID.
    r"(?i)(?<!&amp)(?<!^amp);(?:key=[0-9a-f]{8}|(?:caller_number|call_uuid)=)"
)
_OURS_BEFORE = (
    r"(?i)(?:^|&)(?:key|caller_number|call_uuid)=(?!(?:tel|sips?)(?::|%3a)|[^&]*(?:<|%3c|@|%40))"
    r"[^&;]*(?<!&amp)(?<!^amp);(?!ext=)[a-z_][\w.-]*="
)

_OURS = re.compile(r"(?i)key=[0-9a-f]{8}|(?:caller_number|call_uuid)=")
_PARAMETER = re.compile(r"[^=\s/:]+=")
_ADDRESS = re.compile(r"(?i)[/:.]|%2f|%3a")
"""Found in URLs and paths, which have question marks of their own."""
_SIP = re.compile(r"(?i)sips?(?::|%3a)")
_COMPLETE = re.compile(r"(?i)[+-]?\d[\d.,]*|true|false|yes|no|on|off|[yn]")
"""Values that no question mark can continue."""


def to_ampersands(text: str, warnings: list[PostingWarning]) -> str:
    """Return the text with & between its parameters, and nowhere else."""
    if "%u" in text:
        text = _without_escape(text, warnings)
    if "&" in text and ";" in text:
        text = _with_entities(text, warnings)
    if ";" in text and (re.search(_OURS_BEHIND, text) or re.search(_OURS_BEFORE, text)):
        message = "semicolons between parameters were read as &; send &"
        warnings.append(PostingWarning(WarningKind.SEPARATOR, None, message))
        text = re.sub(_SEMICOLON, "&", text)
    if "?" in text:
        split = "&".join(_at_question_marks(field) for field in text.split("&"))
        if split != text:
            message = "question marks between parameters were read as &; send ? before the first"
            warnings.append(
                PostingWarning(WarningKind.SEPARATOR, None, f"{message} parameter only")
            )
        text = split
    return text


_ESCAPED = re.compile(r"(?:%u[0-9A-Fa-f]{4})+")


def _without_escape(text: str, warnings: list[PostingWarning]) -> str:
    """Percent-encode %u00E9, which JavaScript's old escape() writes, as UTF-8."""
    changed = _ESCAPED.sub(lambda match: _as_utf_8(match[0]), text)
    if changed != text:
        message = "%u… was read as a character; encode with encodeURIComponent(), not escape()"
        warnings.append(PostingWarning(WarningKind.CHARSET, None, message))
    return changed


def _as_utf_8(escaped: str) -> str:
    units = bytes.fromhex(escaped.replace("%u", ""))
    return "%" + units.decode("utf-16-be", "replace").encode().hex("%")


_NUMBERED = r"#(?:[0-9]{1,7}|[xX][0-9A-Fa-f]{1,6});"
_NAMED = r"(?!amp;)[A-Za-z][A-Za-z0-9]{1,30};(?=[^=&]*(?:&|$))"
_ENTITY = re.compile(rf"&({_NUMBERED}|{_NAMED})")


def _with_entities(text: str, warnings: list[PostingWarning]) -> str:
    """Escape the & of an HTML entity, such as O&#39;Brien, which is part of its value."""

    def escaped(match: re.Match[str]) -> str:
        is_entity = match[1][0] == "#" or _is_named_entity(match[1])
        return f"%26{match[1]}".replace("#", "%23").replace(";", "%3B") if is_entity else match[0]

    changed = _ENTITY.sub(escaped, text)
    if changed != text:
        message = "an HTML entity was read as part of its value; encode its & as %26"
        warnings.append(PostingWarning(WarningKind.SEPARATOR, None, message))
    return changed


def _is_named_entity(text: str) -> bool:
    # Imported here because it is a large table for a rare case.
    from html.entities import html5  # noqa: PLC0415

    return text in html5


_ENCODED = re.compile(r"(?i)(?:[&?]|%26|%3f)*(?:[\w.\[\]-]|%5b|%5d)+%3d.*")


def decoded(text: str, warnings: list[PostingWarning]) -> str:
    """Return text without any = decoded once, if it is a parameter then.

    It was encoded as a whole: no sender means the name of a parameter that has no value.
    """
    if not _ENCODED.fullmatch(text):
        return text
    message = "the parameters were percent-encoded as a whole; encode names and values only"
    warnings.append(PostingWarning(WarningKind.SEPARATOR, None, message))
    return unquote(text, errors="surrogateescape").lstrip("?")


def _at_question_marks(field: str) -> str:
    """Replace the question marks that begin another parameter, and remove those at the start."""
    first, *others = field.lstrip("?").split("?")
    parts = [first]
    for number, other in enumerate(others):
        if not _ends_parameter(parts[-1], other):
            parts[-1] = "?".join((parts[-1], *others[number:]))
            break
        if other:
            parts.append(other)
    return "&".join(parts)


def _ends_parameter(before: str, after: str) -> bool:
    """Whether a question mark between two texts ends a parameter."""
    name, equals, value = before.partition("=")
    if not equals:
        return False
    is_parameter = _PARAMETER.match(after) is not None
    if value and folded(name) in RESERVED:
        return (is_parameter or not after) and not _SIP.match(value)
    if _OURS.match(after):
        return not _ADDRESS.search(value)
    return is_parameter and _COMPLETE.fullmatch(value) is not None
