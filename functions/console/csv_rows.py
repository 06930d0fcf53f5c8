"""The postback log as CSV that is safe to open in a spreadsheet. Pure.

The command line's has the same columns and the same safety, and may import nothing of this.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

MOST_ROWS = 100_000
COLUMNS = (
    "posted_at", "outcome", "publisher_id", "key_id", "caller_number", "call_uuid", "applied_to",
    "decided_at", "decided_by", "stored_until", "status_code", "status", "problems", "tags",
    "posting_id", "warnings",
)  # fmt: skip

_FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@\t\r\n|%]")
_NUMBER = re.compile(r"\+?\d{1,15}")


def cell(value: Any) -> str:
    """A cell's text. What a spreadsheet would take for a formula begins with an apostrophe
    (OWASP, "CSV Injection"); a phone number stays as it is, as it is one number and no more."""
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
