"""What is known of a caller, all of it; and forgetting it."""

from datetime import UTC, datetime, timedelta

from aws_lambda_powertools.event_handler.api_gateway import Router

from functions.operator_api.caller_schemas import (
    CallerAnswer,
    ErasedAnswer,
    ErasedCounts,
    WaitingAnswer,
)
from functions.operator_api.log_schemas import CallAnswer, to_answer
from functions.operator_api.stores import forgetting, log_reader, settings
from shared.domain import caller_numbers, timestamps
from shared.domain.errors import InvalidCallerNumber, InvalidInput, Problem
from shared.domain.log_entries import LogEntry
from shared.runtime import http, observability
from shared.stores.log import ROW_RETENTION
from shared.stores.log_reader import Span

MOST_POSTBACKS = 1000

logger = observability.make_logger("operator_api")
router = Router()


@router.get("/callers/<caller_number>")
def read_caller(caller_number: str) -> CallerAnswer:
    number = _number(caller_number)
    now = datetime.now(UTC)
    waiting, calls = forgetting.known(number)
    span = Span(start=now - ROW_RETENTION, end=now + timedelta(days=1))
    page = log_reader.read_caller(number, span, limit=MOST_POSTBACKS, now=now, keep=_all)
    return CallerAnswer(
        caller_number=number,
        waiting=[
            WaitingAnswer.model_validate(posting, from_attributes=True) for posting in waiting
        ],
        calls=[CallAnswer.of(call, call.status(now, settings.longest_call)) for call in calls],
        postbacks=[to_answer(entry) for entry in page.entries],
        has_more_postbacks=page.next_cursor is not None,
    )


@router.delete("/callers/<caller_number>")
def forget_caller(caller_number: str) -> ErasedAnswer:
    """All that was posted up to now. May be asked for again; if not complete, it must be."""
    number = _number(caller_number)
    erased = forgetting.forget(number, timestamps.to_milliseconds(datetime.now(UTC)))
    logger.info(
        "caller forgotten",
        outcome="complete" if erased.is_complete else "incomplete",
        caller_number=caller_numbers.mask(number),
        asked_by=http.asked_by(router.current_event.raw_event, settings.console_role),
        waiting=erased.waiting,
        calls=len(erased.calls),
        log_rows=erased.log_rows,
    )
    counts = ErasedCounts(waiting=erased.waiting, calls=len(erased.calls), log_rows=erased.log_rows)
    return ErasedAnswer(caller_number=number, erased=counts, complete=erased.is_complete)


def _all(_: LogEntry) -> bool:
    return True


def _number(text: str) -> str:
    try:
        return caller_numbers.normalize(text, settings.default_region)
    except InvalidCallerNumber as error:
        raise InvalidInput(Problem("caller_number", str(error))) from error
