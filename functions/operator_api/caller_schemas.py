"""The operator's contract about callers: all that is known of one, and what was erased."""

from pydantic import BaseModel, ConfigDict

from functions.operator_api.log_schemas import CallAnswer, PostbackAnswer
from functions.operator_api.schemas import Moment


class _Answer(BaseModel):
    model_config = ConfigDict(defer_build=True)


class WaitingAnswer(_Answer):
    """A posting that waits: for the call `call_uuid`, or else for the caller's next one."""

    posting_id: str
    posted_at: Moment
    publisher_id: str
    key_id: str
    stored_until: Moment
    tags: dict[str, str]
    call_uuid: str | None


class CallerAnswer(_Answer):
    """What is known of a caller: what waits, then calls, then postings in the log, the newest
    first. Where it is more than one answer holds, `next_cursor`, given as `cursor`, asks for more;
    null if that was all. `has_more_postbacks` says the same of the log.
    """

    caller_number: str
    waiting: list[WaitingAnswer]
    calls: list[CallAnswer]
    postbacks: list[PostbackAnswer]
    has_more_postbacks: bool
    next_cursor: str | None


class ErasedCounts(_Answer):
    """`log_rows` are postings that were in the log, each counted once whatever became of it."""

    waiting: int
    calls: int
    log_rows: int


class ErasedAnswer(_Answer):
    """What this request has erased. If it is not complete, send the same request again."""

    caller_number: str
    erased: ErasedCounts
    complete: bool
