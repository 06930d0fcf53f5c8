"""A publisher's HTTP request: its route, and how it is read into a posting. No table, no clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from functions.data_writing import bodies
from functions.data_writing.parameters import (
    BODY,
    CALL_UUID,
    CALLER_NUMBER,
    KEY,
    RESERVED,
    as_plain_text,
    collect,
    merge,
    parse_urlencoded,
    warn_of_override,
    with_reserved_names,
)
from shared.domain import caller_numbers, keys, postings
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
UNKNOWN = Problem(KEY, "is unknown; copy the key, or the whole posting link, again")


class Resource(StrEnum):
    """The API's resources, by the path of their routes."""

    POSTING = f"/{PATH}"
    POSTING_WITH_KEY = f"/{PATH}/{{key}}"
    INSTRUCTIONS = f"/{PATH}/{{key}}/instructions"
    CONTRACT = "/openapi.json"


@dataclass(frozen=True, slots=True)
class Route:
    """A request's resource, and the key in its path."""

    resource: Resource
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The parameters of one request. `refusal` says why some could not be read, if so.

    `names` are as sent, with repeats; `headers` by lower-case name; `sender` is the IP address.
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
        return {name: v for name, v in self.parameters.items() if name not in RESERVED}

    @property
    def is_preview(self) -> bool:
        """Whether a program requested the link to preview or prefetch it, by the headers."""
        purposes = [self.headers[name].lower() for name in _PURPOSE_HEADERS if name in self.headers]
        if any(word in purpose for word in _PURPOSES for purpose in purposes):
            return True
        agent = self.headers.get("user-agent", "").lower()
        names = _AGENTS if agent.startswith("mozilla/") else (*_AGENTS, *_APPS)
        return self.method == "GET" and any(name in agent for name in names)

    def to_posting(self, key: PostbackKey) -> Posting:
        """Return the posting. Raises Refusal with every problem, not just the first one."""
        if self.refusal:
            raise self.refusal
        tags = self.tags
        warnings = [*self.warnings]
        if "" in tags and len(tags) > 1:
            del tags[""]
            warnings.append(postings.NAMELESS)
        problems = postings.problems_with_tags(tags)
        if not tags:
            problems += postings.problems_left_out(self.warnings)
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
            warnings=list_warnings(warnings) if warnings else (),
        )

    @property
    def call_uuid(self) -> str | None:
        """The call ID in its canonical form; None if none or an invalid one was sent."""
        if not self._sent_uuid:
            return None
        # Imported here to keep cold starts short: few postings name a call.
        from shared.domain import call_ids  # noqa: PLC0415

        return call_ids.canonical(self._sent_uuid)

    @property
    def _sent_uuid(self) -> str:
        return self.parameters.get(CALL_UUID, "").strip()

    def caller_number(self, key: PostbackKey) -> str | None:
        """Return the caller number in E.164; None if none or an invalid one was sent."""
        if not self.parameters.get(CALLER_NUMBER):
            return None
        try:
            return self._number(key, [])
        except InvalidCallerNumber:
            return None

    def _number(self, key: PostbackKey, warnings: list[PostingWarning]) -> str:
        sent = self.parameters.get(CALLER_NUMBER, "")
        if not sent.strip():
            from functions.data_writing import refusals  # noqa: PLC0415

            raise InvalidCallerNumber(refusals.missing_number(self, key.default_region))
        reading = caller_numbers.read(sent, key.default_region)
        warnings += (
            PostingWarning(WarningKind.CALLER_NUMBER, CALLER_NUMBER, repair)
            for repair in reading.repairs
        )
        return reading.number

    def _target(
        self, key: PostbackKey, warnings: list[PostingWarning]
    ) -> tuple[str | None, str | None]:
        """Return the call ID, if one was sent, and the caller number. Raises InvalidInput."""
        if (call_uuid := self.call_uuid) is not None:
            number = self.caller_number(key)
            if not call_uuid.strip("+0123456789.-/~"):  # all that a number may have
                from functions.data_writing import misplaced_numbers  # noqa: PLC0415

                if misplaced_numbers.is_the_caller(call_uuid, number, key.default_region):
                    warnings.append(misplaced_numbers.IGNORED)
                    return None, number
                warnings += misplaced_numbers.warnings(call_uuid, number, key.default_region)
            return call_uuid, number
        if self._sent_uuid:
            from functions.data_writing import refusals  # noqa: PLC0415

            is_ignored = refusals.is_unfilled_call_id(self._sent_uuid) and self.caller_number(key)
            if not is_ignored:
                raise InvalidInput(Problem(CALL_UUID, refusals.invalid_call_id(self._sent_uuid)))
            warnings.append(refusals.IGNORED_CALL_ID)
        try:
            return None, self._number(key, warnings)
        except InvalidCallerNumber as error:
            raise InvalidInput(Problem(CALLER_NUMBER, str(error))) from error


