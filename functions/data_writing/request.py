"""What a publisher sent over HTTP, read into a posting. Touches no table and no clock."""

import base64
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from multipart import MultipartError, MultipartParser, parse_options_header

from shared.domain import caller_numbers, postings
from shared.domain.errors import (
    BodyTooLarge,
    InvalidCallerNumber,
    InvalidInput,
    MethodNotAllowed,
    Problem,
    Refusal,
    UnknownPath,
    UnsupportedBody,
)
from shared.domain.keys import PostbackKey, canonical_uuid
from shared.domain.postings import Posting

PATH = "data_writing"
INSTRUCTIONS = "instructions"
METHODS = ("GET", "POST")
MAX_BODY_BYTES = 64 * 1024

KEY = "key"
CALLER_NUMBER = "caller_number"
CALL_UUID = "call_uuid"
UNKNOWN = Problem(KEY, "is not a key that we know; take it from your posting link as it stands")
_OURS = frozenset((KEY, CALLER_NUMBER, CALL_UUID))

_BODY_TYPES = "application/x-www-form-urlencoded, application/json or multipart/form-data"
_MOST_PARAMETERS = 2000
"""Of a query string, a form or a multipart body, repeats included: their number is what costs."""

_LONGEST_PART_HEADER = 1024
"""In bytes. A tag's name fits in; folded headers of the usual 4 KiB cost four times as much."""


@dataclass(frozen=True, slots=True)
class Request:
    """The parameters of one request; `refusal` says why some could not be read, if so.

    `sender` is the address that the gateway saw it come from.
    """

    posting_id: str
    parameters: Mapping[str, str]
    refusal: Refusal | None
    sender: str = ""

    @property
    def tags(self) -> dict[str, str]:
        return {name: v for name, v in self.parameters.items() if name not in _OURS}

    def to_posting(self, key: PostbackKey) -> Posting:
        """Raises Refusal with everything that is wrong, not just the first of it."""
        if self.refusal:
            raise self.refusal
        tags = self.tags
        problems = postings.problems_with_tags(tags)
        try:
            call_uuid, caller_number = self._target(key)
        except InvalidInput as refusal:
            raise InvalidInput(*refusal.problems, *problems) from refusal
        if problems:
            raise InvalidInput(*problems)
        posted_at = postings.posted_at(self.posting_id)
        return Posting(
            posting_id=self.posting_id,
            key_id=key.key_id,
            publisher_id=key.publisher_id,
            posted_at=posted_at,
            stored_until=posted_at + key.storage_duration,
            end_call_cutoff=key.end_call_cutoff,
            tags=tags,
            caller_number=caller_number,
            call_uuid=call_uuid,
        )

    @property
    def call_uuid(self) -> str | None:
        """The call's uuid, if one was sent that is one."""
        return canonical_uuid(self._sent_uuid)

    @property
    def _sent_uuid(self) -> str:
        return self.parameters.get(CALL_UUID, "").strip()

    def caller_number(self, key: PostbackKey) -> str | None:
        """The caller's number, if one was sent that can be read."""
        try:
            return self._normalized_number(key)
        except InvalidCallerNumber:
            return None

    def _normalized_number(self, key: PostbackKey) -> str:
        sent = self.parameters.get(CALLER_NUMBER, "")
        if not sent.strip():
            raise InvalidCallerNumber(self._why_missing())
        return caller_numbers.normalize(sent, key.default_region)

    def _why_missing(self) -> str:
        """What becomes of the caller's number on the way here, most often."""
        for name in self.parameters:
            if name.startswith("amp;"):
                return "is missing: the link was HTML-escaped; put & where it has &amp;"
            if name != CALLER_NUMBER and _letters(name) == _letters(CALLER_NUMBER):
                return f"is missing; {postings.shown_name(name)} was sent: name it {CALLER_NUMBER}"
        return f"is missing or empty, and so is {CALL_UUID}: send one of them"

    def _target(self, key: PostbackKey) -> tuple[str | None, str | None]:
        """The call's uuid and the caller's number. Raises InvalidInput for the one that decides."""
        if self._sent_uuid:
            call_uuid = self.call_uuid
            if call_uuid is None:
                message = (
                    "is not a UUID such as 9b653cf0-4835-493b-860c-aed9b7af2a4a; send the call's, "
                    "or caller_number instead"
                )
                raise InvalidInput(Problem(CALL_UUID, message))
            return call_uuid, self.caller_number(key)
        try:
            return None, self._normalized_number(key)
        except InvalidCallerNumber as error:
            raise InvalidInput(Problem(CALLER_NUMBER, str(error))) from error


def read(event: Mapping[str, Any]) -> Request:
    """Read an HTTP API event (payload format 2.0).

    A body parameter wins over one in the query string, and a key in the path over both; of a
    repeated parameter the last one wins. Raises UnknownPath or MethodNotAllowed.
    """
    context = event["requestContext"]
    path_key = _path_key(event)
    method = context["http"]["method"]
    if method not in METHODS:
        raise not_answered(method, f"send {' or '.join(METHODS)}")
    parameters: dict[str, str] = {}
    refusal: Refusal | None = None
    try:
        parameters |= _parse_query(event.get("rawQueryString", ""))
        if method == "POST":
            parameters |= _read_body(event)
    except Refusal as unread:
        refusal = unread
    if path_key is not None:
        parameters[KEY] = path_key
    posting_id = postings.posting_id(context["timeEpoch"], context["requestId"])
    return Request(posting_id, parameters, refusal, context["http"].get("sourceIp", ""))


