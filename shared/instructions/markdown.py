"""Renders the instructions as Markdown, for a ticket, a repository or a chat."""

import re
from collections.abc import Iterator

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

_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~:@=$^\"'/])")
"""Characters with a meaning in any Markdown. All Markdowns read them as themselves after a
backslash."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
"""Characters that need entities: some Markdowns know no backslash before them."""


def render(document: Document) -> str:
    return "\n\n".join(_parts(document)) + "\n"


def _parts(document: Document) -> Iterator[str]:
    yield f"# {_inline(document.title)}"
    publisher, key = _escape(document.publisher_name), _escape(document.key_name)
    yield _inline(document.addressee).format(publisher=publisher, key=key)
    if document.warning:
        yield f"> **{_inline(document.warning)}**"
    yield _inline(document.introduction)
    for section in document.sections:
        yield from _section(section, document.link)
    yield f"{_inline(document.closing)} <{document.link}>"


def _section(section: Section, link: str) -> Iterator[str]:
    yield f"## {_inline(section.title)}"
    for block in section.blocks:
        yield from _block(block, link)


def _block(block: Block, link: str) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield _inline(text)
        case Bullets(texts):
            yield "\n".join(f"- {_inline(text)}" for text in texts)
        case Table():
            yield "\n".join(_table_lines(block))
        case Code():
            yield _code(block)
        case Snippet():
            yield f"### {_inline(block.title)}"
            yield _inline(block.how_to_run)
            yield _code(block.code)
        case TestForm():
            yield f"{_inline(block.without_browser)} <{link}>"


def _table_lines(table: Table) -> Iterator[str]:
    yield f"| {_cell(table.heading)} | {_cell(table.meaning)} |"
    yield "| --- | --- |"
    for name, meaning in table.rows:
        yield f"| {_cell(name)} | {_cell(meaning)} |"


def _code(code: Code) -> str:
    longest = max((len(run) for run in re.findall("`+", code.text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{code.language}\n{code.text}\n{fence}"


def _inline(text: str) -> str:
    """Return one of our texts, which have code in them but no other Markdown."""
    return "".join(f"`{part}`" if is_code else part for part, is_code in code_parts(text))


def _cell(text: str) -> str:
    return _inline(text).replace("|", "\\|")


def _escape(text: str) -> str:
    """Return an operator's text so that Markdown shows it as it is, on one line."""
    escaped = _MARKS.sub(r"\\\1", " ".join(text.split()))
    return re.sub("[&<>]", lambda match: _ENTITIES[match[0]], escaped)
