"""A key's posting instructions, for anyone who has its link: the key in the path gives access."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from functions.data_writing import near_misses
from functions.data_writing.parameters import CALL_UUID, CALLER_NUMBER, folded
from functions.data_writing.request import PATH, UNKNOWN, method_not_allowed
from shared.domain import postings
from shared.domain.errors import InvalidInput, Problem, UnknownKey
from shared.domain.keys import PostbackKey, Publisher, canonical_uuid
from shared.instructions import rendering
from shared.instructions.formats import InstructionsFormat
from shared.instructions.rendering import RenderedInstructions
from shared.runtime import http
from shared.stores.key_cache import KeyCache

METHOD = "GET"


def read(
    event: Mapping[str, Any],
    key_in_path: str,
    keys: KeyCache[PostbackKey],
    publisher: Callable[[str], Publisher],
    posting_url: str,
) -> RenderedInstructions:
    """Render the instructions, which also say whether the key is paused.

    Raises MethodNotAllowed, UnknownKey, TooManyUnknownKeys or InvalidInput, which it also raises
    for a posting: its sender would take a 200 for stored tags.
    """
    method = http.method(event)
    if method != METHOD:
        raise method_not_allowed(method, f"send {METHOD}. Send postings to /{PATH}")
    canonical = canonical_uuid(key_in_path.strip())
    key = keys.find(canonical, http.sender(event)) if canonical else None
    if key is None:
        raise UnknownKey(UNKNOWN)
    query = dict(parse_qsl(event.get("rawQueryString", ""), keep_blank_values=True))
    if not _is_for_a_person(event) and (name := _posted(query)):
        message = f"was sent to the instructions, and nothing was stored; post to /{PATH}"
        raise InvalidInput(Problem(postings.shown_name(name), message))
    format_ = _format(query)
    return rendering.render(
        key, publisher(key.publisher_id), posting_url=posting_url, format_=format_
    )


def _is_for_a_person(event: Mapping[str, Any]) -> bool:
    """Whether a browser opens the page in a tab, where a person sees what it is."""
    headers = event.get("headers", {})
    if "sec-fetch-dest" in headers:
        return bool(headers["sec-fetch-dest"] == "document")
    return "text/html" in headers.get("accept", "")


def _posted(query: Mapping[str, str]) -> str | None:
    """Return a parameter by which a request is a posting: its caller or its call."""
    names = [name for name in query if name != "format"]
    meant = (name for name in names if folded(name) in (CALLER_NUMBER, CALL_UUID))
    near = near_misses.find(names)
    return next(meant, near[0] if near else None)


def _format(query: Mapping[str, str]) -> InstructionsFormat:
    try:
        return InstructionsFormat(query.get("format") or InstructionsFormat.HTML)
    except ValueError as error:
        raise InvalidInput(
            Problem("format", f"must be {' or '.join(InstructionsFormat)}")
        ) from error
