"""Reads the parameters in a request's body, by its Content-Type or by what it looks like."""

import codecs
import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_to_bytes

from functions.data_writing.parameters import (
    CALL_UUID,
    CALLER_NUMBER,
    KEY,
    RESERVED,
    WINDOWS,
    Pairs,
    decode_bytes,
    known_charset,
    parse_urlencoded,
)
from shared.domain import postings
from shared.domain.errors import BodyTooLarge, Problem, UnsupportedBody
from shared.domain.posting_warnings import PostingWarning, WarningKind
from shared.runtime import http

MAX_BYTES = 64 * 1024


class BodyFormat(StrEnum):
    """The supported formats, by Content-Type."""

    URLENCODED = "application/x-www-form-urlencoded"
    JSON = "application/json"
    MULTIPART = "multipart/form-data"


_EMPTY = frozenset((b"", b"null", b"[]", b'""', b"{}", b"undefined"))
# Not compiled here but when first used, to keep cold starts short.
_LOOKS_LIKE_JSON = r'\{\s*["}]|\[\s*["{\[\]]|"\s*\{|"\s*\\?"'
_ENCODED_JSON = rb"(?i)\s*%7B(?:%20|%0A|%0D|%09|\+)*%22"
_LOOKS_LIKE_FORM = r"&*[^=&<>{}\"\s][^=&<>{}\"\r\n]*="
_BOUNDARY = rb"--([^\s\"]{1,70})[ \t]*\r?\n"
STRINGIFIED = r"^[\s\"'=]*\[object[ +][A-Z]\w*\]"
"""Matches what JavaScript makes of an object where a text is expected."""
HOW_TO_STRINGIFY = (
    "but [object Object], a JavaScript object as text; send JSON.stringify(object), with the "
    "Content-Type application/json"
)
_LINES = r"(?:[^=&\r\n]+=[^\r\n&]*(?:\r?\n|$)){2,}"
_ENCODED_LINE = r"(?im)^(?:key|caller_number|call_uuid)=[^%\r\n]*%[0-9a-f]{2}"
"""Matches a line of ours that is percent-encoded, which browsers' text/plain is not: none of the
three has a percent sign of its own."""
COMPRESSED = "compressed bodies are not supported; send the body without a Content-Encoding"
_COMPRESSED = (b"\x1f\x8b", b"\x1f\xef\xbf\xbd", b"(\xb5/\xfd", b"PK\x03\x04", b"\xfd7zXZ\0")
"""How compressed bodies start, also where a gateway replaced a byte that is not UTF-8."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read(
    event: Mapping[str, Any], warnings: list[PostingWarning], taken: Collection[str] = ()
) -> Pairs | None:
    """Return the parameters in the body of an HTTP API event (payload format 2.0).

    `taken` are the posting's other tags, which leave less room for nested ones. Returns None if the
    body has none of the formats. Raises BodyTooLarge, UnsupportedBody or InvalidInput.
    """
    body = http.body(event)
    _check_size(len(body))
    headers = event.get("headers", {})
    if not body.strip():
        return []
    _check_encoding(headers.get("content-encoding", ""), body, warnings)
    if body.strip() in _EMPTY:
        return []
    declared = headers.get("content-type", "")
    kind, _, options = declared.partition(";")
    kind = kind.strip().lower()
    if re.match(_ENCODED_JSON, body):
        # Some libraries send JSON as a form: as the name of a parameter without a value.
        body = unquote_to_bytes(body.strip().removesuffix(b"=").replace(b"+", b" "))
        warnings.append(
            PostingWarning(
                WarningKind.BODY, None, "the JSON was percent-encoded; send it unencoded"
            )
        )
    charset, body = _charset(options, body)
    _check_text_size(body, charset)
    format_ = _detect(body, kind)
    if format_ is None:
        if _is_stringified(body):
            raise refusal(event)
        return None
    if not _is_declared(format_, kind):
        warnings.append(_guessed(format_, declared))
    match format_:
        case BodyFormat.JSON:
            # Imported here to keep the cold starts of forms short.
            from functions.data_writing import json_bodies  # noqa: PLC0415

            return json_bodies.parse(decode_bytes(body, charset, warnings, None), warnings, taken)
        case BodyFormat.MULTIPART:
            # Imported here to keep cold starts short: few postings are multipart.
            from functions.data_writing import multipart_bodies  # noqa: PLC0415

            boundary = re.match(_BOUNDARY, body.lstrip())
            found = boundary[1].decode("latin-1") if boundary else ""
            return multipart_bodies.parse(
                body, options, found, warnings, is_declared=kind == BodyFormat.MULTIPART
            )
    return _parse_form(body, kind, charset, warnings)


def _is_stringified(body: bytes) -> bool:
    return re.search(STRINGIFIED, unquote_to_bytes(body[:80]).decode("latin-1")) is not None


def ignore(
    event: Mapping[str, Any],
    query: Mapping[str, str],
    path_key: str | None,
    warnings: list[PostingWarning],
) -> None:
    """Ignore a body that has none of the formats if all that is required is in the link. Raises
    UnsupportedBody otherwise."""
    is_complete = (
        (path_key or query.get(KEY))
        and (query.get(CALLER_NUMBER) or query.get(CALL_UUID))
        and not query.keys() <= RESERVED
    )
    if not is_complete:
        raise refusal(event)
    message = "the body was ignored, because it is not a form, JSON or multipart; leave it empty"
    warnings.append(PostingWarning(WarningKind.BODY_IGNORED, None, message))


def refusal(event: Mapping[str, Any]) -> UnsupportedBody:
    """Make the refusal of a body that has none of the formats."""
    if _is_stringified(http.body(event)):
        return UnsupportedBody(Problem(None, f"the body is not JSON, {HOW_TO_STRINGIFY}"))
    content_type = event.get("headers", {}).get("content-type", "")
    sent = f"a body of type {postings.shown_name(content_type)}" if content_type else "this body"
    message = (
        f"{sent} is not a form, JSON or multipart; send one of these, with its Content-Type: "
        f"{', '.join(BodyFormat)}"
    )
    return UnsupportedBody(Problem(None, message))


_UNCOMPRESSED = frozenset(("", "identity", "none", "null", "7bit", "8bit", "binary", "chunked"))


def _check_encoding(encoding: str, body: bytes, warnings: list[PostingWarning]) -> None:
    """Raise UnsupportedBody for a compressed body. Some senders name their charset here."""
    if body.startswith(_COMPRESSED):
        raise UnsupportedBody(Problem(None, COMPRESSED))
    if not encoding:
        return
    names = [name.strip(" \"'").lower() for name in encoding.split(",")]
    if all(name == "identity" for name in names):
        return
    if not all(name in _UNCOMPRESSED or _is_charset_or_type(name) for name in names):
        raise UnsupportedBody(Problem(None, COMPRESSED))
    message = "Content-Encoding does not name a compression, and was ignored; leave it out"
    warnings.append(PostingWarning(WarningKind.BODY, None, message))


def _is_charset_or_type(name: str) -> bool:
    charset = name.removeprefix("charset=").strip("\"'")
    return "/" in name or charset.startswith("utf") or known_charset(charset) is not None


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        message = (
            f"the body has {size} bytes; send {MAX_BYTES} or fewer, and the rest in another posting"
        )
        raise BodyTooLarge(Problem(None, message))


def _check_text_size(body: bytes, charset: str | None) -> None:
    """Check the size in UTF-8, in which a byte may become three: a table's item must hold it."""
    try:
        text = body.decode("utf-8" if charset in (None, WINDOWS) else charset)
    except UnicodeDecodeError:
        text = body.decode(WINDOWS, "replace")
    _check_size(len(text.encode("utf-8", "replace")))


