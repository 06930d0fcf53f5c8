"""The parameters in the body of a request: as its Content-Type says, or as what it looks like."""

import codecs
import json
import re
from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import unquote_to_bytes

from functions.data_writing.parameters import (
    OURS,
    WINDOWS,
    Pairs,
    decode_bytes,
    known_charset,
    parse_urlencoded,
)
from shared.domain import postings
from shared.domain.errors import BodyTooLarge, InvalidInput, Problem, UnsupportedBody
from shared.domain.posting_warnings import PostingWarning, WarningKind
from shared.runtime import http

MAX_BYTES = 64 * 1024
DEEPEST = 5
"""How deep members of nested JSON are read."""


class Form(StrEnum):
    """What a body can be, by its Content-Type."""

    URLENCODED = "application/x-www-form-urlencoded"
    JSON = "application/json"
    MULTIPART = "multipart/form-data"


_NOTHING = frozenset((b"", b"null", b"[]", b'""', b"{}", b"undefined"))
# Patterns are compiled when a body first asks for them: no function waits for all at its start.
_LOOKS_LIKE_JSON = r'\{\s*["}]|\[\s*["{\[\]]|"\s*\{|"\s*\\?"'
_ENCODED_JSON = rb"(?i)\s*%7B(?:%20|%0A|%0D|%09|\+)*%22"
_LOOKS_LIKE_FORM = r"&*[^=&<>{}\"\s][^=&<>{}\"\r\n]*="
_BOUNDARY = rb"--([^\s\"]{1,70})[ \t]*\r?\n"
_LINES = r"(?:[^=&\r\n]+=[^\r\n&]*(?:\r?\n|$)){2,}"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def is_there(event: Mapping[str, Any]) -> bool:
    return bool((event.get("body") or "").strip())


def read(
    event: Mapping[str, Any], warnings: list[PostingWarning], taken: Collection[str] = ()
) -> Pairs | None:
    """The parameters in the body of an HTTP API event (payload format 2.0), and what to tell.

    `taken` are the names of other tags of the posting: there is so much less room for nested ones.
    None if the body looks like nothing that is read. Raises BodyTooLarge, UnsupportedBody or
    InvalidInput.
    """
    body = http.body(event)
    _check_size(len(body))
    headers = event.get("headers", {})
    if not body.strip():
        return []
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        message = "a body with a Content-Encoding is not read; send it uncompressed, without one"
        raise UnsupportedBody(Problem(None, message))
    if body.strip() in _NOTHING:
        return []
    declared = headers.get("content-type", "")
    kind, _, options = declared.partition(";")
    kind = kind.strip().lower()
    if re.match(_ENCODED_JSON, body):
        # How some libraries send JSON as a form: as the name of a parameter without a value.
        body = unquote_to_bytes(body.strip().removesuffix(b"=").replace(b"+", b" "))
        warnings.append(
            PostingWarning(WarningKind.BODY, None, "the JSON was percent-encoded; send it plain")
        )
    charset, body = _charset(options, body)
    _check_text_size(body, charset)
    form = _looks_like(body, kind)
    if form is None:
        return None
    if not _is_declared(form, kind):
        warnings.append(_guessed(form, declared))
    match form:
        case Form.JSON:
            return _parse_json(decode_bytes(body, charset, warnings, None), warnings, taken)
        case Form.MULTIPART:
            # Loaded when one comes: most senders have no use for it.
            from functions.data_writing import multipart_bodies  # noqa: PLC0415

            boundary = re.match(_BOUNDARY, body.lstrip())
            found = boundary[1].decode("latin-1") if boundary else ""
            return multipart_bodies.parse(body, _boundary(options, found, kind, warnings), warnings)
    return _parse_form(body, kind, charset, warnings)


def refusal(event: Mapping[str, Any]) -> UnsupportedBody:
    """Of a body that looks like nothing that is read."""
    content_type = event.get("headers", {}).get("content-type", "")
    sent = f"a body of type {postings.shown_name(content_type)}" if content_type else "this body"
    message = (
        f"{sent} is neither a form, JSON nor multipart, and is not read; send it as one of them, "
        f"with the Content-Type {', '.join(Form)}"
    )
    return UnsupportedBody(Problem(None, message))


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        message = (
            f"the body has {size} bytes; send {MAX_BYTES} at most, the rest in another posting"
        )
        raise BodyTooLarge(Problem(None, message))


def _check_text_size(body: bytes, charset: str | None) -> None:
    """Some bytes become three in UTF-8: no posting is to outgrow a table's item by that."""
    try:
        text = body.decode(charset or "utf-8")
    except UnicodeDecodeError:
        text = body.decode(WINDOWS, "replace")
    _check_size(len(text.encode("utf-8", "replace")))


def _charset(options: str, body: bytes) -> tuple[str | None, bytes]:
    """The charset that the body declares by its Content-Type or its first bytes, without these."""
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
        return None, body  # declared by mistake: every = and { has a NUL beside it in UTF-16
    return declared, body


def _looks_like(body: bytes, kind: str) -> Form | None:
    start = body.lstrip()
    text = start[:200].decode("latin-1")
    if start.startswith(b"--") and re.match(_BOUNDARY, start):
        return Form.MULTIPART
    if re.match(_LOOKS_LIKE_JSON, text.replace("\0", "")):
        return Form.JSON
    if text[:1] in ("{", "[") and (kind == Form.JSON or b"=" not in body):
        return Form.JSON  # broken, and no form: it will be refused
    if kind == Form.MULTIPART and b"\n--" in body:
        return Form.MULTIPART  # with a preamble, as the standard allows
    if text.startswith("<"):
        return None  # XML, whatever it is said to be
    if kind == Form.URLENCODED or re.match(_LOOKS_LIKE_FORM, text):
        return Form.URLENCODED
    return None