def not_answered(method: str, instead: str) -> MethodNotAllowed:
    """The refusal of a method, which may be anything that somebody has made up."""
    shown = postings.shown_name(method)
    return MethodNotAllowed(Problem(None, f"{shown} is not answered here; {instead}"))


def asks_for_instructions(event: Mapping[str, Any]) -> bool:
    """Whether the path is that of a key's posting instructions, whatever the method."""
    path = event["rawPath"].strip("/").split("/")
    return len(path) == 3 and path[0] == PATH and path[2] == INSTRUCTIONS


def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name)).lower()


def _path_key(event: Mapping[str, Any]) -> str | None:
    """The key in the path, if there is one. A slash too many at the end does no harm."""
    path = event["rawPath"].strip("/").split("/")
    if path[0] != PATH or len(path) > 2:
        raise UnknownPath(Problem(None, f"nothing is here; postings go to /{PATH}"))
    return path[1] if len(path) == 2 else None


def _read_body(event: Mapping[str, Any]) -> dict[str, str]:
    body = _body_bytes(event)
    if len(body) > MAX_BODY_BYTES:
        message = (
            f"the body has {len(body)} bytes; send {MAX_BODY_BYTES} at most, the rest in another "
            "posting"
        )
        raise BodyTooLarge(Problem(None, message))
    if not body.strip():
        return {}
    headers = event.get("headers", {})
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedBody(
            Problem(
                None,
                "a body with a Content-Encoding is not read; send it uncompressed, without one",
            )
        )
    content_type, options = parse_options_header(headers.get("content-type", ""))
    match content_type:
        case "application/x-www-form-urlencoded":
            return _parse_form(body)
        case "application/json":
            return _parse_json(body)
        case "multipart/form-data":
            return _parse_multipart(body, options.get("boundary", ""))
    sent = postings.shown_name(content_type)
    body_as_sent = f"a body of type {sent}" if sent else "a body without a Content-Type"
    message = f"{body_as_sent} is not read; send it as {_BODY_TYPES}, and with that Content-Type"
    raise UnsupportedBody(Problem(None, message))


def _body_bytes(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return bytes(text.encode("utf-8", "surrogatepass"))
    try:
        return base64.b64decode(text)
    except ValueError as error:
        raise InvalidInput(
            Problem(None, "the body is not the Base64 that it is said to be")
        ) from error


def _parse_query(text: str) -> dict[str, str]:
    # The gateway takes 10 KB. Whatever else stands before us: no posting outgrows a table's item.
    if len(text) > MAX_BODY_BYTES:
        message = f"the query string has {len(text)} characters; {MAX_BODY_BYTES} is the most"
        raise InvalidInput(Problem(None, message))
    return _parse_urlencoded(text)


def _parse_urlencoded(text: str) -> dict[str, str]:
    if text.count("&") >= _MOST_PARAMETERS:
        raise _too_many_parameters()
    # What is not UTF-8 is kept as surrogates, to be refused later under its parameter's name.
    return dict(parse_qsl(text, keep_blank_values=True, errors="surrogateescape"))


def _too_many_parameters() -> InvalidInput:
    message = f"there are more than {_MOST_PARAMETERS} parameters; send {postings.MAX_TAGS} at most"
    return InvalidInput(Problem(None, f"{message}, the rest in another posting"))


def _parse_form(body: bytes) -> dict[str, str]:
    # What curl sends unless told otherwise; it would make one tag of all that the object holds.
    if body.lstrip().startswith(b"{") and body.rstrip().endswith(b"}"):
        message = "the body is JSON, but its Content-Type says form; send application/json"
        raise InvalidInput(Problem(None, message))
    return _parse_urlencoded(body.decode("utf-8", "surrogateescape"))


def _parse_json(body: bytes) -> dict[str, str]:
    try:
        # As text, numbers stay what was sent: 39.10 is the tag 39.10.
        members = json.loads(body, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        message = (
            f"the body is not valid JSON: {reason}; mend it, or send the Content-Type it is of"
        )
        raise InvalidInput(Problem(None, message)) from error
    if not isinstance(members, dict):
        raise InvalidInput(Problem(None, 'the body must be one JSON object such as {"age": 39}'))
    nested = [name for name, value in members.items() if isinstance(value, dict | list)]
    if nested:
        raise InvalidInput(*_nested_problems(nested[: postings.MOST_PROBLEMS]))
    return {name: _json_text(value) for name, value in members.items()}


def _no_constant(name: str) -> str:
    raise ValueError(f"{name} is no JSON value")


def _nested_problems(names: Iterable[str]) -> Iterable[Problem]:
    return (
        Problem(
            postings.shown_name(name),
            "is an object or a list; a tag's value is text or a number: make a tag of each part",
        )
        for name in names
    )


def _json_text(value: str | bool | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _parse_multipart(body: bytes, boundary: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    try:
        for part in MultipartParser(
            io.BytesIO(body),
            boundary,
            content_length=len(body),
            part_limit=_MOST_PARAMETERS,
            headersize_limit=_LONGEST_PART_HEADER,
        ):
            name = part.name or ""
            if part.filename is not None:
                message = "is a file; a tag's value is text: leave the file out"
                raise InvalidInput(Problem(postings.shown_name(name), message))
            parameters[name] = part.raw.decode("utf-8", "surrogateescape")
    except ValueError as error:
        # Further arguments, and errors that are not the parser's own, quote what was sent.
        reason = error.args[0] if isinstance(error, MultipartError) else "it is not UTF-8"
        message = (
            f"the body is not valid multipart/form-data: {reason}; have your HTTP library make "
            "both the body and its Content-Type"
        )
        raise InvalidInput(Problem(None, message)) from error
    return parameters