def _charset(options: str, body: bytes) -> tuple[str | None, bytes]:
    """Return the charset by byte order mark or Content-Type, and the body without the mark."""
    for mark, charset in _BOMS:
        if body.startswith(mark):
            return charset, body[len(mark) :]
    match = re.search(r"charset=[\"']?([\w.:-]+)", options, re.IGNORECASE) if options else None
    declared = known_charset(match[1]) if match else None
    if body[:2] in (b"{\0", b"[\0"):
        return declared or "utf-16-le", body
    if body[:2] in (b"\0{", b"\0["):
        return declared or "utf-16-be", body
    if declared and declared.startswith("utf-16") and b"\0" not in body:
        return None, body  # wrongly declared: in UTF-16 every = and { has a NUL byte
    return declared, body


def _detect(body: bytes, kind: str) -> BodyFormat | None:
    start = body.lstrip()
    text = start[:200].decode("latin-1")
    if start.startswith(b"--") and re.match(_BOUNDARY, start):
        return BodyFormat.MULTIPART
    if re.match(_LOOKS_LIKE_JSON, text.replace("\0", "")):
        return BodyFormat.JSON
    if text.startswith("[object "):
        return None
    if text[:1] in ("{", "[") and (kind == BodyFormat.JSON or b"=" not in body):
        return BodyFormat.JSON  # invalid, and refused as such
    if kind == BodyFormat.MULTIPART and b"\n--" in body:
        return BodyFormat.MULTIPART  # with a preamble, which the standard allows
    if text.startswith("<"):
        return None  # XML, whatever the Content-Type says
    if kind == BodyFormat.URLENCODED or re.match(_LOOKS_LIKE_FORM, text):
        return BodyFormat.URLENCODED
    return None


def _is_declared(format_: BodyFormat, kind: str) -> bool:
    return kind == format_ or (
        format_ is BodyFormat.JSON and (kind.endswith("+json") or kind == "text/json")
    )


def _guessed(format_: BodyFormat, declared: str) -> PostingWarning:
    names = {"URLENCODED": "a form", "JSON": "JSON", "MULTIPART": "multipart"}
    what = names[format_.name]
    sent = f"Content-Type {postings.shown_name(declared)}" if declared else "no Content-Type"
    message = f"the body has {sent} and was read as {what}; set Content-Type to {format_}"
    return PostingWarning(WarningKind.BODY, None, message)


def _parse_form(
    body: bytes, kind: str, charset: str | None, warnings: list[PostingWarning]
) -> Pairs:
    if charset and charset.startswith("utf-16"):
        return parse_urlencoded(decode_bytes(body, charset, warnings, None), warnings)
    text = body.strip().decode("utf-8", "surrogateescape")
    if "\n" in text and re.fullmatch(_LINES, text):
        if kind == "text/plain" and not re.search(_ENCODED_LINE, text):
            return _parse_lines(text, charset, warnings)
        message = "line breaks between parameters were read as &; send &"
        warnings.append(PostingWarning(WarningKind.SEPARATOR, None, message))
        text = "&".join(text.split("\n"))
    return parse_urlencoded(text.replace("\r&", "&"), warnings, charset)


def _parse_lines(text: str, charset: str | None, warnings: list[PostingWarning]) -> Pairs:
    """Parse a form with enctype="text/plain": one unencoded parameter per line."""
    fields = (line.rstrip("\r").partition("=") for line in text.split("\n"))
    return [
        (
            decode_bytes(_bytes(name), charset, warnings, None),
            decode_bytes(_bytes(value), charset, warnings, name),
        )
        for name, _, value in fields
    ]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
