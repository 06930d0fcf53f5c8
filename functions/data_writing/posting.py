"""Authenticates, validates, stores and applies one posting.

Knows nothing of HTTP except status codes, which the postback log shows.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from functions.data_writing.brake import Brake
from functions.data_writing.parameters import KEY
from functions.data_writing.request import UNKNOWN, Request
from shared.domain import e164
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
    ShareFull,
    TooManyPostings,
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
from shared.runtime import observability, time_limits
from shared.runtime.http import UNAVAILABLE
from shared.stores import dynamodb
from shared.stores.apply_results import ApplyResult
from shared.stores.calls import CallStore
from shared.stores.key_cache import KeyCache
from shared.stores.log import LogStore, RecordedDecision, RefusedPosting
from shared.stores.pending import CALL_FULL, PAST_CUTOFF, SHARE_FULL

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
    ShareFull: 422,
    TooManyPostings: 429,
    TooManyUnknownKeys: 429,
}

PREVIEW = Problem(None, "this is a link preview or a prefetch, so nothing was stored")

_MAX_READS = 8
"""Maximum reads of a decision before giving up; over a second in total."""


class PostingProcessor:
    """Processes one posting at a time. `logger` collects what is known about the current one."""

    def __init__(
        self,
        *,
        keys: KeyCache[PostbackKey],
        brake: Brake,
        calls: CallStore,
        log: LogStore,
        logger: "Logger",
        longest_call: timedelta,
    ) -> None:
        self.keys = keys
        self.brake = brake
        self.calls = calls
        self._log = log
        self._logger = logger
        self._longest_call = longest_call

    def process(self, request: Request) -> tuple[Posting, Status]:
        """Store the posting, and apply its tags to its call if there is one.

        Raises Refusal. After any other error the tags may not be stored.
        """
        self._logger.append_keys(
            posting_id=request.posting_id, tag_names=observability.tag_names(request.tags)
        )
        key = self._authenticate(request)
        self._logger.append_keys(key_id=key.key_id, publisher_id=key.publisher_id)
        try:
            posting = _validate(request, key)
            self.brake.admit(key.key_id, posting.call_uuid or posting.caller_number or "")
        except Refusal as refusal:
            caller_number = request.caller_number(key)
            self._append_target(caller_number, request.call_uuid)
            self._log_refusal(request, key, caller_number, refusal)
            raise
        self._append_target(posting.caller_number, posting.call_uuid)
        try:
            self.calls.store(posting)
            return posting, self._apply(posting)
        except Refusal:
            raise
        except Exception:
            # The row may be written and say "stored", but the publisher gets a 503.
            self._log_response(posting, UNAVAILABLE, may_not_be_pending=True)
            raise

    def _append_target(self, caller_number: str | None, call_uuid: str | None) -> None:
        """Add the caller or the call to the log lines that follow."""
        self._logger.append_keys(
            caller_number=e164.mask(caller_number or ""),
            call_uuid=observability.shown_id(call_uuid),
        )

    def _authenticate(self, request: Request) -> PostbackKey:
        """Return the posting's key.

        Raises UnknownKey or TooManyUnknownKeys, or the request's own refusal if the key may be in
        the part that could not be read.
        """
        sent = request.parameters.get(KEY, "").strip()
        canonical = canonical_uuid(sent)
        if canonical and (key := self.keys.find(canonical, request.sender)):
            return key
        if canonical:
            raise UnknownKey(UNKNOWN)
        from functions.data_writing import refusals  # noqa: PLC0415

        if not sent:
            raise request.refusal or UnknownKey(Problem(KEY, refusals.missing_key(request)))
        explanation = refusals.unknown_key(sent)
        raise UnknownKey(Problem(KEY, explanation) if explanation else UNKNOWN)

    def _apply(self, posting: Posting) -> Status:
        """Apply a stored posting to its call, if there is one.

        Raises CallPastCutoff, CallFull or ShareFull if the posting was refused by the call instead.
        """
        named = self.calls.find(posting.call_uuid) if posting.call_uuid else None
        if isinstance(named, str):
            # It names a leg whose call is unknown: from now on it waits for that call.
            moved = self.calls.move(posting, named)
            return self._apply(moved) if moved is not posting else Status.STORED
        for call, is_newest in [(named, True)] if named else self._candidates(posting):
            now = datetime.now(UTC)
            # An older call must not get the other pending postings, which belong to a newer one.
            result = self.calls.apply(
                call, [posting], cause=Cause.POSTING, at=now, with_companions=is_newest
            )
            self._log_companions(posting, result)
            if posting in result.applied:
                return status_for(posting, result.call, self._longest_call)
            if posting in result.over_share:
                raise ShareFull(SHARE_FULL)
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
        """Yield the caller's calls that the posting may belong to, newest first, and whether it is
        the newest of all. None if the posting names its call."""
        if posting.call_uuid:
            return
        latest = self.calls.latest(posting.caller_number or "")
        for listed in latest:
            is_candidate = belongs(posting, listed, self._longest_call)
            if is_candidate and (call := self.calls.get(listed.call_uuid)):
                yield call, listed == latest[0]

    def _decided_elsewhere(self, posting: Posting, otherwise: Refusal) -> Status:
        """Return the status of a posting that a call event decided while this request stored it.

        Raises `otherwise` if the event did not apply the posting, and RetriesExhausted if the
        decision cannot be read: the posting was decided, but its outcome is unknown here.
        """
        decision = self._read_decision(posting)
        call = self.calls.get(decision.applied_to) if decision.applied_to else None
        if call is None:
            if decision.reason == reason(ShareFull):
                otherwise = ShareFull(SHARE_FULL)
            self._log_response(posting, STATUS_CODES[type(otherwise)])
            raise otherwise
        status = status_for(posting, call, self._longest_call)
        self._log_response(posting, 200, status)
        return status

    def _read_decision(self, posting: Posting) -> RecordedDecision:
        for _ in time_limits.attempts(_MAX_READS):
            if decision := self._log.read_decision(posting):
                return decision
        raise AssertionError("attempts() ends by raising")

    def _log_companions(self, posting: Posting, result: ApplyResult) -> None:
        companions = [p.posting_id for p in result.applied if p != posting]
        if companions:
            self._logger.info(
                "pending postings applied", outcome="companions_applied", applied=companions
            )

    def _log_response(
        self,
        posting: Posting,
        status_code: int,
        status: Status | None = None,
        *,
        may_not_be_pending: bool = False,
    ) -> None:
        try:
            with time_limits.overtime(time_limits.LOG_ROW_SECONDS):
                # This log row may be the only trace of the posting.
                if may_not_be_pending and posting.call_uuid:
                    self.calls.point_to_log(posting.call_uuid, posting.posting_id, posting.key_id)
                self._log.put_response(posting, status_code, status)
        except dynamodb.FAILURES as error:
            self._logger.error("response not logged", **observability.describe(error))

    def _log_refusal(
        self, request: Request, key: PostbackKey, caller_number: str | None, refusal: Refusal
    ) -> None:
        """Write the refused posting's row. If that fails, the posting is refused all the same."""
        from functions.data_writing import refusals  # noqa: PLC0415

        if caller_number is None:
            caller_number = refusals.find_number(request, key.default_region)
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


def _validate(request: Request, key: PostbackKey) -> Posting:
    """Raises KeyPaused, KeyExpired, LinkPreview or the request's own Refusal."""
    if key.paused:
        message = "is paused; ask the person who gave you the posting link to resume it"
        raise KeyPaused(Problem(KEY, message))
    # Compared with the posting's time: the cached key may be older than its expiry.
    if key.has_expired(posted_at(request.posting_id)):
        message = "has expired; ask the person who gave you the posting link for a new one"
        raise KeyExpired(Problem(KEY, message))
    if request.is_preview:
        raise LinkPreview(PREVIEW)
    return request.to_posting(key)
