"""Fills a database to the size at which a posting's cost must not have changed."""

from datetime import UTC, datetime, timedelta

from shared.domain import postings
from shared.domain.calls import Call
from shared.domain.postings import Posting
from shared.stores import call_items
from shared.stores.log import row_key
from tests.proof.database import Database, Item
from tests.proof.processes import CALL_DATA, POSTBACK_LOG

STARTED_AT = datetime.now(UTC)
"""Today, so that the log's rows are of the day whose postings are measured."""

_Items = dict[tuple[str, str], Item]


def grow(
    database: Database, *, log_rows: int, callers: int, pending: int, busy_caller: str, key_id: str
) -> None:
    """Add rows of this key to the log, callers with an ended call and a pending posting each, and
    pending postings of the busy caller."""
    _grow_log(database.tables[POSTBACK_LOG], log_rows, key_id)
    items = database.tables[CALL_DATA]
    for number in range(callers):
        _add_caller(items, f"+1555{number:07}", number, key_id)
    for number in range(pending):
        item = call_items.pending_item(_posting(number, busy_caller, key_id))
        _add(items, item)


def example() -> Posting:
    """Return one of the postings that fill the database."""
    return _posting(0, "+15551234567", "pbk_gezdgnbvgy3t")


def _grow_log(rows: _Items, count: int, key_id: str) -> None:
    """Add rows with their own keys; they share one content, to save memory."""
    content = {"tags": {"M": {"age": {"S": "39"}}}, "outcome": {"S": "stored"}}
    for number in range(count):
        posting_id = _posting_id(number)
        key = row_key(key_id, posting_id)
        rows[key["pk"], key["sk"]] = content


def _add_caller(items: _Items, caller_number: str, number: int, key_id: str) -> None:
    call = Call(
        call_uuid=f"00000000-0000-4000-8000-{number:012}",
        caller_number=caller_number,
        started_at=STARTED_AT - timedelta(days=2),
        ended_at=STARTED_AT - timedelta(days=1),
    )
    _add(items, call_items.caller_list_item(caller_number, call))
    _add(items, call_items.pending_item(_posting(number, caller_number, key_id)))


def _add(items: _Items, item: Item) -> None:
    items[item["pk"]["S"], item["sk"]["S"]] = item


def _posting_id(number: int, whose: str = "wing") -> str:
    """`whose` is four characters, which differ between callers whose postings may be applied."""
    return postings.posting_id(
        round(STARTED_AT.timestamp() * 1000) - number, f"gro{whose}{number:08}="
    )


def _posting(number: int, caller_number: str, key_id: str) -> Posting:
    posting_id = _posting_id(number, caller_number[-4:])
    posted_at = postings.posted_at(posting_id)
    return Posting(
        posting_id=posting_id,
        key_id=key_id,
        publisher_id="pub_gezdgnbvgy3t",
        posted_at=posted_at,
        stored_until=posted_at + timedelta(days=1),
        end_call_cutoff=timedelta(hours=1),
        tags={"age": "39", "zip": "90210", "prequalified": "true"},
        caller_number=caller_number,
    )
