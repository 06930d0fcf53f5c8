"""A posting comes in over HTTP; its tags go on the caller's call, or wait for it."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from functions.data_writing import openapi
from functions.data_writing import request as requests
from functions.data_writing.request import Request
from shared.domain import caller_numbers
from shared.domain.calls import Call, belongs, status_for
from shared.domain.errors import (
    BodyTooLarge,
    CallFull,
    CallPastCutoff,
    InvalidInput,
    KeyPaused,
    MethodNotAllowed,
    Problem,
    Refusal,
    TooManyUnknownKeys,
    UnknownKey,
    UnknownPath,
    UnsupportedBody,
)
from shared.domain.keys import PostbackKey, canonical_uuid
from shared.domain.log_entries import Cause
from shared.domain.postings import Posting, Status
from shared.runtime import http, metrics, observability, time_limits
from shared.runtime.settings import DataWritingSettings
from shared.stores import dynamodb
from shared.stores.calls import CALL_FULL, PAST_CUTOFF, Attachment, CallStore
from shared.stores.key_memory import CACHE_SECONDS, KeyMemory
from shared.stores.keys import KeyStore
from shared.stores.log import LogStore, RefusedPosting

STATUS_CODES: Mapping[type[Refusal], int] = {
    UnknownKey: 401,
    KeyPaused: 403,
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
RETRY_AFTER_SECONDS = 5

settings = DataWritingSettings.load(os.environ)
logger = observability.make_logger("data_writing")
counts = observability.Metrics("data_writing")
_client = dynamodb.make_client()
log = LogStore(_client, settings.postback_log_table)
calls = CallStore(_client, settings.call_data_table, log, settings.longest_call)
key_store = KeyStore(_client, settings.postback_keys_table)
keys = KeyMemory(key_store.find, time.time)


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if event["requestContext"]["http"]["method"] == "OPTIONS":
        # The gateway puts its CORS headers on this answer of ours to a preflight request.
        return {"statusCode": 204}
    logger.clear_state()
    if requests.asks_for_instructions(event):
        return _instruct(event)
    try:
        if event["rawPath"] == openapi.PATH:
            return _describe(event["requestContext"]["http"]["method"])
        with time_limits.limit(time_limits.POSTING_SECONDS):
            return _handle(requests.read(event))
    except Refusal as refusal:
        return _refuse(event, refusal)
    except Exception as error:  # noqa: BLE001
        # Whatever it was, nothing was promised: the publisher's best course is to send it again.
        logger.error(
            "posting failed",
            outcome="failed",
            status_code=UNAVAILABLE,
            **observability.describe(error),
        )
        counts.emit({metrics.POSTINGS: [1]}, outcome=metrics.PostingOutcome.FAILED)
        return _unavailable(event)


def _describe(method: str) -> dict[str, Any]:
    if method not in openapi.METHODS:
        raise requests.not_answered(method, f"send {' or '.join(openapi.METHODS)}")
    return openapi.answer()


def _instruct(event: Mapping[str, Any]) -> dict[str, Any]:
    # Imported when somebody asks: no posting is to wait for it.
    from functions.data_writing import instructions  # noqa: PLC0415

    try:
        with time_limits.limit(time_limits.POSTING_SECONDS):
            page = instructions.read(event, keys, key_store.publisher, settings.posting_url)
    except tuple(STATUS_CODES) as refusal:
        # Not what says that the key's publisher is not there: that is our failure.
        status_code = STATUS_CODES[type(refusal)]
        reason = type(refusal).__name__
        logger.info("instructions refused", status_code=status_code, reason=reason)
        return _error(event, status_code, refusal.problems, _headers(event, refusal))
    except Exception as error:  # noqa: BLE001
        logger.error("instructions failed", **observability.describe(error))
        problem = Problem(None, "the instructions could not be read; ask for them again")
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return _error(event, UNAVAILABLE, [problem], headers)
    logger.info("instructions sent", status_code=200)
    return {
        "statusCode": 200,
        "headers": {"Content-Type": page.content_type, **page.headers},
        "body": page.text,
    }


def _handle(request: Request) -> dict[str, Any]:
    logger.append_keys(
        posting_id=request.posting_id, tag_names=observability.tag_names(request.tags)
    )
    key = _authenticate(request)
    logger.append_keys(key_id=key.key_id, publisher_id=key.publisher_id)
    try:
        posting = _accept(request, key)
    except Refusal as refusal:
        _append_target(request.caller_number(key), request.call_uuid)
        _log_refusal(request, key, refusal)
        raise
    _append_target(posting.caller_number, posting.call_uuid)
    try:
        calls.store(posting)
        status = _place(posting)
    except Refusal:
        raise
    except Exception:
        # If its row was written it says stored; but that is not what the publisher is told.
        _log_answer(posting, UNAVAILABLE)
        raise
    logger.info("posting accepted", outcome=status.value, status_code=200)
    applied = [] if status is Status.STORED else [len(posting.tags)]
    counts.emit(
        {metrics.POSTINGS: [1], metrics.TAGS_APPLIED: applied},
        outcome=metrics.PostingOutcome[status.name],
    )
    return _success(posting, status)


def _append_target(caller_number: str | None, call_uuid: str | None) -> None:
    """Have the lines to come say whose tags, or which call's, this is about."""
    logger.append_keys(caller_number=caller_numbers.mask(caller_number or ""), call_uuid=call_uuid)


def _authenticate(request: Request) -> PostbackKey:
    """Raises UnknownKey, TooManyUnknownKeys, or the request's own refusal, if the key may be in
    what was not read."""
    sent = request.parameters.get(requests.KEY, "")
    if not sent:
        missing = UnknownKey(Problem(requests.KEY, "is missing: send the key of your posting link"))
        raise request.refusal or missing
    canonical = canonical_uuid(sent.strip())
    key = keys.find(canonical, request.sender) if canonical else None
    if key is None:
        raise UnknownKey(requests.UNKNOWN)
    return key


