"""Forms that arrived after their session had ended, kept in the browser until the sign-in. Pure.

The cookie is deflated. A form that does not fit into it is shown, to be copied.
"""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

MAX_LENGTH = 2_800
"""Maximum length of the cookie's value. Browsers allow 4 KB."""
MAX_AT_ONCE = 2
SECONDS = 15 * 60

_MAX_INFLATED_BYTES = 200_000
_WITH_ID = ("publishers", "keys")
"""First parts of paths whose second part is the ID of a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForm:
    """`path` is where the form was sent."""

    path: str
    fields: Mapping[str, str]

    @property
    def page(self) -> str:
        """The path of the page that has the form."""
        return page_of(self.path)


def page_of(path: str) -> str:
    """Return the path of the page with the form that is sent to this path."""
    parts = path.strip("/").split("/")
    return "/" + "/".join(parts[: 2 if parts[0] in _WITH_ID else 1])


def pack(form: KeptForm) -> str | None:
    """Return the cookie's value; None if the form is too long."""
    text = json.dumps([form.path, dict(form.fields)], separators=(",", ":"))
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return packed if len(packed) <= MAX_LENGTH else None


def unpack(value: str) -> KeptForm | None:
    """Return the form in a cookie; None if `pack` did not write it."""
    try:
        data = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        path, fields = json.loads(zlib.decompressobj().decompress(data, _MAX_INFLATED_BYTES))
        texts = {str(name): str(text) for name, text in fields.items()}
    except (ValueError, TypeError, AttributeError, zlib.error, RecursionError):
        return None
    return KeptForm(path=str(path), fields=texts)
