"""Messages for the next page, kept in a cookie, and so only in the browser. Pure."""

import base64
import binascii
import json
import zlib
from collections.abc import Mapping

MAX_RESPONSE_LENGTH = 2400
"""Maximum length of a test posting's response in the cookie, which encodes it once more."""

_MAX_INFLATED_BYTES = 100_000


def pack(values: Mapping[str, str]) -> str:
    """Encode values as a cookie's value."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def unpack(text: str) -> dict[str, str]:
    """Decode a cookie's value. Returns no values if `pack` did not write it."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {str(name): value for name, value in values.items() if isinstance(value, str)}


def pack_response(status_code: int, body: str) -> str:
    """Deflate a test posting's response, and cut it where a cookie of 4 KB cannot hold it."""
    text = f"{status_code}\n{body}"
    kept = len(text)
    while len(packed := _deflate(text[:kept])) > MAX_RESPONSE_LENGTH:
        kept = kept * MAX_RESPONSE_LENGTH // len(packed)
    return f"{len(text) - kept}.{packed}"


def unpack_response(packed: str) -> str:
    """Return a test posting's status code and body; empty if `pack_response` did not write it."""
    left_out, _, deflated = packed.partition(".")
    try:
        inflated = zlib.decompressobj().decompress(base64.b64decode(deflated), _MAX_INFLATED_BYTES)
        text = inflated.decode()
        count = int(left_out)
    except (ValueError, zlib.error):
        return ""
    return f"{text}…\n({count:,} more characters are not shown)" if count else text


def _deflate(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode())).decode()
