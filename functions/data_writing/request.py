"""What a publisher sent over HTTP, read into a posting. Touches no table and no clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from functions.data_writing import bodies
from functions.data_writing.parameters import (
    CALL_UUID,
    CALLER_NUMBER,
    KEY,
    OURS,
    collect,
    merge,
    parse_urlencoded,
    with_our_names,
)
from shared.domain import caller_numbers, postings
from shared.domain.errors import (
    InvalidCallerNumber,
    InvalidInput,
    MethodNotAllowed,
    Problem,
    Refusal,
    UnknownPath,
)
from shared.domain.keys import PostbackKey
from shared.domain.posting_warnings import PostingWarning, WarningKind, list_warnings
from shared.domain.postings import Posting
from shared.runtime import http

PATH = "data_writing"
METHODS = ("GET", "POST")

UNKNOWN = Problem(KEY, "is not a key that we know; take it from your posting link as it stands")


class Resource(StrEnum):
    """What is there to ask for, by the path of its route."""

    POSTING = f"/{PATH}"
    POSTING_WITH_KEY = f"/{PATH}/{{key}}"
    INSTRUCTIONS = f"/{PATH}/{{key}}/instructions"
    CONTRACT = "/openapi.json"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes; `key` is that in its path, if there is one."""

    resource: Resource
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The parameters of one request; `refusal` says why some could not be read, if so.

    `sender` is the address that the gateway saw it come from, `names` are parameters' names as
    they were sent, repeats included, and `headers` those of the request, in lower-case letters.
    """

    posting_id: str
    parameters: Mapping[str, str]
    refusal: Refusal | None
    sender: str = ""
    warnings: Sequence[PostingWarning] = ()
    names: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    has_unread_body: bool = False

    @property
    def tags(self) -> dict[str, str]:
        return {name: v for name, v in self.parameters.items() if name not in OURS}

    def to_posting(self, key: PostbackKey) -> Posting:
        """Raises Refusal with everything that is wrong, not just the first of it."""
        if self.refusal:
            raise self.refusal
        tags = self.tags
        problems = postings.problems_with_tags(tags)
        warnings = [*self.warnings]
        try:
            call_uuid, caller_number = self._target(key, warnings)
        except InvalidInput as refusal:
            raise InvalidInput(*refusal.problems, *problems) from refusal
        if problems:
            raise InvalidInput(*problems)
        warnings += postings.warnings_about_tags(tags)
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
            warnings=list_warnings(warnings),
        )

    @property
    def call_uuid(self) -> str | None:
        """The call's id, if one was sent that is one."""
        if not self._sent_uuid:
            return None
        # Loaded when a posting names a call: most do not.
        from shared.domain import call_ids  # noqa: PLC0415

        return call_ids.canonical(self._sent_uuid)

    @property
    def _sent_uuid(self) -> str:
        return self.parameters.get(CALL_UUID, "").strip()

    def caller_number(self, key: PostbackKey) -> str | None:
        """The caller's number, if one was sent that can be read."""
        try:
            return self._number(key, [])
        except InvalidCallerNumber:
            return None

    def _number(self, key: PostbackKey, warnings: list[PostingWarning]) -> str:
        sent = self.parameters.get(CALLER_NUMBER, "")
        if not sent.strip():
            from functions.data_writing import hints  # noqa: PLC0415

            raise InvalidCallerNumber(hints.missing_number(self))
        reading = caller_numbers.read(sent, key.default_region)
        warnings += (
            PostingWarning(WarningKind.CALLER_NUMBER, CALLER_NUMBER, repair)
            for repair in reading.repairs
        )
        return reading.number

    def _target(
        self, key: PostbackKey, warnings: list[PostingWarning]
    ) -> tuple[str | None, str | None]:
        """The call's id and the caller's number. Raises InvalidInput for the one that decides."""
        if self._sent_uuid:
            call_uuid = self.call_uuid
            if call_uuid is None:
                from functions.data_writing import hints  # noqa: PLC0415

                raise InvalidInput(Problem(CALL_UUID, hints.invalid_call_id(self._sent_uuid)))
            if call_uuid.startswith("+") and call_uuid[1:].isdecimal():
                message = f"is a phone number; send it as {CALLER_NUMBER}"
                warnings.append(PostingWarning(WarningKind.CALL_ID, CALL_UUID, message))
            return call_uuid, self.caller_number(key)
        try:
            return None, self._number(key, warnings)
        except InvalidCallerNumber as error:
            raise InvalidInput(Problem(CALLER_NUMBER, str(error))) from error