_UNROUTED = r"(?:.*/)?data_writing(?:\.json|\.gif)?(?:/+([^/]+))?(/+instructions)?/*"


def route(event: Mapping[str, Any]) -> Route:
    """Return the request's route, without the prefix that a custom domain may map.

    A path without a route of its own is recognized by its end. Raises UnknownPath.
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
    return key.removesuffix(".json").removesuffix(".gif") if key else None


def read(event: Mapping[str, Any], path_key: str | None) -> Request:
    """Read a posting's event. Raises MethodNotAllowed.

    A body parameter wins over one in the query string, a key in the path over both, and the last
    one of repeated parameters over the others.
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
        if KEY in parameters:
            warn_of_override(KEY, path_key, "path", parameters[KEY], "parameters", warnings)
        parameters[KEY] = path_key
    if refusal is None:
        parameters = with_reserved_names(as_plain_text(parameters, warnings), warnings)
    key = parameters.get(KEY, "")
    if key and (len(key) != keys.KEY_LENGTH or key[8] != "-"):
        from functions.data_writing import copied_keys  # noqa: PLC0415

        copied_keys.repair(parameters, names, warnings)
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
        has_unread_body=method == "GET" and bool((event.get("body") or "").strip()),
    )


def method_not_allowed(method: str, instead: str) -> MethodNotAllowed:
    """Make the refusal of a method, which may be any text."""
    shown = postings.shown_name(method)
    return MethodNotAllowed(Problem(None, f"{shown} is not allowed here; {instead}"))


def _query(
    event: Mapping[str, Any], names: list[str], warnings: list[PostingWarning]
) -> dict[str, str]:
    text = event.get("rawQueryString", "")
    # The gateway's limit is 10 KB. Another front end's may be larger than a table's item.
    if len(text) > bodies.MAX_BYTES:
        message = f"the query string has {len(text)} characters; send {bodies.MAX_BYTES} or fewer"
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
        bodies.ignore(event, query, path_key, warnings)
        return query
    names += (name for name, _ in pairs)
    return merge(query, collect(pairs, warnings, BODY), warnings)


_PURPOSE_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_PURPOSES = ("prefetch", "prerender", "preview")

# Parts of the User-Agent of programs that preview links in chats, mails and posts, in lower case.
_AGENTS = (
    "bingpreview", "bitlybot", "cardyb", "discordbot", "embedly", "facebookexternalhit", "facebot",
    "google-pagerenderer", "googlebot", "google-inspectiontool", "iframely", "linkedinbot",
    "mattermost-bot", "microsoftpreview", "pinterestbot", "redditbot", "skypeuripreview",
    "slackbot", "slack-imgproxy", "snapchat link", "telegrambot", "twitterbot", "vkshare",
    "bingbot", "applebot", "yandexbot",
)  # fmt: skip
# The same, except in a browser inside one of these apps, which adds the app's name to its own.
_APPS = ("mastodon/", "viber/", "whatsapp/")
