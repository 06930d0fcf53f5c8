"""Sends a request on by its route: a posting, a key's instructions, the contract; and answers."""

import os
import time
from collections.abc import Iterable, Mapping
from typing import Any

from functions.data_writing import openapi
from functions.data_writing import request as requests
from functions.data_writing.posting import STATUS_CODES, UNAVAILABLE, PostingProcessor
from functions.data_writing.request import Resource
from shared.domain.errors import MethodNotAllowed, Problem, Refusal, TooManyUnknownKeys
from shared.domain.postings import Posting, Status
from shared.runtime import http, metrics, observability, time_limits
from shared.runtime.settings import DataWritingSettings
from shared.stores import dynamodb
from shared.stores.calls import CallStore
from shared.stores.key_cache import KeyCache
from shared.stores.keys import KeyStore
from shared.stores.log import LogStore

RETRY_AFTER_SECONDS = 5

settings = DataWritingSettings.load(os.environ)
logger = observability.make_logger("data_writing")
counts = observability.Metrics("data_writing")
_client = dynamodb.make_client()
_log = LogStore(_client, settings.postback_log_table)
_key_store = KeyStore(_client, settings.postback_keys_table)
processor = PostingProcessor(
    keys=KeyCache(_key_store.find, time.time, float(settings.key_cache_seconds)),
    calls=CallStore(_client, settings.call_data_table, _log, settings.longest_call),
    log=_log,
    logger=logger,
    longest_call=settings.longest_call,
)


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    if http.method(event) == "OPTIONS":
        # The gateway puts its CORS headers on this answer of ours to a preflight request.
        return {"statusCode": 204}
    logger.clear_state()
    try:
        route = requests.route(event)
        match route.resource:
            case Resource.INSTRUCTIONS:
                return _instruct(event, route.key or "")
            case Resource.CONTRACT:
                return _describe(http.method(event))
        with time_limits.limit(time_limits.POSTING_SECONDS):
            return _succeed(*processor.process(requests.read(event, route.key)))
    except Refusal as refusal:
        return _refuse(event, refusal)
    except Exception as error:  # noqa: BLE001
        # Whatever it was, nothing was promised: the publisher's best course is to send it again.
        return _fail(event, error)


def _describe(method: str) -> dict[str, Any]:
    if method not in openapi.METHODS:
        raise requests.method_not_allowed(method, f"send {' or '.join(openapi.METHODS)}")
    return openapi.answer()


def _instruct(event: Mapping[str, Any], key: str) -> dict[str, Any]:
    # Imported when somebody asks: no posting is to wait for it.
    from functions.data_writing import instructions  # noqa: PLC0415

    try:
        with time_limits.limit(time_limits.POSTING_SECONDS):
            page = instructions.read(
                event, key, processor.keys, _key_store.publisher, settings.posting_url
            )
    except tuple(STATUS_CODES) as refusal:
        # Not what says that the key's publisher is not there: that is our failure.
        status_code = STATUS_CODES[type(refusal)]
        reason = type(refusal).__name__
        logger.info("instructions refused", status_code=status_code, reason=reason)
        return _error(event, status_code, refusal.problems, _headers(event, refusal))
    except Exception as error:  # noqa: BLE001
        logger.error("instructions failed", **observability.describe(error))
        return _unavailable(event, "the instructions could not be read; ask for them again")
    logger.info("instructions sent", status_code=200)
    return {
        "statusCode": 200,
        "headers": {"Content-Type": page.content_type, **page.headers},
        "body": page.text,
    }


def _succeed(posting: Posting, status: Status) -> dict[str, Any]:
    told: dict[str, Any] = {"outcome": status.value, "status_code": 200}
    if posting.warnings:
        told["warnings"] = sorted({warning.kind for warning in posting.warnings})
    logger.info("posting accepted", **told)
    applied = [] if status is Status.STORED else [len(posting.tags)]
    counts.emit(
        {metrics.POSTINGS: [1], metrics.TAGS_APPLIED: applied},
        outcome=metrics.PostingOutcome[status.name],
    )
    target = (
        {"call_uuid": posting.call_uuid}
        if posting.call_uuid
        else {"caller_number": posting.caller_number}
    )
    body: dict[str, Any] = {"tag_values": posting.tags} | target | {"status": status}
    if posting.warnings:
        body["warnings"] = [{"param": w.param, "message": w.message} for w in posting.warnings]
    return http.response(200, body)


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


def _fail(event: Mapping[str, Any], error: Exception) -> dict[str, Any]:
    logger.error(
        "posting failed",
        outcome="failed",
        status_code=UNAVAILABLE,
        **observability.describe(error),
    )
    counts.emit({metrics.POSTINGS: [1]}, outcome=metrics.PostingOutcome.FAILED)
    return _unavailable(
        event, "the tags could not be stored, and nothing was promised; send the posting again"
    )


def _headers(event: Mapping[str, Any], refusal: Refusal) -> dict[str, str]:
    """What a refusal tells programs besides its status code."""
    match refusal:
        case MethodNotAllowed():
            is_document = requests.route(event).resource in (
                Resource.CONTRACT,
                Resource.INSTRUCTIONS,
            )
            return {"Allow": ", ".join(openapi.METHODS if is_document else requests.METHODS)}
        case TooManyUnknownKeys():
            return {"Retry-After": settings.key_cache_seconds}
    return {}


def _unavailable(event: Mapping[str, Any], message: str) -> dict[str, Any]:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return _error(event, UNAVAILABLE, [Problem(None, message)], headers)


def _error(
    event: Mapping[str, Any],
    status_code: int,
    problems: Iterable[Problem],
    headers: Mapping[str, str],
) -> dict[str, Any]:
    return http.response(status_code, http.error_body(problems, http.request_id(event)), headers)
