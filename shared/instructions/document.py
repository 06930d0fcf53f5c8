"""What the instructions are made of, whatever they are shown as.

In a text, what stands between backticks is code; there is no other markup. What others have
written (a publisher's name, a key's) is never a text, only a member that each renderer escapes.
A renderer has no words of its own.
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
    """Two columns: `heading` says what the rows' first texts are, `meaning` what the others are."""

    heading: str
    meaning: str
    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Code:
    """To be copied as it is; `language` as Markdown calls it."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program that posts and shows the answer; `name` tells it from the others."""

    name: str
    title: str
    how_to_run: str
    code: Code


@dataclass(frozen=True, slots=True)
class TestForm:
    """Sends a posting to the link and shows the answer, where there is a browser.

    `advice` says what an answer means, by its code and status or its code alone; "" is for others.
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
    """`warning` is what must be known before all else, if anything must.

    `whose` has the places {publisher} and {key} for the names; after `closing` comes the link.
    """

    title: str
    whose: str
    publisher_name: str
    key_name: str
    warning: str | None
    introduction: str
    contents_title: str
    sections: Sequence[Section]
    closing: str
    link: str


def code_parts(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of a text, and whether each is code."""
    for number, part in enumerate(text.split("`")):
        if part:
            yield part, number % 2 == 1
