"""The links for a key's publisher. The key in them is a credential."""

from urllib.parse import urlencode


def posting_link(posting_url: str, key: str) -> str:
    return f"{posting_url}?{urlencode({'key': key})}"


def instructions_link(posting_url: str, key: str) -> str:
    return f"{posting_url}/{key}/instructions"
