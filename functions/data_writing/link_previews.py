"""Requests that programs make of a link by themselves, which nobody meant as a posting."""

from collections.abc import Mapping

_PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")

_AGENTS = (
    "bingpreview",
    "bitlybot",
    "cardyb",
    "discordbot",
    "embedly",
    "facebookexternalhit",
    "facebot",
    "google-pagerenderer",
    "googlebot",
    "google-inspectiontool",
    "iframely",
    "linkedinbot",
    "mattermost-bot",
    "microsoftpreview",
    "pinterestbot",
    "redditbot",
    "skypeuripreview",
    "slackbot",
    "slack-imgproxy",
    "snapchat link",
    "telegrambot",
    "twitterbot",
    "vkshare",
    "bingbot",
    "applebot",
    "yandexbot",
)
"""Parts of the User-Agent of what looks at links in chats, mails and posts, in small letters."""

_APPS = ("mastodon/", "viber/", "whatsapp/")
"""As above; but a browser within such an app says so too, behind its own name."""

_LOOKS = ("prefetch", "prerender", "preview")


def is_preview(headers: Mapping[str, str], method: str) -> bool:
    """Whether this is a link preview or a prefetch, by its headers (in lower-case letters)."""
    purposes = [headers[name].lower() for name in _PURPOSES if name in headers]
    if any(look in purpose for look in _LOOKS for purpose in purposes):
        return True
    agent = headers.get("user-agent", "").lower()
    names = _AGENTS if agent.startswith("mozilla/") else (*_AGENTS, *_APPS)
    return method == "GET" and any(name in agent for name in names)
