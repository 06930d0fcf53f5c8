"""The links for a key's publisher. The key in them is a credential."""

from urllib.parse import urlencode


def posting_link(posting_url: str, key: str) -> str:
    return f"{posting_url}?{urlencode({'key': key})}"


def instructions_link(posting_url: str, key: str) -> str:
    return f"{posting_url}/{key}/instructions"


def callback_url(posting_url: str, platform_key: str) -> str:
    """Return a platform key's callback address, which is at the same host as the posting link."""
    return f"{posting_url.rpartition('/')[0]}/platform/callbacks/{platform_key}"
