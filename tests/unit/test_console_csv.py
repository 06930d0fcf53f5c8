"""The postback log as CSV that is safe to open in a spreadsheet."""

import csv
import io

import pytest

from cli import log
from functions.console import csv_rows


@pytest.mark.parametrize(
    "value", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "\n=1", "%0A"]
)
def test_no_cell_is_a_formula(value: str) -> None:
    row = {"call_uuid": value, "tags": {value: value}}

    (_, read) = csv.reader(io.StringIO(csv_rows.lines([row], with_header=True), newline=""))
    assert not any(cell.lstrip().startswith(tuple("=+-@%|")) for cell in read if cell)


@pytest.mark.parametrize(
    "value", ["=1", "+cmd|' /C", "-2+3", "@SUM(1)", "\t=1", " =1", "%0A", "+15551230101", "a=1", ""]
)
def test_the_command_lines_csv_has_the_same_columns_and_cells(value: str) -> None:
    assert log.CSV_COLUMNS == csv_rows.COLUMNS
    assert log.cell(value) == csv_rows.cell(value)


def test_a_phone_number_is_unchanged_in_a_cell() -> None:
    assert csv_rows.cell("+15551230101") == "+15551230101"
