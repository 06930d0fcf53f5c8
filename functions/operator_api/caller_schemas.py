"""The operator API's responses about callers: everything stored, and what was deleted."""

from functions.operator_api.fields import ResponseModel, Timestamp
from functions.operator_api.log_schemas import CallResponse, PostbackResponse


class WaitingResponse(ResponseModel):
    """A pending posting: it waits for the call `call_uuid`, or for the caller's next call."""

    posting_id: str
    posted_at: Timestamp
    publisher_id: str
    key_id: str
    stored_until: Timestamp
    tags: dict[str, str]
    call_uuid: str | None


class CallerResponse(ResponseModel):
    """Everything stored about a caller: pending postings, then calls, then postings in the log,
    newest first. If it does not fit into one response, send `next_cursor` as `cursor` to read more;
    it is null at the end. `has_more_postbacks` says whether more follows.
    """

    caller_number: str
    waiting: list[WaitingResponse]
    calls: list[CallResponse]
    postbacks: list[PostbackResponse]
    has_more_postbacks: bool
    next_cursor: str | None


class ErasedCounts(ResponseModel):
    """`log_rows` counts each posting in the log once, regardless of its outcome."""

    waiting: int
    calls: int
    log_rows: int


class ErasedResponse(ResponseModel):
    """What this request deleted. If `complete` is false, send the same request again."""

    caller_number: str
    erased: ErasedCounts
    complete: bool
