"""Minifies templates, styles and scripts, which are written for people to read.

It removes only what no browser shows or runs: indentation, and in styles and scripts also comments
and blank lines. A file for which that would not be safe raises an error.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

_CSS_STRING = r"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_CSS_COMMENT = re.compile(rf"{_CSS_STRING}|/\*.*?\*/", re.DOTALL)
_CSS_SPACE = re.compile(
    rf"{_CSS_STRING}|[\s;]*(?P<close>\}})\s*|\s*(?P<punctuation>[{{;,])\s*|(?P<colon>:)\s+|(?P<space>\s+)"
)
_PREFORMATTED = re.compile(r"<(?P<tag>pre|textarea)\b[^>]*>(?P<text>.*?)</(?P=tag)>", re.DOTALL)


def minify(root: Path) -> None:
    """Minify the templates, styles and scripts in a folder. Raises ValueError."""
    for path in sorted(root.rglob("*")):
        if minifier := _MINIFIERS.get(path.suffix):
            try:
                path.write_text(minifier(path.read_text("utf-8")), "utf-8")
            except ValueError as error:
                raise ValueError(f"{path}: {error}") from error


def minify_css(text: str) -> str:
    """Remove comments, line breaks, and spaces around punctuation; keep strings."""
    text = _CSS_COMMENT.sub(lambda match: match["string"] or "", text)
    return _CSS_SPACE.sub(
        lambda match: " " if match["space"] else match[match.lastgroup or 0], text
    ).strip()


def minify_js(text: str) -> str:
    """Remove indentation, blank lines, and comments that are lines of their own.

    Line breaks stay, since they may end statements.
    """
    if "/*" in text:
        raise ValueError("write comments as lines that start with //")
    lines = [line.strip() for line in text.splitlines()]
    if any(line.count("`") % 2 for line in lines):
        raise ValueError("a template literal must not span lines: it would lose its indentation")
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def minify_template(text: str) -> str:
    """Shorten indentation to one space, which HTML treats like any other white space."""
    for element in _PREFORMATTED.finditer(text):
        if "\n" in element["text"]:
            raise ValueError(f"the text of <{element['tag']}> must not span lines: they are shown")
    return re.sub(r"(?m)^[ \t]+", " ", text)


_MINIFIERS: Mapping[str, Callable[[str], str]] = {
    ".css": minify_css,
    ".html": minify_template,
    ".js": minify_js,
}
