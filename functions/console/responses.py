"""Responses for a browser: redirects, files and assets, with the headers that keep them safe."""

import base64
import gzip
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from http.cookies import Morsel
from pathlib import Path
from typing import Any

_ASSETS = Path(__file__).parent / "assets"
_CONTENT_TYPES = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
}
_MIN_BYTES_TO_COMPRESS = 1024

GatewayResponse = dict[str, Any]
"""A response as API Gateway takes it (payload format 2.0)."""


class Responses:
    """`base` is the path of the console's URL; `sign_in_origin` is where signing out leads."""

    def __init__(self, base: str, sign_in_origin: str) -> None:
        self._base = base
        self._policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'; form-action 'self' {sign_in_origin}; frame-ancestors 'none'; "
            "base-uri 'none'"
        )

    def redirect(self, path: str, *, cookies: Sequence[str] = ()) -> GatewayResponse:
        """Redirect to a path of the console."""
        return self.redirect_away(f"{self._base}{path}", cookies=cookies)

    def redirect_away(self, url: str, *, cookies: Sequence[str] = ()) -> GatewayResponse:
        headers = {"Location": url, "Cache-Control": "no-store"}
        return self.make(303, b"", headers, cookies=cookies)

    def asset(self, name: str, accept_encoding: str) -> GatewayResponse | None:
        """Return an asset, which caches keep for a year, since its name changes with its bytes."""
        for known, content_type in _CONTENT_TYPES.items():
            if name == asset_name(known):
                headers = {
                    "Content-Type": content_type,
                    "Cache-Control": "public, max-age=31536000, immutable",
                }
                return self.make(200, _asset(known), headers, accept_encoding=accept_encoding)
        return None

    def make(
        self,
        status_code: int,
        body: bytes,
        headers: Mapping[str, str],
        *,
        accept_encoding: str = "",
        cookies: Sequence[str] = (),
    ) -> GatewayResponse:
        all_headers = {
            **headers,
            "Content-Security-Policy": self._policy,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            # With a stricter policy, browsers send no Origin with the console's own forms.
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Strict-Transport-Security": "max-age=31536000",
        }
        response: GatewayResponse = {"statusCode": status_code, "headers": all_headers}
        if cookies:
            response["cookies"] = list(cookies)
        if "gzip" in accept_encoding and len(body) >= _MIN_BYTES_TO_COMPRESS:
            all_headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            compressed = base64.b64encode(gzip.compress(body, 6, mtime=0)).decode()
            return response | {"body": compressed, "isBase64Encoded": True}
        return response | {"body": body.decode()}


def cookie(name: str, value: str, *, seconds: int | None = None) -> str:
    """Return a Set-Cookie header: unreadable for scripts, and sent only to this host."""
    morsel: Morsel[str] = Morsel()
    morsel.set(name, value, value)
    morsel.update({"path": "/", "secure": "yes", "httponly": "yes", "samesite": "Lax"})
    if seconds is not None:
        morsel["max-age"] = str(seconds)
    return morsel.OutputString()


@cache
def asset_name(name: str) -> str:
    """Return the name of an asset with the digest of its bytes."""
    stem, _, suffix = name.partition(".")
    return f"{stem}.{hashlib.sha256(_asset(name)).hexdigest()[:12]}.{suffix}"


@cache
def _asset(name: str) -> bytes:
    return (_ASSETS / name).read_bytes()
