"""The operator API's route for the history: who changed what, and when."""

from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.operator_api import current
from functions.operator_api.fields import DEFAULT_PAGE_SIZE, Cursor, Limit
from functions.operator_api.people_schemas import HistoryList, HistoryRowResponse
from functions.operator_api.stores import history_store
from shared.domain.errors import InvalidInput, Problem, RoleTooLow
from shared.domain.people import MAX_EMAIL_LENGTH
from shared.domain.roles import Role

router = Router()

_FILTERS = "publisher_id, key_id, platform_key_id and person"


@router.get("/history")
def list_history(
    publisher_id: Annotated[str | None, Query()] = None,
    key_id: Annotated[str | None, Query()] = None,
    platform_key_id: Annotated[str | None, Query()] = None,
    person: Annotated[
        str | None, Query(description="An email address", max_length=MAX_EMAIL_LENGTH)
    ] = None,
    limit: Annotated[Limit, Query()] = DEFAULT_PAGE_SIZE,
    cursor: Cursor = None,
) -> HistoryList:
    """List the changes of a publisher with its keys, of a key, or of a person; by default all."""
    if person and not current.requester().role.includes(Role.ADMIN):
        raise RoleTooLow(Problem("person", "needs the role admin; ask an admin"))
    given = [each for each in (publisher_id, key_id, platform_key_id, person) if each]
    if len(given) > 1:
        raise InvalidInput(Problem(None, f"send only one of {_FILTERS}"))
    if given:
        page = history_store.of_object(given[0].casefold() if person else given[0], limit, cursor)
    else:
        page = history_store.over_all(limit, cursor, datetime.now(UTC))
    rows = [HistoryRowResponse.model_validate(row) for row in page.records]
    current.note(rows=len(rows))
    return HistoryList(history=rows, next_cursor=page.next_after)