def _is_declared(form: Form, kind: str) -> bool:
    return kind == form or (form is Form.JSON and (kind.endswith("+json") or kind == "text/json"))


def _guessed(form: Form, declared: str) -> PostingWarning:
    what = {Form.URLENCODED: "a form", Form.JSON: "JSON", Form.MULTIPART: "multipart"}[form]
    sent = f"Content-Type {postings.shown_name(declared)}" if declared else "no Content-Type"
    message = f"the body came with {sent} and was read as {what}; send the Content-Type {form}"
    return PostingWarning(WarningKind.BODY, None, message)


def _boundary(options: str, found: str, kind: str, warnings: list[PostingWarning]) -> str:
    """The boundary in the body, if it begins with one, whatever is declared."""
    match = re.search(r"boundary=\"?([^\";,]+)", options, re.IGNORECASE)
    declared = match[1].strip() if match else ""
    if found and kind == Form.MULTIPART and found != declared:
        message = "the boundary in the Content-Type is not the body's; have your library make both"
        warnings.append(PostingWarning(WarningKind.BODY, None, message))
    return found or declared


def _parse_form(
    body: bytes, kind: str, charset: str | None, warnings: list[PostingWarning]
) -> Pairs:
    if charset and charset.startswith("utf-16"):
        return parse_urlencoded(decode_bytes(body, charset, warnings, None), warnings)
    text = body.strip().decode("utf-8", "surrogateescape")
    if "\n" in text and re.fullmatch(_LINES, text):
        if kind == "text/plain":
            return _parse_lines(text, charset, warnings)
        message = "there were line breaks between parameters, read as &; send &"
        warnings.append(PostingWarning(WarningKind.SEPARATOR, None, message))
        text = "&".join(text.split("\n"))
    return parse_urlencoded(text.replace("\r&", "&"), warnings, charset)


def _parse_lines(text: str, charset: str | None, warnings: list[PostingWarning]) -> Pairs:
    """A form as browsers send it with enctype="text/plain": a line each, nothing encoded."""
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


def _parse_json(text: str, warnings: list[PostingWarning], taken: Collection[str]) -> Pairs:
    value = _loaded(text, warnings)
    if isinstance(value, str):
        value = _loaded(value, warnings)
        message = "the JSON object was inside a JSON string; encode it once"
        warnings.append(PostingWarning(WarningKind.BODY, None, message))
    if isinstance(value, list) and len(value) == 1:
        message = "the JSON object was in a list; send it alone"
        warnings.append(PostingWarning(WarningKind.BODY, None, message))
        (value,) = value
    if value == []:
        return []
    if isinstance(value, list):
        message = f"the body is a list of {len(value)}; send one JSON object for each posting"
        raise InvalidInput(Problem(None, message))
    if not isinstance(value, dict):
        raise InvalidInput(Problem(None, 'the body must be one JSON object such as {"age": 39}'))
    return _flat(value, warnings, taken)


def _loaded(text: str, warnings: list[PostingWarning]) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            message = "a member of the JSON object stood there twice, and the last one counts"
            warnings.append(PostingWarning(WarningKind.REPEATED, None, message))
        return found

    try:
        # As text, numbers stay what was sent: 39.10 is the tag 39.10.
        return json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=_no_constant,
            object_pairs_hook=members,
        )
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        message = (
            f"the body is not valid JSON: {reason}; mend it, or send the Content-Type it is of"
        )
        raise InvalidInput(Problem(None, message)) from error


def _no_constant(name: str) -> str:
    raise ValueError(f"{name} is no JSON value")


def _flat(
    members: Mapping[str, Any], warnings: list[PostingWarning], taken: Collection[str]
) -> Pairs:
    """The members as parameters; nested ones under dotted names, as far as there is room."""
    if not any(isinstance(value, dict | list) for value in members.values()):
        return [(name, _json_text(value)) for name, value in members.items()]
    tags = {name for name, value in members.items() if not isinstance(value, dict | list)}
    tags = tags.union(taken) - OURS
    pairs = []
    for name, value in members.items():
        if not isinstance(value, dict | list):
            pairs.append((name, _json_text(value)))
            continue
        left_out = None
        for inner, text in _nested(name, value, 1):
            if text is None:
                left_out = f"is nested over {DEEPEST} deep, and was left out"
            elif inner in OURS or inner in tags or len(tags) < postings.MAX_TAGS:
                tags |= {inner} - OURS
                pairs.append((inner, text))
            else:
                left_out = f"has members that were left out: {postings.MAX_TAGS} tags are the most"
        if left_out:
            warnings.append(
                PostingWarning(WarningKind.LEFT_OUT, postings.shown_name(name), left_out)
            )
    return pairs


def _nested(name: str, value: Any, depth: int) -> Iterator[tuple[str, str | None]]:
    """What is in an object or a list; None for what is too deep in it."""
    if not isinstance(value, dict | list):
        yield name, _json_text(value)
    elif isinstance(value, list) and not any(isinstance(v, dict | list) for v in value):
        yield name, ",".join(map(_json_text, value))
    elif depth > DEEPEST:
        yield name, None
    else:
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for inner, member in members:
            yield from _nested(f"{name}.{inner}", member, depth + 1)


def _json_text(value: str | bool | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
