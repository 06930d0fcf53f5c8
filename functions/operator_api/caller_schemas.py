"""The operator API's responses about callers: everything stored, and what was deleted."""

from pydantic import BaseModel, ConfigDict

from functions.operator_api.fields import Timestamp
from functions.operator_api.log_schemas import CallAnswer, PostbackAnswer


class _Answer(BaseModel):
    model_config = ConfigDict(defer_build=True)


class WaitingAnswer(_Answer):
    """A pending posting: it waits for the call `call_uuid`, or for the caller's next call."""

    posting_id: str
    posted_at: Timestamp
    publisher_id: str
    key_id: str
    stored_until: Timestamp
    tags: dict[str, str]
    call_uuid: str | None


class CallerAnswer(_Answer):
    """Everything stored about a caller: pending postings, then calls, then postings in the log,
    newest first. If it does not fit into one response, send `next_cursor` as `cursor` to read more;
    it is null at the end. `has_more_postbacks` says whether more follows.
    """

    caller_number: str
    waiting: list[WaitingAnswer]
    calls: list[CallAnswer]
    postbacks: list[PostbackAnswer]
    has_more_postbacks: bool
    next_cursor: str | None


class ErasedCounts(_Answer):
    """`log_rows` counts each posting in the log once, regardless of its outcome."""

    waiting: int
    calls: int
    log_rows: int


class ErasedAnswer(_Answer):
    """What this request deleted. If `complete` is false, send the same request again."""

    caller_number: str
    erased: ErasedCounts
    complete: bool
