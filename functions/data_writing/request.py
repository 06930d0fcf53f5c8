"""What a publisher sent over HTTP, read into a posting. Touches no table and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.data_writing import bodies
from shared.domain import caller_numbers, postings
from shared.domain.errors import (
    InvalidCallerNumber,
    InvalidInput,
    MethodNotAllowed,
    Problem,
    Refusal,
    UnknownPath,
)
from shared.domain.keys import PostbackKey, canonical_uuid
from shared.domain.postings import Posting
from shared.runtime import http

PATH = "data_writing"
INSTRUCTIONS = "instructions"
METHODS = ("GET", "POST")

KEY = "key"
CALLER_NUMBER = "caller_number"
CALL_UUID = "call_uuid"
UNKNOWN = Problem(KEY, "is not a key that we know; take it from your posting link as it stands")
_OURS = frozenset((KEY, CALLER_NUMBER, CALL_UUID))


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
    path_key = _path_key(event)
    method = http.method(event)
    if method not in METHODS:
        raise not_answered(method, f"send {' or '.join(METHODS)}")
    parameters: dict[str, str] = {}
    refusal: Refusal | None = None
    try:
        parameters |= _parse_query(event.get("rawQueryString", ""))
        if method == "POST":
            parameters |= bodies.read(event)
    except Refusal as unread:
        refusal = unread
    if path_key is not None:
        parameters[KEY] = path_key
    posted_at = event["requestContext"]["timeEpoch"]
    posting_id = postings.posting_id(posted_at, http.request_id(event))
    return Request(posting_id, parameters, refusal, http.sender(event))


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


def _parse_query(text: str) -> dict[str, str]:
    # The gateway takes 10 KB. Whatever else stands before us: no posting outgrows a table's item.
    if len(text) > bodies.MAX_BYTES:
        message = f"the query string has {len(text)} characters; {bodies.MAX_BYTES} is the most"
        raise InvalidInput(Problem(None, message))
    return bodies.parse_urlencoded(text)
