"""The operator's contract about callers: all that is known of one, and what was erased."""

from pydantic import BaseModel, ConfigDict

from functions.operator_api.log_schemas import CallAnswer, PostbackAnswer
from functions.operator_api.schemas import Moment


class _Answer(BaseModel):
    model_config = ConfigDict(defer_build=True)


class WaitingAnswer(_Answer):
    """A posting that waits for the caller's next call."""

    posting_id: str
    posted_at: Moment
    publisher_id: str
    key_id: str
    stored_until: Moment
    tags: dict[str, str]


class CallerAnswer(_Answer):
    """All that is known of a caller. `postbacks` are the latest, newest first."""

    caller_number: str
    waiting: list[WaitingAnswer]
    calls: list[CallAnswer]
    postbacks: list[PostbackAnswer]
    has_more_postbacks: bool


class ErasedCounts(_Answer):
    waiting: int
    calls: int
    log_rows: int


class ErasedAnswer(_Answer):
    """What this request has erased. If it is not complete, send the same request again."""

    caller_number: str
    erased: ErasedCounts
    complete: bool
