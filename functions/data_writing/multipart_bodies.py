"""Reads the parameters in a multipart body."""

import binascii
import io
import re

from multipart import MultipartError, MultipartParser, MultipartPart

from functions.data_writing.parameters import MAX_PARAMETERS, Pairs, decode_bytes, known_charset
from shared.domain import postings
from shared.domain.errors import InvalidInput, Problem
from shared.domain.posting_warnings import PostingWarning, WarningKind

_MAX_PART_HEADER_BYTES = 1024
"""A tag's name fits. The library's default, 4 KiB, makes folded headers four times as slow."""

_BINARY = rb"[\x00-\x08\x0e-\x1f]"
"""Bytes that files have, and text has not."""

_TYPES_OF_FILES = ("multipart/", "message/", "image/", "audio/", "video/", "font/")
_TYPES_OF_TEXT = ("text/plain", "application/x-www-form-urlencoded", "application/json")

_NO_PARTS = rb"--[^\s\"]{1,70}--\s*"
"""Matches a form without fields, as browsers send it."""

_BARE_LINES = (
    "the multipart body has LF instead of CRLF line endings; let your HTTP library build the body"
)


def parse(
    body: bytes,
    options: str,
    found: str,
    warnings: list[PostingWarning],
    *,
    is_declared: bool,
) -> Pairs:
    """Parse the body. Files are left out with a warning, empty file inputs without one.

    `options` are those of the Content-Type, `found` is the boundary that the body starts with.
    Raises InvalidInput.
    """
    pairs: list[tuple[str, str]] = []
    body = body.lstrip()
    if re.fullmatch(_NO_PARTS, body):
        return pairs
    boundary = _boundary(options, found, warnings, is_declared=is_declared)
    # A body that was put together by hand on Unix.
    has_bare_lines = b"\r" not in body
    if has_bare_lines:
        body = body.replace(b"\n", b"\r\n")
        warnings.append(PostingWarning(WarningKind.BODY, None, _BARE_LINES))
    try:
        for part in MultipartParser(
            io.BytesIO(body),
            boundary,
            content_length=len(body),
            part_limit=MAX_PARAMETERS,
            headersize_limit=_MAX_PART_HEADER_BYTES,
        ):
            name = part.name or ""
            if _is_value(part) or _is_text(part, name, warnings):
                declares = "charset" in part.headers.get("Content-Type", "").lower()
                charset = known_charset(part.charset) if declares else None
                raw = _decoded(part, name, warnings)
                raw = raw.replace(b"\r\n", b"\n") if has_bare_lines else raw
                pairs.append((name, decode_bytes(raw, charset, warnings, name)))
            elif part.filename or part.raw:
                message = "was sent as a file, which was left out; send it as text"
                warnings.append(
                    PostingWarning(WarningKind.LEFT_OUT, postings.shown_name(name), message)
                )
    except ValueError as error:
        # The error's other arguments, and errors of other classes, quote the body.
        reason = error.args[0] if isinstance(error, MultipartError) else "it is not UTF-8"
        message = (
            f"the body is not valid multipart/form-data: {reason}; let your HTTP library build the "
            "body and its Content-Type"
        )
        raise InvalidInput(Problem(None, message)) from error
    return pairs


def _boundary(
    options: str, found: str, warnings: list[PostingWarning], *, is_declared: bool
) -> str:
    """Return the body's own boundary, or else the one in the Content-Type."""
    # Not multipart's parse_options_header: it reads JavaMail's boundary ----=_Part_1 as ----.
    match = re.search(r"boundary=\"?([^\";,]+)", options, re.IGNORECASE)
    declared = match[1].strip() if match else ""
    if found and is_declared and found != declared:
        message = (
            "the boundary in the Content-Type differs from the body's; let your HTTP library build "
            "both"
        )
        warnings.append(PostingWarning(WarningKind.BODY, None, message))
    return found or declared


def _is_value(part: MultipartPart) -> bool:
    """Whether a part is not a file: it has no file name, and no type that text cannot have."""
    if part.filename is not None or _has_encoded_filename(part):
        return False
    kind = part.headers.get("Content-Type", "text/plain").strip().lower()
    if kind.startswith(_TYPES_OF_FILES):
        return False
    return kind.startswith(_TYPES_OF_TEXT) or re.search(_BINARY, part.raw) is None


def _has_encoded_filename(part: MultipartPart) -> bool:
    """Whether a part has a file name in the form filename*=UTF-8''…, which the library ignores."""
    disposition = part.headers.get("Content-Disposition", "")
    return re.search(r"(?i);\s*filename\*(?:\d+\*?)?\s*=", disposition) is not None


def _is_text(part: MultipartPart, name: str, warnings: list[PostingWarning]) -> bool:
    """Whether a part with a file name is a value: libraries may name a value like a file."""
    content_type = part.headers.get("Content-Type", "text/plain").partition(";")[0]
    if content_type.strip().lower() != "text/plain" or not (part.filename or part.raw):
        return False
    if len(part.raw) > postings.MAX_VALUE_LENGTH or re.search(_BINARY, part.raw):
        return False
    message = "was sent with a file name, and was read as text; send the value without a file name"
    warnings.append(PostingWarning(WarningKind.BODY, postings.shown_name(name), message))
    return True


def _decoded(part: MultipartPart, name: str, warnings: list[PostingWarning]) -> bytes:
    """Undo a transfer encoding, which is meant for mail. Raises InvalidInput."""
    raw: bytes = part.raw
    encoding = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
    if encoding not in ("base64", "quoted-printable"):
        return raw
    message = (
        f"was sent with Content-Transfer-Encoding {encoding}; send plain text without that header"
    )
    warnings.append(PostingWarning(WarningKind.BODY, postings.shown_name(name), message))
    try:
        return binascii.a2b_base64(raw) if encoding == "base64" else binascii.a2b_qp(raw)
    except binascii.Error as error:
        raise InvalidInput(
            Problem(
                postings.shown_name(name),
                "is not valid Base64; send it as text",
            )
        ) from error