_UNROUTED = r"(?:.*/)?data_writing(?:\.json)?(?:/([^/]+))?(/instructions)?/?"


def route(event: Mapping[str, Any]) -> Route:
    """Where the gateway sent the request, whatever stands before the path on a custom domain.

    What came by no route of its own, such as with a slash too many at the end, is told by its
    path's end. Raises UnknownPath.
    """
    path = http.route_path(event)
    if path in tuple(Resource):
        return Route(Resource(path), _without_ending(http.path_parameters(event).get(KEY)))
    raw = event["rawPath"]
    if raw.endswith(Resource.CONTRACT):
        return Route(Resource.CONTRACT)
    match = re.fullmatch(_UNROUTED, raw)
    if match is None or (match[2] and not match[1]):
        raise UnknownPath(Problem(None, f"unknown path; send postings to /{PATH}"))
    key = _without_ending(match[1])
    if match[2]:
        return Route(Resource.INSTRUCTIONS, key)
    return Route(Resource.POSTING_WITH_KEY if key else Resource.POSTING, key)


def _without_ending(key: str | None) -> str | None:
    return key.removesuffix(".json") if key else None


def read(event: Mapping[str, Any], path_key: str | None) -> Request:
    """Read an HTTP API event (payload format 2.0), which `route` has found to be a posting.

    A body parameter wins over one in the query string, and a key in the path over both; of a
    repeated parameter the last one wins. Raises MethodNotAllowed.
    """
    method = http.method(event)
    if method not in METHODS:
        raise method_not_allowed(method, f"send {' or '.join(METHODS)}")
    parameters: dict[str, str] = {}
    names: list[str] = []
    warnings: list[PostingWarning] = []
    refusal: Refusal | None = None
    try:
        parameters = _query(event, names, warnings)
        if method == "POST":
            parameters = _with_body(event, parameters, path_key, names, warnings)
    except Refusal as unread:
        refusal = unread
    if path_key is not None:
        parameters[KEY] = path_key
    if refusal is None:
        parameters = with_our_names(parameters, warnings)
    posted_at = event["requestContext"]["timeEpoch"]
    return Request(
        posting_id=postings.posting_id(posted_at, http.request_id(event)),
        parameters=parameters,
        refusal=refusal,
        sender=http.sender(event),
        warnings=warnings,
        names=names,
        headers=event.get("headers", {}),
        method=method,
        has_unread_body=method == "GET" and bodies.is_there(event),
    )


def method_not_allowed(method: str, instead: str) -> MethodNotAllowed:
    """The refusal of a method, which may be anything that somebody has made up."""
    shown = postings.shown_name(method)
    return MethodNotAllowed(Problem(None, f"{shown} is not allowed here; {instead}"))


def _query(
    event: Mapping[str, Any], names: list[str], warnings: list[PostingWarning]
) -> dict[str, str]:
    text = event.get("rawQueryString", "")
    # The gateway takes 10 KB. Whatever else stands before us: no posting outgrows a table's item.
    if len(text) > bodies.MAX_BYTES:
        message = f"the query string has {len(text)} characters; {bodies.MAX_BYTES} is the most"
        raise InvalidInput(Problem(None, message))
    pairs = parse_urlencoded(text, warnings)
    names += (name for name, _ in pairs)
    return collect(pairs, warnings)


def _with_body(
    event: Mapping[str, Any],
    query: dict[str, str],
    path_key: str | None,
    names: list[str],
    warnings: list[PostingWarning],
) -> dict[str, str]:
    pairs = bodies.read(event, warnings, query)
    if pairs is None:
        is_complete = (
            (path_key or query.get(KEY))
            and (query.get(CALLER_NUMBER) or query.get(CALL_UUID))
            and not query.keys() <= OURS
        )
        if not is_complete:
            raise bodies.refusal(event)
        message = "the body is neither a form, JSON nor multipart, and was ignored; send none"
        warnings.append(PostingWarning(WarningKind.BODY_IGNORED, None, message))
        return query
    names += (name for name, _ in pairs)
    return merge(query, collect(pairs, warnings))
