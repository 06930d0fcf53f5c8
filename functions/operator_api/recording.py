"""Records changes in the history, once they are made."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from functions.operator_api import current
from functions.operator_api.stores import history_store
from shared.domain import history, timestamps
from shared.domain.errors import CallDataWritingError
from shared.domain.history import HistoryRow, ObjectKind
from shared.runtime import observability
from shared.stores import dynamodb

logger = observability.make_logger("operator_api")

Members = Mapping[str, Any]


def members_of(response: BaseModel) -> dict[str, Any]:
    return response.model_dump(mode="json")


def members_set(response: BaseModel) -> dict[str, Any]:
    """Return the members of a new record that have a value."""
    unset: tuple[Any, ...] = (None, "", False, [])
    return {name: value for name, value in members_of(response).items() if value not in unset}


def record(
    action: str,
    kind: ObjectKind,
    object_id: str,
    *,
    before: Members | None = None,
    after: Members | None = None,
    also: Iterable[str] = (),
    is_over_all: bool = True,
) -> None:
    """Write a row for a change that was made. It is also in the history of the objects in `also`.

    The change stays if the row cannot be written: the audit line says who made it.
    """
    requester = current.requester()
    row = HistoryRow(
        at=timestamps.to_milliseconds(datetime.now(UTC)),
        action=action,
        object=kind,
        object_id=object_id,
        asked_by=requester.name,
        role=requester.role.value,
        changes=history.differences(before or {}, after or {}),
    )
    try:
        history_store.add(row, (object_id, *also), is_over_all=is_over_all)
    except (*dynamodb.FAILURES, CallDataWritingError) as error:
        logger.error("history row not written", outcome="failed", **observability.describe(error))
