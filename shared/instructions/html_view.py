"""Renders the instructions as one HTML file that needs no other file and no other site, with a
content security policy that enforces this.

Everything that differs between keys is in the markup, escaped. Script and style are the same for
all keys, so that the policy can name them by their digests.
"""

import base64
import hashlib
import html
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from shared.instructions.document import (
    Block,
    Bullets,
    Code,
    Document,
    Paragraph,
    Section,
    Snippet,
    Table,
    TestForm,
    code_parts,
)


def render(document: Document) -> str:
    title = f"{document.title}: {document.publisher_name}, {document.key_name}"
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_escape(content_policy(document.link))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex, nofollow">
<link rel="icon" href="data:,">
<title>{_escape(title)}</title>
<style>{_file("page.css")}</style>
</head>
<body>
<header>
<h1>{_escape(document.title)}</h1>
<p class="addressee">{_addressee(document)}</p>
{_warning(document.warning)}<p class="introduction">{_inline(document.introduction)}</p>
</header>
<nav aria-label="{_escape(document.contents_title)}">
<ul>
{_lines(map(_entry, document.sections))}
</ul>
</nav>
<main>
{_lines(map(_section, document.sections))}
</main>
<footer>
<p>{_inline(document.closing)} {_link(document.link)}</p>
</footer>
<script>{_file("page.js")}</script>
</body>
</html>
"""


def content_policy(link: str) -> str:
    """Return the policy: the page may run its own script and send requests to the API of `link`."""
    parts = urlsplit(link)
    policy = {
        "default-src": "'none'",
        "script-src": _digest("page.js"),
        "style-src": _digest("page.css"),
        "img-src": "data:",
        "connect-src": f"{parts.scheme}://{parts.netloc}",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def _addressee(document: Document) -> str:
    publisher, key = (
        f"<bdi>{_escape(name)}</bdi>" for name in (document.publisher_name, document.key_name)
    )
    return _inline(document.addressee).format(publisher=publisher, key=key)


def _entry(section: Section) -> str:
    return f'<li><a href="#{section.anchor}">{_inline(section.title)}</a></li>'


def _warning(text: str | None) -> str:
    return f'<p class="warning" role="alert">{_inline(text)}</p>\n' if text else ""


def _section(section: Section) -> str:
    blocks = "\n".join(map(_block, section.blocks))
    return (
        f'<section aria-labelledby="{section.anchor}">\n'
        f'<h2 id="{section.anchor}">{_inline(section.title)}</h2>\n{blocks}\n</section>'
    )


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{_inline(text)}</p>"
        case Bullets(texts):
            return f"<ul>\n{_lines(f'<li>{_inline(text)}</li>' for text in texts)}\n</ul>"
        case Table():
            return _table(block)
        case Code():
            return _code(block)
        case Snippet():
            return (
                f'<details id="{block.name}">\n<summary><h3>{_inline(block.title)}</h3></summary>\n'
                f"<p>{_inline(block.how_to_run)}</p>\n{_code(block.code)}\n</details>"
            )
        case TestForm():
            return _form(block)


def _table(table: Table) -> str:
    rows = _lines(
        f'<tr>\n<th scope="row">{_inline(name)}</th>\n<td>{_inline(meaning)}</td>\n</tr>'
        for name, meaning in table.rows
    )
    return f"""\
<table>
<thead>
<tr>
<th scope="col">{_inline(table.heading)}</th>
<th scope="col">{_inline(table.meaning)}</th>
</tr>
</thead>
<tbody>
{rows}
</tbody>
</table>"""


def _code(code: Code) -> str:
    # HTML drops a newline right after <pre>. The tabindex makes it scrollable with the keyboard.
    text = _escape(code.text)
    if code.language == "json":
        # Compact JSON has no spaces: let lines break between its members, not within words.
        text = re.sub("([,:{])", r"\1<wbr>", text)
    return (
        f'<div class="code"><pre tabindex="0" data-language="{code.language}">\n{text}</pre></div>'
    )


def _form(form: TestForm) -> str:
    advice = _lines(
        f'<p data-response="{_escape(name)}">{_inline(text)}</p>' for name, text in form.advice
    )
    return f"""\
<form id="posting" data-link="{_escape(form.posting_link)}">
<label for="caller">{_inline(form.caller_label)}</label>
<input id="caller" type="tel" autocomplete="off" value="{_escape(form.caller_number)}">
<label for="tags">{_inline(form.tags_label)}</label>
<textarea id="tags" rows="3" autocapitalize="off" spellcheck="false">
{_escape(form.tags)}</textarea>
<button type="submit">{_inline(form.button)}</button>
<noscript><p>{_inline(form.without_script)}</p></noscript>
</form>
<div id="response" role="status"></div>
<template id="advice">
{advice}
</template>"""


def _link(address: str) -> str:
    return f'<a href="{_escape(address)}" rel="noreferrer">{_escape(address)}</a>'


def _inline(text: str) -> str:
    return "".join(
        f"<code>{_escape(part)}</code>" if is_code else _escape(part)
        for part, is_code in code_parts(text)
    )


def _lines(elements: Iterable[str]) -> str:
    return "\n".join(elements)


def _escape(text: str) -> str:
    return html.escape(text)


@cache
def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


@cache
def _digest(name: str) -> str:
    """Return the digest of a script or style, in the form that the policy needs."""
    digest = hashlib.sha256(_file(name).encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
