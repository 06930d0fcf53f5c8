"""What became of a posting, as an operator reads it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cli import words
from cli.log import TablePrinter
from cli.output import Screen
from tests.unit.cli_rows import CALL, Row, applied, make_row, refused

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
SOON = "2026-11-23T16:20:11.000Z"
TWO_PROBLEMS = [
    {"param": None, "message": "there are no tags"},
    {"param": "a", "message": "is bad"},
]


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC0")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (make_row(), "stored until Nov 24 16:20:03, waits for a call"),
        (make_row(stored_until=SOON), "stored until 16:20:11, waits for a call"),
        (applied(), "applied to call 9b653cf0… at 16:20:11 by the call’s start"),
        (applied(by="call_ended"), "applied to call 9b653cf0… at 16:20:11 by the call’s end"),
        (applied(by="posting"), "applied to call 9b653cf0… at once"),
        (
            make_row(status_code=503),
            "stored until Nov 24 16:20:03, waits for a call; but answered 503",
        ),
        (make_row(outcome="expired"), "expired Nov 24 16:20:03, no call came"),
        (refused(), "refused: caller_number is empty"),
        (refused(problems=TWO_PROBLEMS), "refused: there are no tags; a is bad"),
        (
            refused(status_code=200, decided_by="call_started", decided_at=SOON),
            "refused at 16:20:11 by the call’s start: caller_number is empty",
        ),
        (make_row(outcome="of tomorrow", status="who knows"), "who knows"),
    ],
)
def test_what_became_of_a_posting_is_told_in_words(row: Row, told: str) -> None:
    assert words.fate(row, NOW).plain == told


def test_the_whole_uuid_is_there_for_who_wants_it() -> None:
    assert f"call {CALL} at" in words.fate(applied(), NOW, whole=True).plain


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({}, "+15551234567"),
        ({"caller_number": None, "call_uuid": CALL}, "call 9b653cf0…"),
        ({"caller_number": None}, "none given"),
    ],
)
def test_a_posting_is_shown_with_whom_it_is_about(members: dict[str, Any], shown: str) -> None:
    assert words.target(make_row(**members)).plain == shown


def test_many_and_long_tags_are_shortened() -> None:
    row = make_row(tags={"a": "x" * 100, "b": "", "c": "3"})

    assert words.tags(row, longest=5, most=2).plain == "a=xxxx…, b= and 1 more"
    assert words.tags(row, longest=5, whole=True).plain == f"a={'x' * 100}, b=, c=3"


def test_nothing_that_a_publisher_sent_steers_the_terminal() -> None:
    row = refused(caller_number="\x1b[2J", tags={"[red]a[/]": "\u202e\x07"})

    assert words.target(row).plain == "\ufffd[2J"
    assert words.tags(row).plain == "[red]a[/]=\ufffd\ufffd"


def test_a_narrow_screen_keeps_its_room_for_what_became_of_it() -> None:
    screen = Screen()
    screen.out = Console(file=StringIO(), width=80)

    TablePrinter(screen, full=False)([make_row()])

    assert isinstance(screen.out.file, StringIO)
    shown = screen.out.file.getvalue()
    assert "stored until Nov 24" in shown
    assert "pbk_" not in shown


def test_tables_in_several_lots_have_their_headings_once_and_their_columns_in_line() -> None:
    screen = Screen()
    screen.out = Console(file=StringIO(), width=140)
    printer = TablePrinter(screen, full=False)

    printer([make_row(), applied(by="posting")])
    printer([])
    printer([refused(caller_number=None, tags={})])

    assert isinstance(screen.out.file, StringIO)
    lines = screen.out.file.getvalue().splitlines()
    assert sum("what became of it" in line for line in lines) == 1
    column = lines[0].index("what became of it")
    told = [line[column:].rstrip() for line in lines if line.startswith("16:20:03")]
    assert told == [
        "stored until Nov 24 16:20:03, waits for a call",
        "applied to call 9b653cf0… at once",
        "refused: caller_number is empty",
    ]
