"""Sign-ins in progress, kept in the browser's cookies, one for each tab. Pure but for randomness.

A request without a session writes nothing: the cookie holds all that finishing the sign-in needs.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

SECONDS = 15 * 60
MAX_AT_ONCE = 4
"""Sign-ins that one browser may have in progress. The gateway allows 10 KB of headers."""
MAX_PATH_LENGTH = 300

_CLOCK_SKEW_SECONDS = 5
_ID_LENGTH = 8
_ID_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A sign-in in progress: the values that Cognito must return, and the path to go to then."""

    state: str
    nonce: str
    verifier: str
    path: str


def begin(path: str, now: float) -> tuple[str, str, SignIn]:
    """Return a new sign-in with its ID and the value of its cookie in front.

    IDs sort by time. A path that is too long for the cookie becomes the console's first page.
    """
    ident = new_id(now)
    secret = secrets.token_urlsafe(32)
    path = path if len(path) <= MAX_PATH_LENGTH else "/"
    packed = base64.urlsafe_b64encode(path.encode()).decode().rstrip("=")
    return ident, f"{secret}.{packed}", _make(ident, secret, path)


def new_id(now: float) -> str:
    return _to_text(int(now)) + secrets.token_hex(2)


def finish(cookies: Mapping[str, str], prefix: str, state: str, now: float) -> SignIn | None:
    """Return the sign-in that began with this state in this browser, or None.

    `prefix` is that of the sign-ins' cookies, whose names end with the ID of the sign-in.
    """
    ident = state.partition(".")[0]
    secret, _, packed = cookies.get(f"{prefix}{ident}", "").partition(".")
    if not secret or not -_CLOCK_SKEW_SECONDS <= now - begun_at(ident) <= SECONDS:
        return None
    try:
        path = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
    except ValueError:
        return None
    sign_in = _make(ident, secret, path)
    is_same = hmac.compare_digest(sign_in.state.encode(), state.encode("utf-8", "replace"))
    return sign_in if is_same else None


def surplus(cookies: Mapping[str, str], prefix: str, keep: int) -> list[str]:
    """Return the names of the oldest cookies with this prefix, all but the newest `keep`."""
    names = sorted(name for name in cookies if name.startswith(prefix))
    return names[: max(len(names) - keep, 0)]


def begun_at(ident: str) -> int:
    """Return when the sign-in with this ID began, in Unix time; 0 if the ID is invalid."""
    text = ident[:_ID_LENGTH]
    is_usual = len(text) == _ID_LENGTH and all(each in _ID_DIGITS for each in text)
    return int(text, 36) if is_usual else 0


def _make(ident: str, secret: str, path: str) -> SignIn:
    """Derive the values, so that none of them shows another or the cookie."""
    return SignIn(
        state=f"{ident}.{_derive(secret, 'state')}",
        nonce=_derive(secret, "nonce"),
        verifier=_derive(secret, "verifier"),
        path=path,
    )


def _derive(secret: str, purpose: str) -> str:
    digest = hmac.digest(secret.encode("utf-8", "replace"), purpose.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _to_text(seconds: int) -> str:
    """Return a time in base 36, with leading zeros, so that texts sort as times do."""
    text = ""
    for _ in range(_ID_LENGTH):
        seconds, digit = divmod(seconds, 36)
        text = _ID_DIGITS[digit] + text
    return text
