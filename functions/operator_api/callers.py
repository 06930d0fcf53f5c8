"""The operator API's routes for reading everything about a caller, and for forgetting it."""

from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.operator_api import caller_pages
from functions.operator_api.caller_schemas import CallerResponse, ErasedCounts, ErasedResponse
from functions.operator_api.forgetting import Forgetting
from functions.operator_api.stores import call_records, erasure_store, settings
from shared.domain import caller_numbers, e164, timestamps
from shared.runtime import observability
from shared.runtime.requester import Requester

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
    number = caller_numbers.parse_parameter(caller_number, settings.default_region)
    return caller_pages.read(number, cursor, datetime.now(UTC))


@router.delete("/callers/<caller_number>")
def forget_caller(caller_number: str) -> ErasedResponse:
    """Delete everything posted about a caller until now. Safe to repeat; must be, if incomplete."""
    number = caller_numbers.parse_parameter(caller_number, settings.default_region)
    erased = forgetting.forget(number, timestamps.to_milliseconds(datetime.now(UTC)))
    counts = ErasedCounts(
        waiting=len(erased.pending), calls=len(erased.calls), log_rows=len(erased.logged)
    )
    logger.info(
        "caller forgotten",
        outcome="complete" if erased.is_complete else "incomplete",
        caller_number=e164.mask(number),
        asked_by=Requester.of(router.current_event.raw_event, settings.console_role).name,
        **dict(counts),
    )
    return ErasedResponse(caller_number=number, erased=counts, complete=erased.is_complete)
