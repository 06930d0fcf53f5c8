"""A browser's request, read from the gateway's event, and whether the console's pages sent it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from shared.domain.errors import InvalidInput
from shared.runtime import http

MAX_FORM_BYTES = 128 * 1024
_MAX_FIELDS = 200


class FormTooLarge(Exception):
    """The form has more than MAX_FORM_BYTES, or too many fields."""


class ForeignRequest(Exception):
    """Another site's page, or a program, asked for a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserRequest:
    """`path` is relative to the console's URL; `query` has the last of repeated parameters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes
    sender: str
    """The browser's IP address."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any], base: str) -> "BrowserRequest":
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
            cookies=_read_cookies(cookies),
            body=body,
            sender=http.sender(event),
        )

    def form(self) -> dict[str, str]:
        """Return the form's fields. Raises FormTooLarge."""
        if len(self.body) > MAX_FORM_BYTES:
            raise FormTooLarge
        try:
            text = self.body.decode("utf-8", "replace")
            return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS))
        except ValueError as error:
            raise FormTooLarge from error

    def check_origin(self, console_url: str) -> None:
        """Allow changes only from the console's own pages. Raises ForeignRequest.

        Browsers send Sec-Fetch-Site, and older ones Origin (OWASP, "Cross-Site Request Forgery
        Prevention"). A request with neither does not come from a form of the console.
        """
        site = self.headers.get("sec-fetch-site")
        if site is not None:
            is_own = site == "same-origin"
        else:
            is_own = self.headers.get("origin") == origin(console_url)
        if not is_own:
            raise ForeignRequest


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_own_path(path: str) -> bool:
    """Return whether a path is safe to redirect to: on this host, and without odd characters."""
    return (
        path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and all(" " < letter < "\x7f" and letter != "\\" for letter in path)
    )


def _read_cookies(pairs: Iterable[str]) -> dict[str, str]:
    # http.cookies drops every cookie of a header in which one is malformed, such as one that
    # another application set for the whole domain. That would sign the person out.
    split = (pair.strip().partition("=") for pair in pairs)
    return {name: value for name, equals, value in split if equals}
