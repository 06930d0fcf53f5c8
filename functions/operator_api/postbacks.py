"""The operator API's routes for the postback log, and for calls with their tags."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response, content_types
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AwareDatetime, Field

from functions.operator_api import current, viewing
from functions.operator_api.log_schemas import (
    CallResponse,
    PostbackList,
    PostbackResponse,
    to_csv,
    to_response,
)
from functions.operator_api.stores import (
    call_records,
    history_store,
    key_store,
    log_reader,
    settings,
)
from shared.domain import call_ids, caller_numbers, masking
from shared.domain.errors import InvalidInput, NotFound, Problem
from shared.domain.keys import PostbackKey
from shared.domain.log_entries import LogEntry, Outcome
from shared.stores.log import ROW_RETENTION
from shared.stores.log_reader import MAX_KEYS, LogPage, Span

DEFAULT_SPAN = timedelta(hours=24)
DEFAULT_PAGE_SIZE = 100
MAX_PAGE_SIZE = 1000
MAX_PUBLISHERS = 1000
"""Maximum publishers whose keys are looked up, with a query each: a third of a second in all."""
_READERS = 16

router = Router()

Cursor = Annotated[
    str | None,
    Query(description="`next_cursor` of the previous page"),
]
_CURSOR = re.compile(r"[0-9]{13}(-[!-~]{1,64})?")
PostingId = Annotated[
    str | None,
    Query(
        description="The ID of one posting, such as the `request_id` of an error response. The "
        "caller number and the time are not needed then",
        pattern="^[0-9]{13}-[!-~]{1,64}$",
    ),
]
Limit = Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE), Query()]


@router.get("/postbacks")
def list_postbacks(
    key_id: Annotated[str | None, Query()] = None,
    chain: Annotated[
        bool,
        Query(description="Also include all keys that `key_id` replaces or that replaced it"),
    ] = False,
    publisher_id: Annotated[str | None, Query()] = None,
    caller_number: Annotated[str | None, Query(description="In any format")] = None,
    start: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    outcome: Annotated[Outcome | None, Query()] = None,
    posting_id: PostingId = None,
    limit: Limit = DEFAULT_PAGE_SIZE,
    cursor: Cursor = None,
    response_format: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response[Any]:
    """List postings of a key, publisher, caller or all, newest first; by default of 24 hours."""
    now = datetime.now(UTC)
    span = _span(start, end, cursor, now)
    wanted = None if key_id is None else {key.key_id for key in _keys(key_id, chain=chain)}

    def keep(entry: LogEntry) -> bool:
        return (
            (outcome is None or entry.outcome is outcome)
            and (wanted is None or entry.key_id in wanted)
            and (publisher_id is None or entry.publisher_id == publisher_id)
        )

    if caller_number is not None and posting_id is None:
        numbers = _numbers(caller_number, key_id)
        _admit(numbers[0], now)
        page = log_reader.read_caller(numbers, span, limit=limit, now=now, keep=keep)
        return _response(page, response_format)
    # One more than the reader accepts, so as not to load the keys of thousands of publishers.
    key_ids = list(islice(wanted or _key_ids(publisher_id), MAX_KEYS + 1))
    if posting_id is not None:
        page = log_reader.read_posting(key_ids, posting_id, now=now, keep=keep)
    else:
        page = log_reader.read_keys(key_ids, span, limit=limit, now=now, keep=keep)
    return _response(page, response_format)


@router.get("/calls")
def find_call(
    call_uuid: Annotated[
        str,
        Query(
            description="The call ID, which may contain slashes",
            min_length=1,
            max_length=call_ids.MAX_LENGTH,
        ),
    ],
) -> CallResponse:
    return read_call(call_uuid)


@router.get("/calls/<call_uuid>")
def read_call(call_uuid: str) -> CallResponse:
    canonical = call_ids.canonical(call_uuid)
    if canonical and masking.has_number(canonical) and not call_ids.is_uuid(canonical):
        _admit(_number_in(canonical), datetime.now(UTC))
    call = call_records.get(canonical) if canonical else None
    if call is None:
        raise NotFound(
            Problem(
                "call_uuid",
                "is unknown; copy the call ID from the log or from your platform",
            )
        )
    current.note(tags=len(call.tags))
    return CallResponse.of(call, call.status(datetime.now(UTC), settings.longest_call))


def _number_in(call_id: str) -> str:
    """Return what a look-up of this call counts as: the number, if the ID can be read as one."""
    try:
        return caller_numbers.look_up(call_id, settings.default_region)[0]
    except InvalidInput:
        return call_id


def _admit(number: str, now: datetime) -> None:
    """Count a viewer's look-up. Raises TooManyLookUps."""
    if current.is_viewer():
        history_store.admit_look_up(current.requester().name, number, now)


