"""Renders the instructions as an HTTP response: text, content type and security headers."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.keys import PostbackKey, Publisher
from shared.instructions import content, html_view, markdown
from shared.instructions.formats import InstructionsFormat


@dataclass(frozen=True, slots=True)
class RenderedInstructions:
    """The instructions in one format.

    Text and URL contain the key; `headers` keep it from caches, indexes and other sites.
    """

    content_type: str
    text: str
    headers: Mapping[str, str]


def render(
    key: PostbackKey, publisher: Publisher, *, posting_url: str, format_: InstructionsFormat
) -> RenderedInstructions:
    document = content.compose(key, publisher, posting_url)
    policy = f"{html_view.content_policy(document.link)}; frame-ancestors 'none'"
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }
    if format_ is InstructionsFormat.MARKDOWN:
        return RenderedInstructions(
            "text/markdown; charset=utf-8", markdown.render(document), headers
        )
    return RenderedInstructions("text/html; charset=utf-8", html_view.render(document), headers)
