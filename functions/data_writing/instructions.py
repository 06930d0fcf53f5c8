"""A key's posting instructions, for whoever has its link: the key in the path is what allows it."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from functions.data_writing.request import PATH, UNKNOWN, method_not_allowed
from shared.domain.errors import InvalidInput, Problem, UnknownKey
from shared.domain.keys import PostbackKey, Publisher, canonical_uuid
from shared.instructions import page
from shared.instructions.form import Form
from shared.instructions.page import Page
from shared.runtime import http
from shared.stores.key_memory import KeyMemory

METHOD = "GET"


def read(
    event: Mapping[str, Any],
    key_in_path: str,
    keys: KeyMemory[PostbackKey],
    publisher: Callable[[str], Publisher],
    posting_url: str,
) -> Page:
    """Raises MethodNotAllowed, UnknownKey, TooManyUnknownKeys or InvalidInput.

    A paused key's page says so.
    """
    method = http.method(event)
    if method != METHOD:
        raise method_not_allowed(method, f"send {METHOD}. Postings go to /{PATH}")
    canonical = canonical_uuid(key_in_path.strip())
    key = keys.find(canonical, http.sender(event)) if canonical else None
    if key is None:
        raise UnknownKey(UNKNOWN)
    form = _form(event)
    return page.make(key, publisher(key.publisher_id), posting_url=posting_url, form=form)


def _form(event: Mapping[str, Any]) -> Form:
    asked = dict(parse_qsl(event.get("rawQueryString", ""))).get("format", Form.HTML)
    try:
        return Form(asked)
    except ValueError as error:
        raise InvalidInput(Problem("format", f"must be {' or '.join(Form)}")) from error
