"""The postback log as CSV that is safe to open in a spreadsheet. Pure.

`cli/log.py` writes the same columns as safely. The command line must not import the service's code.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

MAX_ROWS = 100_000
COLUMNS = (
    "posted_at", "outcome", "publisher_id", "key_id", "caller_number", "call_uuid", "applied_to",
    "decided_at", "decided_by", "stored_until", "status_code", "status", "problems", "tags",
    "posting_id", "warnings",
)  # fmt: skip

_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@\t\r\n|%]")
_NUMBER = re.compile(r"\+?\d{1,15}")


def cell(value: Any) -> str:
    """Return a cell's text, with an apostrophe in front of what a spreadsheet would run as a
    formula (OWASP, "CSV Injection"). A phone number is not a formula and stays as it is."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def lines(rows: Iterable[Mapping[str, Any]], *, with_header: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    if with_header:
        writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in COLUMNS])
    return text.getvalue()