def _accept(request: Request, key: PostbackKey) -> Posting:
    if key.paused:
        message = "is paused; ask whoever gave you the posting link to resume it"
        raise KeyPaused(Problem(requests.KEY, message))
    return request.to_posting(key)


def _place(posting: Posting) -> Status:
    """Look for the call of a posting that is stored, and put its tags on it if there is one.

    Raises CallPastCutoff or CallFull, if the posting's waiting was ended without its being applied.
    """
    for call, is_newest in _candidates(posting):
        now = datetime.now(UTC)
        # An older call must not get what beside this posting waits for a newer one.
        attachment = calls.attach(
            call, [posting], cause=Cause.POSTING, at=now, with_companions=is_newest
        )
        _log_companions(posting, attachment)
        if posting in attachment.applied:
            return status_for(posting, attachment.call, settings.longest_call)
        if posting in attachment.left_out:
            raise CallFull(CALL_FULL)
        if posting in attachment.gone:
            return _decided_elsewhere(posting, CallFull(CALL_FULL))
        if posting.call_uuid and attachment.call.is_past_cutoff(posting, settings.longest_call):
            if not calls.refuse(posting, call, at=now):
                return _decided_elsewhere(posting, CallPastCutoff(PAST_CUTOFF))
            raise CallPastCutoff(PAST_CUTOFF)
    return Status.STORED


def _candidates(posting: Posting) -> Iterator[tuple[Call, bool]]:
    """The calls that the posting may go on, newest first, and whether no call is newer.

    It is the one that the posting names, or those of its caller's that it belongs to.
    """
    if posting.call_uuid:
        if named := calls.get(posting.call_uuid):
            yield named, True
        return
    latest = calls.latest(posting.caller_number or "")
    for listed in latest:
        is_candidate = belongs(posting, listed, settings.longest_call)
        if is_candidate and (call := calls.get(listed.call_uuid)):
            yield call, listed == latest[0]


def _decided_elsewhere(posting: Posting, otherwise: Refusal) -> Status:
    """What to answer when an event's handling came between our storing and our applying.

    Raises `otherwise`, if that was not to apply the posting.
    """
    call_uuid = log.applied_to(posting)
    call = calls.get(call_uuid) if call_uuid else None
    if call is None:
        _log_answer(posting, STATUS_CODES[type(otherwise)])
        raise otherwise
    status = status_for(posting, call, settings.longest_call)
    _log_answer(posting, 200, status)
    return status


def _log_companions(posting: Posting, attachment: Attachment) -> None:
    companions = [p.posting_id for p in attachment.applied if p != posting]
    if companions:
        logger.info("postings taken along", outcome="taken_along", applied=companions)


def _log_answer(posting: Posting, status_code: int, status: Status | None = None) -> None:
    try:
        with time_limits.overtime(time_limits.LOG_ROW_SECONDS):
            log.put_answer(posting, status_code, status)
    except dynamodb.FAILURES as error:
        logger.error("answer not logged", **observability.describe(error))


def _log_refusal(request: Request, key: PostbackKey, refusal: Refusal) -> None:
    """Write the refused posting's row. That it fails changes nothing about the refusal."""
    try:
        with time_limits.overtime(time_limits.LOG_ROW_SECONDS):
            log.put_refused(
                RefusedPosting(
                    posting_id=request.posting_id,
                    key_id=key.key_id,
                    publisher_id=key.publisher_id,
                    status_code=STATUS_CODES[type(refusal)],
                    problems=refusal.problems,
                    parameters=request.parameters,
                    caller_number=request.caller_number(key),
                )
            )
    except dynamodb.FAILURES as error:
        logger.error("refused posting not logged", **observability.describe(error))


def _success(posting: Posting, status: Status) -> dict[str, Any]:
    target = (
        {"call_uuid": posting.call_uuid}
        if posting.call_uuid
        else {"caller_number": posting.caller_number}
    )
    return http.answer(200, {"tag_values": posting.tags} | target | {"status": status})


def _refuse(event: Mapping[str, Any], refusal: Refusal) -> dict[str, Any]:
    status_code = STATUS_CODES[type(refusal)]
    logger.info(
        "posting refused",
        outcome="refused",
        status_code=status_code,
        reason=type(refusal).__name__,
        params=observability.tag_names({p.param for p in refusal.problems if p.param}),
    )
    counts.emit(
        {metrics.POSTINGS: [1]},
        outcome=metrics.PostingOutcome.REFUSED,
        reason=type(refusal).__name__,
    )
    return _error(event, status_code, refusal.problems, _headers(event, refusal))


def _headers(event: Mapping[str, Any], refusal: Refusal) -> dict[str, str]:
    """What a refusal tells programs besides its status code."""
    match refusal:
        case MethodNotAllowed():
            is_document = event["rawPath"] == openapi.PATH or requests.asks_for_instructions(event)
            return {"Allow": ", ".join(openapi.METHODS if is_document else requests.METHODS)}
        case TooManyUnknownKeys():
            return {"Retry-After": str(CACHE_SECONDS)}
    return {}


def _unavailable(event: Mapping[str, Any]) -> dict[str, Any]:
    message = "the tags could not be stored, and nothing was promised; send the posting again"
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return _error(event, UNAVAILABLE, [Problem(None, message)], headers)


def _error(
    event: Mapping[str, Any],
    status_code: int,
    problems: Iterable[Problem],
    headers: Mapping[str, str],
) -> dict[str, Any]:
    body = http.error_body(problems, event["requestContext"]["requestId"])
    return http.answer(status_code, body, headers)
