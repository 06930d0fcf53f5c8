"""Decodes bytes that are not UTF-8, or are declared as another charset. Imported only for these."""

from functions.data_writing.parameters import REPLACEMENT, WINDOWS
from shared.domain import postings
from shared.domain.errors import InvalidInput, Problem
from shared.domain.posting_warnings import PostingWarning, WarningKind

_SINGLE_BYTE = ("cp125", "iso8859", "koi8", "mac")

NOT_UTF_8 = "not UTF-8 and was read as Windows-1252; send UTF-8"
WRONGLY_DECLARED = "UTF-8, and was read as such, not in the declared charset; declare UTF-8"
LOST = "not in the declared charset, and has U+FFFD where characters were lost; send UTF-8"
DAMAGED = "not quite UTF-8: characters were cut, or encoded in halves; send UTF-8"


def decode(
    data: bytes, charset: str | None, warnings: list[PostingWarning], name: str | None
) -> str:
    """Decode as UTF-8 or the declared charset, or else as Windows-1252, with a warning for a guess.

    Raises InvalidInput for bytes that are not valid in a declared charset of several bytes.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if charset is not None:
            return _decode_as(data, charset, name)
        damaged = _damaged(data, error)
        warnings.append(_warning(name, NOT_UTF_8 if damaged is None else DAMAGED))
        return _decode_as(data, WINDOWS, name) if damaged is None else damaged
    if charset is None:
        return text
    if text.isascii() or not _may_be_utf_8(text, charset):
        return _decode_as(data, charset, name)
    warnings.append(_warning(name, LOST if REPLACEMENT in text else WRONGLY_DECLARED))
    return text


def _may_be_utf_8(text: str, charset: str) -> bool:
    """Whether bytes that are valid UTF-8 are UTF-8, whatever is declared.

    Text in a single-byte charset is hardly ever valid UTF-8. Text in other charsets may be, but
    has no U+FFFD: a gateway between wrote it for bytes that it could not read.
    """
    return charset.startswith(_SINGLE_BYTE) or REPLACEMENT in text


def _damaged(data: bytes, error: UnicodeDecodeError) -> str | None:
    """Return text in which a last character of four bytes was cut, or such characters were encoded
    as two surrogates each; None for other bytes."""
    tail = data[error.start :]
    if error.reason == "unexpected end of data" and len(tail) > 1 and tail[0] >= 0xF0:
        return data[: error.start].decode() + REPLACEMENT
    try:
        # Two halves become a character. A single one is replaced later.
        halves = data.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return halves.decode("utf-16-le", "surrogatepass")


def _decode_as(data: bytes, charset: str, name: str | None) -> str:
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        if charset == WINDOWS:
            # Its five undefined bytes become control characters, which are left out later.
            return data.decode("latin-1")
        message = f"is not valid {charset}, the charset in its Content-Type; send UTF-8"
        raise InvalidInput(Problem(postings.shown_name(name) if name else None, message)) from error


def _warning(name: str | None, message: str) -> PostingWarning:
    what = "is" if name else "a parameter name or the body is"
    shown = postings.shown_name(name) if name else None
    return PostingWarning(WarningKind.CHARSET, shown, f"{what} {message}")
