"""A browser's request, read from the gateway's event, and whether it comes from our own pages."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from shared.domain.errors import InvalidInput
from shared.runtime import http

MOST_FORM_BYTES = 128 * 1024
_MOST_FIELDS = 200


class FormTooLarge(Exception):
    """A form over MOST_FORM_BYTES, or with too many fields."""


class ForeignRequest(Exception):
    """A change that was asked for by a page of somebody else's, or by nobody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`path` is below the console's own address; `query` has the last of repeated parameters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, event: Mapping[str, Any], base: str) -> "Request":
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        # The embedded AWS leaves the cookies among the headers.
        cookies = [*(event.get("cookies") or []), *headers.get("cookie", "").split(";")]
        path = str(event.get("rawPath") or "/")
        if base and (path == base or path.startswith(f"{base}/")):
            path = path[len(base) :]
        try:
            body = http.body(event)
        except InvalidInput:
            body = b""
        return cls(
            method=http.method(event),
            path=path.rstrip("/") or "/",
            query=dict(parse_qsl(event.get("rawQueryString") or "", keep_blank_values=True)),
            headers=headers,
            cookies=_cookies(cookies),
            body=body,
        )

    def form(self) -> dict[str, str]:
        """Raises FormTooLarge."""
        if len(self.body) > MOST_FORM_BYTES:
            raise FormTooLarge
        try:
            text = self.body.decode("utf-8", "replace")
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
        except ValueError as error:
            raise FormTooLarge from error

    def check_origin(self, own_url: str) -> None:
        """Let only our own pages ask for changes. Raises ForeignRequest.

        Browsers say by Sec-Fetch-Site where a request comes from, and older ones by Origin (OWASP,
        "Cross-Site Request Forgery Prevention"); what says neither is no form of ours.
        """
        site = self.headers.get("sec-fetch-site")
        if site is not None:
            is_own = site == "same-origin"
        else:
            is_own = self.headers.get("origin") == origin(own_url)
        if not is_own:
            raise ForeignRequest


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_own_path(path: str) -> bool:
    """Whether one may be sent on to it: a path of the console's, and no other host's address."""
    return (
        path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and all(" " < letter < "\x7f" and letter != "\\" for letter in path)
    )


def pack(values: Mapping[str, str]) -> str:
    """Values as the text of a cookie."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def unpack(text: str) -> dict[str, str]:
    """The values of such a text; none of one that somebody else has written."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {str(name): value for name, value in values.items() if isinstance(value, str)}


def _cookies(pairs: list[str]) -> dict[str, str]:
    split = (pair.strip().partition("=") for pair in pairs)
    return {name: value for name, equals, value in split if equals}
