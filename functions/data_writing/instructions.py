"""A key's posting instructions, for anyone who has its link: the key in the path gives access."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from functions.data_writing.request import PATH, UNKNOWN, method_not_allowed
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

    Raises MethodNotAllowed, UnknownKey, TooManyUnknownKeys or InvalidInput.
    """
    method = http.method(event)
    if method != METHOD:
        raise method_not_allowed(method, f"send {METHOD}. Send postings to /{PATH}")
    canonical = canonical_uuid(key_in_path.strip())
    key = keys.find(canonical, http.sender(event)) if canonical else None
    if key is None:
        raise UnknownKey(UNKNOWN)
    format_ = _format(event)
    return rendering.render(
        key, publisher(key.publisher_id), posting_url=posting_url, format_=format_
    )


def _format(event: Mapping[str, Any]) -> InstructionsFormat:
    query = dict(parse_qsl(event.get("rawQueryString", "")))
    try:
        return InstructionsFormat(query.get("format", InstructionsFormat.HTML))
    except ValueError as error:
        raise InvalidInput(
            Problem("format", f"must be {' or '.join(InstructionsFormat)}")
        ) from error
