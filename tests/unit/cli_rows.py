"""Rows of the postback log as the operator API returns them, with defaults."""

from typing import Any

Row = dict[str, Any]

CALL = "9b653cf0-4835-493b-860c-aed9b7af2a4a"
POSTED_AT = "2026-11-23T16:20:03.656Z"


def make_row(number: int = 1, **changes: Any) -> Row:
    row: Row = {
        "posting_id": f"179545081{number:04}-r",
        "posted_at": POSTED_AT,
        "publisher_id": "pub_aaaaaaaaaaaa",
        "key_id": "pbk_aaaaaaaaaaaa",
        "caller_number": "+15551234567",
        "call_uuid": None,
        "tags": {"zip": "90210"},
        "status_code": 200,
        "status": "call not found, tags stored",
        "problems": [],
        "outcome": "stored",
        "stored_until": "2026-11-24T16:20:03.656Z",
        "applied_to": None,
        "decided_at": None,
        "decided_by": None,
    }
    return row | changes


def applied(number: int = 1, by: str = "call_started", **changes: Any) -> Row:
    decision = {"decided_at": "2026-11-23T16:20:11.000Z", "decided_by": by, "applied_to": CALL}
    return make_row(number, outcome="applied", **decision | changes)


def refused(number: int = 1, **changes: Any) -> Row:
    problem = {"param": "caller_number", "message": "is empty"}
    members = {"status_code": 422, "status": None, "problems": [problem], "stored_until": None}
    return make_row(number, outcome="refused", **members | changes)
