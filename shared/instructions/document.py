"""The parts of the instructions, independent of their format.

Text between backticks is code; there is no other markup. Names of publishers and keys, which
operators write, are members of their own, so that each renderer can escape them. Renderers add no
words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of two columns; `heading` is the head of the first, `meaning` of the second."""

    heading: str
    meaning: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Code:
    """Text to copy as it is; `language` is its name in Markdown."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program that sends a posting and prints the response; `name` is unique."""

    name: str
    title: str
    how_to_run: str
    code: Code


@dataclass(frozen=True, slots=True)
class TestForm:
    """A form that sends a posting to the link and shows the response, for browsers.

    `advice` explains responses, by status code and status, or by status code; "" is for others.
    """

    posting_link: str
    caller_label: str
    caller_number: str
    tags_label: str
    tags: str
    button: str
    without_script: str
    without_browser: str
    advice: Sequence[tuple[str, str]]


Block = Paragraph | Bullets | Table | Code | Snippet | TestForm


@dataclass(frozen=True, slots=True)
class Section:
    anchor: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Document:
    """The instructions of one key.

    `warning` is shown before everything else. `addressee` has placeholders {publisher} and {key}
    for the names. `link` follows `closing`.
    """

    title: str
    addressee: str
    publisher_name: str
    key_name: str
    warning: str | None
    introduction: str
    contents_title: str
    sections: Sequence[Section]
    closing: str
    link: str


def code_parts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of a text, and whether each is code."""
    for number, part in enumerate(text.split("`")):
        if part:
            yield part, number % 2 == 1
