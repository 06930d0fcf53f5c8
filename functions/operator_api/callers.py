"""The operator API's routes for reading everything about a caller, and for forgetting it."""

from datetime import UTC, datetime
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
    number = caller_numbers.parse_parameter(caller_number, settings.default_region)
    if not current.is_viewer():
        page = caller_pages.read(number, cursor, now)
    else:
        history_store.admit_look_up(current.requester().name, number, now)
        # A cursor has call IDs, which may be phone numbers.
        kept = history_store.kept_cursor(cursor) if cursor else None
        page = caller_pages.read(number, kept, now)
        if page.next_cursor:
            page.next_cursor = history_store.keep_cursor(page.next_cursor, now)
    current.note(waiting=len(page.waiting), calls=len(page.calls), postbacks=len(page.postbacks))
    return page


@router.delete("/callers/<caller_number>")
def forget_caller(caller_number: str) -> ErasedResponse:
    """Delete everything posted about a caller until now. Safe to repeat; must be, if incomplete."""
    number = caller_numbers.parse_parameter(caller_number, settings.default_region)
    erased = forgetting.forget(number, timestamps.to_milliseconds(datetime.now(UTC)))
    counts = ErasedCounts(
        waiting=len(erased.pending), calls=len(erased.calls), log_rows=len(erased.logged)
    )
    masked = e164.mask(number)
    record("forgotten", ObjectKind.CALLER, masked, after=dict(counts))
    logger.info(
        "caller forgotten",
        outcome="complete" if erased.is_complete else "incomplete",
        caller_number=masked,
        asked_by=current.requester().name,
        **dict(counts),
    )
    return ErasedResponse(caller_number=number, erased=counts, complete=erased.is_complete)
