"""The operator API's routes for reading everything about a caller, and for forgetting it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.operator_api import caller_pages, current
from functions.operator_api.caller_schemas import CallerResponse, ErasedCounts, ErasedResponse
from functions.operator_api.forgetting import Forgetting
from functions.operator_api.recording import record
from functions.operator_api.stores import call_records, erasure_store, history_store, settings
from shared.domain import caller_numbers, e164, timestamps
from shared.domain.history import ObjectKind
from shared.runtime import observability
from shared.runtime.concurrency import side_by_side

logger = observability.make_logger("operator_api")
router = Router()
forgetting = Forgetting(
    call_records, erasure_store, settling_seconds=float(settings.settling_seconds)
)


@router.get("/callers/<caller_number>")
def read_caller(
    caller_number: str,
    cursor: Annotated[
        str | None, Query(description="`next_cursor` of the previous response", max_length=1000)
    ] = None,
) -> CallerResponse:
    """Return everything stored about a caller, in several responses if necessary."""
    now = datetime.now(UTC)
    numbers = caller_numbers.look_up(caller_number, settings.default_region)
    if not current.is_viewer():
        page = caller_pages.read(numbers, cursor, now)
    else:
        history_store.admit_look_up(current.requester().name, numbers[0], now)
        # A cursor has call IDs, which may be phone numbers.
        kept = history_store.kept_cursor(cursor) if cursor else None
        page = caller_pages.read(numbers, kept, now)
        if page.next_cursor:
            page.next_cursor = history_store.keep_cursor(page.next_cursor, now)
    current.note(waiting=len(page.waiting), calls=len(page.calls), postbacks=len(page.postbacks))
    return page


@router.delete("/callers/<caller_number>")
def forget_caller(caller_number: str) -> ErasedResponse:
    """Delete everything posted about a caller until now. Safe to repeat; must be, if incomplete."""
    numbers = caller_numbers.look_up(caller_number, settings.default_region)
    at = timestamps.to_milliseconds(datetime.now(UTC))
    # At the same time, since each waits for postings that are in progress.
    erased = side_by_side([partial(forgetting.forget, number, at) for number in numbers])
    counts = ErasedCounts(
        waiting=_count(each.pending for each in erased),
        calls=_count(each.calls for each in erased),
        log_rows=_count(each.logged for each in erased),
    )
    number, is_complete = numbers[0], all(each.is_complete for each in erased)
    masked = e164.mask(number)
    record("forgotten", ObjectKind.CALLER, masked, after=dict(counts))
    logger.info(
        "caller forgotten",
        outcome="complete" if is_complete else "incomplete",
        caller_number=masked,
        asked_by=current.requester().shown_name,
        **dict(counts),
    )
    return ErasedResponse(caller_number=number, erased=counts, complete=is_complete)


def _count(sets: Iterable[set[str]]) -> int:
    return len(set[str]().union(*sets))
