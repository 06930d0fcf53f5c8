"""The parameters in a multipart body."""

import binascii
import io

from multipart import MultipartError, MultipartParser, MultipartPart

from functions.data_writing.parameters import MOST_PARAMETERS, Pairs, decode_bytes, known_charset
from shared.domain import postings
from shared.domain.errors import InvalidInput, Problem
from shared.domain.posting_warnings import PostingWarning, WarningKind

_LONGEST_PART_HEADER = 1024
"""In bytes. A tag's name fits in; folded headers of the usual 4 KiB cost four times as much."""

_BARE_LINES = "the lines of the multipart body end in LF alone; have your HTTP library make it"


def parse(body: bytes, boundary: str, warnings: list[PostingWarning]) -> Pairs:
    """A file input that nobody used is not there; a file is left out. Raises InvalidInput."""
    pairs = []
    body = body.lstrip()
    # Put together by hand, on a system that ends lines so.
    has_bare_lines = b"\r" not in body
    if has_bare_lines:
        body = body.replace(b"\n", b"\r\n")
        warnings.append(PostingWarning(WarningKind.BODY, None, _BARE_LINES))
    try:
        for part in MultipartParser(
            io.BytesIO(body),
            boundary,
            content_length=len(body),
            part_limit=MOST_PARAMETERS,
            headersize_limit=_LONGEST_PART_HEADER,
        ):
            name = part.name or ""
            if part.filename is None:
                declares = "charset" in part.headers.get("Content-Type", "").lower()
                charset = known_charset(part.charset) if declares else None
                raw = _decoded(part, name, warnings)
                raw = raw.replace(b"\r\n", b"\n") if has_bare_lines else raw
                pairs.append((name, decode_bytes(raw, charset, warnings, name)))
            elif part.filename or part.raw:
                message = "is a file, and was left out; a tag's value is text"
                warnings.append(
                    PostingWarning(WarningKind.LEFT_OUT, postings.shown_name(name), message)
                )
    except ValueError as error:
        # Further arguments, and errors that are not the parser's own, quote what was sent.
        reason = error.args[0] if isinstance(error, MultipartError) else "it is not UTF-8"
        message = (
            f"the body is not valid multipart/form-data: {reason}; have your HTTP library make "
            "both the body and its Content-Type"
        )
        raise InvalidInput(Problem(None, message)) from error
    return pairs


def _decoded(part: MultipartPart, name: str, warnings: list[PostingWarning]) -> bytes:
    """The value out of an encoding that is meant for mail. Raises InvalidInput."""
    raw: bytes = part.raw
    encoding = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
    if encoding not in ("base64", "quoted-printable"):
        return raw
    message = f"was sent with Content-Transfer-Encoding {encoding}; send it as it stands"
    warnings.append(PostingWarning(WarningKind.BODY, postings.shown_name(name), message))
    try:
        return binascii.a2b_base64(raw) if encoding == "base64" else binascii.a2b_qp(raw)
    except binascii.Error as error:
        raise InvalidInput(Problem(postings.shown_name(name), "is no Base64")) from error
