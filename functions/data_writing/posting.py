"""Takes a posting: whose key it is, what it says, the writing of it, and the call it goes on.

Knows no HTTP but the status codes, which the log tells of.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from functions.data_writing import link_previews
from functions.data_writing.parameters import KEY
from functions.data_writing.request import UNKNOWN, Request
from shared.domain import caller_numbers
from shared.domain.calls import Call, belongs, status_for
from shared.domain.errors import (
    BodyTooLarge,
    CallFull,
    CallPastCutoff,
    InvalidInput,
    KeyExpired,
    KeyPaused,
    LinkPreview,
    MethodNotAllowed,
    Problem,
    Refusal,
    TooManyUnknownKeys,
    UnknownKey,
    UnknownPath,
    UnsupportedBody,
    reason,
)
from shared.domain.keys import PostbackKey, canonical_uuid
from shared.domain.log_entries import Cause
from shared.domain.posting_warnings import list_warnings
from shared.domain.postings import Posting, Status, posted_at
from shared.runtime import observability, retries, time_limits
from shared.stores import dynamodb
from shared.stores.calls import ApplyResult, CallStore
from shared.stores.key_cache import KeyCache
from shared.stores.log import LogStore, RecordedDecision, RefusedPosting
from shared.stores.pending import CALL_FULL, PAST_CUTOFF

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

STATUS_CODES: Mapping[type[Refusal], int] = {
    UnknownKey: 401,
    KeyPaused: 403,
    KeyExpired: 403,
    LinkPreview: 403,
    UnknownPath: 404,
    MethodNotAllowed: 405,
    BodyTooLarge: 413,
    UnsupportedBody: 415,
    InvalidInput: 422,
    CallPastCutoff: 422,
    CallFull: 422,
    TooManyUnknownKeys: 429,
}

UNAVAILABLE = 503

PREVIEW = Problem(None, "a link preview or a prefetch asked for this link, so nothing is stored")

_MOST_READS = 8
"""Of what was decided, before nobody can say: over a second."""


class PostingProcessor:
    """Takes postings, one after the other. `logger` carries what is known of the one at hand."""

    def __init__(
        self,
        *,
        keys: KeyCache[PostbackKey],
        calls: CallStore,
        log: LogStore,
        logger: "Logger",
        longest_call: timedelta,
    ) -> None:
        self.keys = keys
        self.calls = calls
        self._log = log
        self._logger = logger
        self._longest_call = longest_call

    def process(self, request: Request) -> tuple[Posting, Status]:
        """Store the posting, and put its tags on its call if there is one.

        Raises Refusal; after anything else nothing was promised.
        """
        self._logger.append_keys(
            posting_id=request.posting_id, tag_names=observability.tag_names(request.tags)
        )
        key = self._authenticate(request)
        self._logger.append_keys(key_id=key.key_id, publisher_id=key.publisher_id)
        try:
            posting = _accept(request, key)
        except Refusal as refusal:
            caller_number = request.caller_number(key)
            self._append_target(caller_number, request.call_uuid)
            self._log_refusal(request, key, caller_number, refusal)
            raise
        self._append_target(posting.caller_number, posting.call_uuid)
        try:
            self.calls.store(posting)
            return posting, self._place(posting)
        except Refusal:
            raise
        except Exception:
            # If its row was written it says stored; but that is not what the publisher is told.
            self._log_answer(posting, UNAVAILABLE, may_not_wait=True)
            raise

    def _append_target(self, caller_number: str | None, call_uuid: str | None) -> None:
        """Have the lines to come say whose tags, or which call's, this is about."""
        self._logger.append_keys(
            caller_number=caller_numbers.mask(caller_number or ""),
            call_uuid=observability.shown_id(call_uuid),
        )

    def _authenticate(self, request: Request) -> PostbackKey:
        """Raises UnknownKey, TooManyUnknownKeys, or the request's own refusal, if the key may be in
        what was not read."""
        sent = request.parameters.get(KEY, "").strip()
        canonical = canonical_uuid(sent)
        if canonical and (key := self.keys.find(canonical, request.sender)):
            return key
        if canonical:
            raise UnknownKey(UNKNOWN)
        # Loaded for a refusal: no posting is to wait for it.
        from functions.data_writing import hints  # noqa: PLC0415

        if not sent:
            raise request.refusal or UnknownKey(Problem(KEY, hints.missing_key(request)))
        reason = hints.unknown_key(sent)
        raise UnknownKey(Problem(KEY, reason) if reason else UNKNOWN)

    def _place(self, posting: Posting) -> Status:
        """Look for the call of a posting that is stored, and put its tags on it if there is one.

        Raises CallPastCutoff or CallFull, if the posting's waiting was ended without its being
        applied.
        """
        for call, is_newest in self._candidates(posting):
            now = datetime.now(UTC)
            # An older call must not get what beside this posting waits for a newer one.
            result = self.calls.apply(
                call, [posting], cause=Cause.POSTING, at=now, with_companions=is_newest
            )
            self._log_companions(posting, result)
            if posting in result.applied:
                return status_for(posting, result.call, self._longest_call)
            if posting in result.refused:
                raise CallFull(CALL_FULL)
            if posting in result.already_decided:
                return self._decided_elsewhere(posting, CallFull(CALL_FULL))
            if posting.call_uuid and result.call.is_past_cutoff(posting, self._longest_call):
                if not self.calls.refuse(posting, call, at=now):
                    return self._decided_elsewhere(posting, CallPastCutoff(PAST_CUTOFF))
                raise CallPastCutoff(PAST_CUTOFF)
        return Status.STORED

    def _candidates(self, posting: Posting) -> Iterator[tuple[Call, bool]]:
        """The calls that the posting may go on, newest first, and whether no call is newer.

        It is the one that the posting names, or those of its caller's that it belongs to.
        """
        if posting.call_uuid:
            if named := self.calls.get(posting.call_uuid):
                yield named, True
            return
        latest = self.calls.latest(posting.caller_number or "")
        for listed in latest:
            is_candidate = belongs(posting, listed, self._longest_call)
            if is_candidate and (call := self.calls.get(listed.call_uuid)):
                yield call, listed == latest[0]

    def _decided_elsewhere(self, posting: Posting, otherwise: Refusal) -> Status:
        """What to answer when an event's handling came between our storing and our applying.

        Raises `otherwise`, if that was not to apply the posting, and RetriesExhausted if what was
        decided does not come to be seen: the posting was dealt with, but nobody can say how.
        """
        call_uuid = self._verdict(posting).applied_to
        call = self.calls.get(call_uuid) if call_uuid else None
        if call is None:
            self._log_answer(posting, STATUS_CODES[type(otherwise)])
            raise otherwise
        status = status_for(posting, call, self._longest_call)
        self._log_answer(posting, 200, status)
        return status

    def _verdict(self, posting: Posting) -> RecordedDecision:
        for _ in retries.attempts(_MOST_READS):
            if verdict := self._log.read_decision(posting):
                return verdict
        raise AssertionError("attempts() ends by raising")

    def _log_companions(self, posting: Posting, result: ApplyResult) -> None:
        companions = [p.posting_id for p in result.applied if p != posting]
        if companions:
            self._logger.info("postings taken along", outcome="taken_along", applied=companions)

    def _log_answer(
        self,
        posting: Posting,
        status_code: int,
        status: Status | None = None,
        *,
        may_not_wait: bool = False,
    ) -> None:
        try:
            with time_limits.overtime(time_limits.LOG_ROW_SECONDS):
                # Of what was to be stored its row may be all there is.
                if may_not_wait and posting.call_uuid:
                    self.calls.point_to_log(posting.call_uuid, posting.posting_id, posting.key_id)
                self._log.put_response(posting, status_code, status)
        except dynamodb.FAILURES as error:
            self._logger.error("answer not logged", **observability.describe(error))

    def _log_refusal(
        self, request: Request, key: PostbackKey, caller_number: str | None, refusal: Refusal
    ) -> None:
        """Write the refused posting's row. That it fails changes nothing about the refusal."""
        # Loaded for a refusal: no posting is to wait for it.
        from functions.data_writing import hints  # noqa: PLC0415

        if caller_number is None:
            caller_number = hints.number_elsewhere(request, key.default_region)
        try:
            with time_limits.overtime(time_limits.LOG_ROW_SECONDS):
                if request.call_uuid:
                    self.calls.point_to_log(request.call_uuid, request.posting_id, key.key_id)
                self._log.put_refused(
                    RefusedPosting(
                        posting_id=request.posting_id,
                        key_id=key.key_id,
                        publisher_id=key.publisher_id,
                        status_code=STATUS_CODES[type(refusal)],
                        reason=reason(type(refusal)),
                        problems=refusal.problems,
                        parameters=request.parameters,
                        caller_number=caller_number,
                        warnings=list_warnings(request.warnings),
                    )
                )
        except dynamodb.FAILURES as error:
            self._logger.error("refused posting not logged", **observability.describe(error))


def _accept(request: Request, key: PostbackKey) -> Posting:
    if key.paused:
        message = "is paused; ask whoever gave you the posting link to resume it"
        raise KeyPaused(Problem(KEY, message))
    # By the posting's own time: what is remembered of the key may be older than its end.
    if key.has_expired(posted_at(request.posting_id)):
        message = "has expired; ask whoever gave you the posting link for a new one"
        raise KeyExpired(Problem(KEY, message))
    if link_previews.is_preview(request.headers, request.method):
        raise LinkPreview(PREVIEW)
    return request.to_posting(key)