def _span(start: datetime | None, end: datetime | None, cursor: str | None, now: datetime) -> Span:
    end = min(end or now, now + timedelta(days=1))
    oldest = now - ROW_RETENTION
    if end < oldest:
        raise InvalidInput(
            Problem(
                "to",
                f"is more than {ROW_RETENTION.days} days ago; the log goes back "
                f"{ROW_RETENTION.days} days",
            )
        )
    start = max(start or end - DEFAULT_SPAN, oldest)
    if start > end:
        raise InvalidInput(Problem("from", "is after `to`; send an earlier `from` or a later `to`"))
    if cursor and not _CURSOR.fullmatch(cursor):
        message = "is not a cursor of this list; send next_cursor of the previous page"
        raise InvalidInput(Problem("cursor", message))
    return Span(start=start, end=end, cursor=cursor)


def _numbers(text: str, key_id: str | None) -> tuple[str, ...]:
    region = key_store.key(key_id).default_region if key_id else settings.default_region
    return caller_numbers.look_up(text, region)


def _keys(key_id: str, *, chain: bool) -> list[PostbackKey]:
    """Raises NotFound."""
    return key_store.chain(key_id) if chain else [key_store.key(key_id)]


def _key_ids(publisher_id: str | None) -> Iterator[str]:
    """Yield the key IDs of a publisher, or of all. Raises NotFound for an unknown publisher."""
    if publisher_id is None:
        publisher_ids = _all_publisher_ids()
    else:
        publisher_ids = [key_store.publisher(publisher_id).publisher_id]
    with ThreadPoolExecutor(_READERS) as readers:
        for start in range(0, len(publisher_ids), _READERS):
            batch = publisher_ids[start : start + _READERS]
            for found in readers.map(key_store.keys_of, batch):
                yield from (key.key_id for key in found)


def _all_publisher_ids() -> list[str]:
    """Raises InvalidInput for more than MAX_PUBLISHERS, before any keys are looked up."""
    found: list[str] = []
    after: str | None = None
    while True:
        page = key_store.list_publishers(MAX_PUBLISHERS + 1, after)
        found += [publisher.publisher_id for publisher in page.records]
        if len(found) > MAX_PUBLISHERS:
            message = f"is required: there are more than {MAX_PUBLISHERS} publishers"
            raise InvalidInput(Problem("publisher_id", message))
        after = page.next_after
        if after is None:
            return found


def _response(page: LogPage, response_format: str) -> Response[Any]:
    postbacks = [to_response(entry) for entry in page.entries]
    current.note(postbacks=len(postbacks))
    if response_format == "csv":
        headers = {"X-Next-Cursor": page.next_cursor} if page.next_cursor else {}
        return Response(200, "text/csv; charset=utf-8", to_csv(_rows(postbacks)), headers)
    body = PostbackList(postbacks=postbacks, next_cursor=page.next_cursor)
    return Response(200, content_types.APPLICATION_JSON, body.model_dump(mode="json"))


def _rows(postbacks: list[PostbackResponse]) -> Iterator[dict[str, Any]]:
    """Yield the members of postings, as this person may see them."""
    for postback in postbacks:
        members = postback.model_dump(mode="json")
        yield viewing.mask(members) if current.is_viewer() else members
