"""Answers for a browser: pages from templates, redirects, assets, with what keeps them safe."""

import base64
import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from functions.console import durations, fields, numbers

_HERE = Path(__file__).parent
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_LEAST_TO_PACK = 1024
MOST_KEPT = 2400
"""Of a posting's answer in a cookie, where it is packed once more."""

Answer = dict[str, Any]


class Pages:
    """`base` is the path of the console's address; `forms_to` the origin where sign-outs lead."""

    def __init__(self, base: str, forms_to: str) -> None:
        self.base = base
        self._policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src 'self'; form-action 'self' {forms_to}; frame-ancestors 'none'; "
            "base-uri 'none'"
        )
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals |= {
            "base": base,
            "css": f"{base}/assets/{asset_name('console.css')}",
            "js": f"{base}/assets/{asset_name('console.js')}",
            "bars": bars,
            "now": lambda: datetime.now(UTC),
        }
        self._templates.filters |= {
            "duration": durations.show,
            "national": numbers.show,
            "moment": _moment,
            "ago": _ago,
            "percent": lambda rate: "–" if rate is None else f"{rate * 100:.0f} %",
            "share": fields.show_share,
            "count": lambda number: f"{number:,}",
            "answer_text": _answer_text,
            "json_text": lambda value: json.dumps(value, ensure_ascii=False, indent=2),
        }

    def show(
        self,
        template: str,
        *,
        status_code: int = 200,
        accepts: str = "",
        cookies: Sequence[str] = (),
        **values: Any,
    ) -> Answer:
        text = self._templates.get_template(template).render(**values)
        headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
        return self.answer(status_code, text.encode(), headers, accepts=accepts, cookies=cookies)

    def redirect(self, path: str, *, cookies: Sequence[str] = ()) -> Answer:
        """To a path of the console's."""
        return self.leave(f"{self.base}{path}", cookies=cookies)

    def leave(self, address: str, *, cookies: Sequence[str] = ()) -> Answer:
        headers = {"Location": address, "Cache-Control": "no-store"}
        return self.answer(303, b"", headers, cookies=cookies)

    def answer(
        self,
        status_code: int,
        body: bytes,
        headers: Mapping[str, str],
        *,
        accepts: str = "",
        cookies: Sequence[str] = (),
    ) -> Answer:
        sent = {
            **headers,
            "Content-Security-Policy": self._policy,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            # Browsers tell the Origin of a form only where they may tell something.
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Strict-Transport-Security": "max-age=31536000",
        }
        made: Answer = {"statusCode": status_code, "headers": sent}
        if cookies:
            made["cookies"] = list(cookies)
        if "gzip" in accepts and len(body) >= _LEAST_TO_PACK:
            sent |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
            packed = base64.b64encode(gzip.compress(body, 6, mtime=0)).decode()
            return made | {"body": packed, "isBase64Encoded": True}
        return made | {"body": body.decode()}

    def asset(self, name: str, accepts: str) -> Answer | None:
        """A year in every cache, as its name has the digest of what is in it."""
        for known in ("console.css", "console.js"):
            if name == asset_name(known):
                headers = {
                    "Content-Type": _TYPES[Path(known).suffix],
                    "Cache-Control": "public, max-age=31536000, immutable",
                }
                return self.answer(200, _asset(known), headers, accepts=accepts)
        return None


def cookie(name: str, value: str, *, seconds: int | None = None) -> str:
    """A cookie that no script reads, that comes back to this very host alone."""
    age = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax{age}"


def bars(counts: Sequence[int], applied: Sequence[int], width: int, height: int) -> Markup:
    """The rectangles of a chart: all postings of a time, and before them those on a call."""
    most, step = max(max(counts, default=0), 1), width / max(len(counts), 1)
    drawn = []
    for kind, values in (("", counts), ("m", applied)):
        for place, value in enumerate(values):
            if value:
                tall = max(value / most * height, 1.5)
                drawn.append(
                    f'<rect class="{kind}" x="{place * step:.1f}" y="{height - tall:.1f}" '
                    f'width="{step * 0.8:.1f}" height="{tall:.1f}"/>'
                )
    return Markup("".join(drawn))  # noqa: S704  # nosec B704  # only numbers


@cache
def _asset(name: str) -> bytes:
    return (_HERE / "assets" / name).read_bytes()


@cache
def asset_name(name: str) -> str:
    stem, _, suffix = name.partition(".")
    return f"{stem}.{hashlib.sha256(_asset(name)).hexdigest()[:12]}.{suffix}"


def _moment(text: str | None, form: str = "full") -> Markup:
    """A time in UTC, which a script turns into the reader's; exact on hover."""
    if not text:
        return Markup("–")
    at = datetime.fromisoformat(text)
    shown = f"{at:%H:%M:%S}" if form == "time" else f"{at:%b} {at.day}, {at:%H:%M:%S}"
    # The class goes in unescaped nowhere: both are escaped by format.
    return Markup('<time datetime="{}" data-form="{}" title="{}">{} UTC</time>').format(
        text, form, text, shown
    )


def pack_answer(status_code: int, body: str) -> str:
    """A posting's answer for a cookie, which holds 4 KB: deflated, and of a long one the start."""
    text = f"{status_code}\n{body}"
    kept = len(text)
    while len(packed := base64.b64encode(zlib.compress(text[:kept].encode())).decode()) > MOST_KEPT:
        kept = kept * MOST_KEPT // len(packed)
    return f"{len(text) - kept}.{packed}"


def _answer_text(packed: str) -> str:
    """A test posting's answer: its status code, and its body as it came."""
    left_out, _, text = packed.partition(".")
    try:
        told = zlib.decompressobj().decompress(base64.b64decode(text), 100_000).decode()
        more = int(left_out)
    except (ValueError, zlib.error):
        return ""
    return f"{told}…\n({more} more characters are not shown)" if more else told


def _ago(text: str | None) -> str:
    if not text:
        return "never"
    seconds = max((datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds(), 0)
    for size, unit in ((86_400, "day"), (3_600, "h"), (60, "min")):
        if seconds >= size * (2 if unit == "day" else 1):
            number = int(seconds // size)
            return f"{number} {unit}{'s' if unit == 'day' else ''} ago"
    return "just now"
