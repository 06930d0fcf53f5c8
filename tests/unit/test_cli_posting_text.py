"""How postings and their outcomes are described."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from cli import posting_text
from cli.log import TablePrinter
from cli.output import Screen
from tests.unit.cli_rows import CALL, Row, applied, make_row, refused

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
SOON = "2026-11-23T16:20:11.000Z"
TWO_PROBLEMS = [
    {"param": None, "message": "no tags sent"},
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
    ("row", "description"),
    [
        (make_row(), "waiting for a call until Nov 24 16:20:03"),
        (make_row(stored_until=SOON), "waiting for a call until 16:20:11"),
        (applied(), "applied to call 9b653cf0… at 16:20:11 when the call started"),
        (applied(by="call_ended"), "applied to call 9b653cf0… at 16:20:11 when the call ended"),
        (applied(by="posting"), "applied to call 9b653cf0… at once"),
        (
            make_row(status_code=503),
            "waiting for a call until Nov 24 16:20:03; but the response was 503",
        ),
        (make_row(outcome="expired"), "expired at Nov 24 16:20:03 without a call"),
        (refused(), "refused: caller_number is empty"),
        (refused(problems=TWO_PROBLEMS), "refused: no tags sent; a is bad"),
        (
            refused(status_code=200, decided_by="call_started", decided_at=SOON),
            "refused at 16:20:11 when the call started: caller_number is empty",
        ),
        (make_row(outcome="new", status="in a new status"), "in a new status"),
    ],
)
def test_an_outcome_is_described(row: Row, description: str) -> None:
    assert posting_text.description(row, NOW).plain == description


def test_the_whole_call_id_can_be_shown() -> None:
    assert f"call {CALL} at" in posting_text.description(applied(), NOW, whole=True).plain


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({}, "+15551234567"),
        ({"caller_number": None, "call_uuid": CALL}, "call 9b653cf0…"),
        ({"caller_number": None}, "none"),
    ],
)
def test_a_posting_is_shown_with_its_caller_or_call(members: dict[str, Any], shown: str) -> None:
    assert posting_text.target(make_row(**members)).plain == shown


def test_many_and_long_tags_are_shortened() -> None:
    row = make_row(tags={"a": "x" * 100, "b": "", "c": "3"})

    assert posting_text.tags(row, max_length=5, max_tags=2).plain == "a=xxxx…, b= and 1 more"
    assert posting_text.tags(row, max_length=5, whole=True).plain == f"a={'x' * 100}, b=, c=3"


def test_control_characters_of_a_publisher_do_not_reach_the_terminal() -> None:
    row = refused(caller_number="\x1b[2J", tags={"[red]a[/]": "\u202e\x07"})

    assert posting_text.target(row).plain == "\ufffd[2J"
    assert posting_text.tags(row).plain == "[red]a[/]=\ufffd\ufffd"


def test_a_narrow_table_has_no_column_for_keys() -> None:
    screen = Screen()
    screen.out = Console(file=StringIO(), width=80)

    TablePrinter(screen, full=False)([make_row()])

    assert isinstance(screen.out.file, StringIO)
    shown = screen.out.file.getvalue()
    assert "waiting for a call" in shown
    assert "pbk_" not in shown


def test_batches_of_rows_have_one_header_and_aligned_columns() -> None:
    screen = Screen()
    screen.out = Console(file=StringIO(), width=140)
    printer = TablePrinter(screen, full=False)

    printer([make_row(), applied(by="posting")])
    printer([])
    printer([refused(caller_number=None, tags={})])

    assert isinstance(screen.out.file, StringIO)
    lines = screen.out.file.getvalue().splitlines()
    assert sum("what happened" in line for line in lines) == 1
    column = lines[0].index("what happened")
    shown = [line[column:].rstrip() for line in lines if line.startswith("16:20:03")]
    assert shown == [
        "waiting for a call until Nov 24 16:20:03",
        "applied to call 9b653cf0… at once",
        "refused: caller_number is empty",
    ]
