"""The README and docs: their links work, and the files, tests and commands that they name exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from cli.__main__ import app

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "recipes").glob("*.md")),
    *sorted((ROOT / "tests").glob("*/README.md")),
]
LINK = re.compile(r"\]\(((?!https?:)[^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^(?:```.*?^```|(?: {4}.*\n)+)", re.MULTILINE | re.DOTALL)
CALLTAGS = re.compile(r"(?:`|\$ |/)calltags( [^`\n]*)?(?:`|$)", re.MULTILINE)
MOST_README_LINES = 110
WIDEST = 110

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes from the headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_every_relative_link_points_to_a_file_and_a_heading(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pages
def test_every_named_file_of_the_code_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:functions|shared|infra|cli|contract|tests|docs)/[\w/.]+)`", prose(page)
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


@pages
def test_every_named_make_command_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", page.read_text("utf-8")))
    assert named <= targets


def test_the_readme_is_short_and_links_to_every_page() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= MOST_README_LINES
    linked = set(LINK.findall(text))
    assert {f"docs/{page.name}" for page in PAGES if page.parent == ROOT / "docs"} <= linked


@pages
def test_every_named_test_exists(page: Path) -> None:
    named = set(re.findall(r"`(test_\w+)`", page.read_text("utf-8")))
    if named:
        code = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
        assert named <= set(re.findall(r"^def (test_\w+)\(", code, re.MULTILINE))


def too_long(text: str) -> list[str]:
    """Return the lines of prose that are too long, except tables, code and lines of one link."""
    lines = CODE.sub("", text).splitlines()
    return [
        line
        for line in lines
        if len(line) > WIDEST and not line.startswith("|") and " " in line.strip("-* ")
    ]


def test_every_picture_is_shown_and_small() -> None:
    shown = " ".join(page.read_text("utf-8") for page in PAGES)

    for picture in (ROOT / "docs").rglob("*.png"):
        assert f"/{picture.name})" in shown
        assert picture.stat().st_size <= 150_000


@pages
def test_lines_of_prose_are_not_too_long(page: Path) -> None:
    assert too_long(page.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "is_too_long"),
    [
        ("a " * 55, False),
        ("a " * 55 + "a", True),
        ("- " + "a " * 55, True),
        ("| " + "a " * 60, False),
        ("```\n" + "a " * 60 + "\n```\n", False),
        ("```\ncode\n```\n" + "a " * 60, True),
        ("    " + "a " * 60 + "\n", False),
        ("- [a](" + "a" * 100 + ")", False),
    ],
)
def test_a_line_of_prose_has_110_characters_at_most(text: str, is_too_long: bool) -> None:
    assert bool(too_long(text)) == is_too_long


def unknown_words(arguments: str) -> Iterator[str]:
    """Yield the words after `calltags` that are not its commands or options."""
    command = typer.main.get_command(app)
    words = iter(shlex.split(arguments))
    for word in words:
        commands = getattr(command, "commands", {})
        options = {name: it for it in command.params for name in it.opts}
        if word in ("--help", "-h"):
            continue
        if word.startswith("-"):
            if word not in options:
                yield word
            elif not getattr(options[word], "is_flag", False):
                next(words)
        elif commands:
            # `calltags call` shows a call unless another of its commands follows.
            if word not in commands and "show" in commands and command.name == "call":
                command = commands["show"]
            elif word not in commands:
                yield word
                return
            else:
                command = commands[word]
        elif not any(it.param_type_name == "argument" for it in command.params):
            yield word


@pages
def test_every_shown_command_and_option_of_calltags_exists(page: Path) -> None:
    shown = CALLTAGS.findall(page.read_text("utf-8"))

    assert {said: unknown for said in shown if (unknown := list(unknown_words(said)))} == {}


def test_the_command_lines_page_shows_its_commands_and_options() -> None:
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    groups = getattr(typer.main.get_command(app), "commands", {})
    commands = {
        f"{name} {inner}".rstrip()
        for name, command in groups.items()
        for inner in getattr(command, "commands", {"": command})
    }
    assert "keys add" in commands

    assert commands == {name for name in commands if re.search(rf"calltags {name}\b", text)}


@pytest.mark.parametrize(
    ("arguments", "unknown"),
    [
        ("--local keys add pub_1 Name --storage 36h --json", []),
        ("keys remove pbk_1", ["remove"]),
        ("log --color", ["--color"]),
        ("log --caller 5557770030 --outcome applied -f", []),
        ("--colour log", ["--colour"]),
        ("publishers list everything", ["everything"]),
    ],
)
def test_unknown_commands_and_options_are_found(arguments: str, unknown: list[str]) -> None:
    assert list(unknown_words(arguments)) == unknown
