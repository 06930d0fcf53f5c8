"""The publishers' API: routes postings, posting instructions and the contract, and responds."""

import os
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from functions.data_writing import openapi
from functions.data_writing import request as requests
from functions.data_writing.brake import Brake
from functions.data_writing.posting import STATUS_CODES, PostingProcessor
from functions.data_writing.request import METHODS, Resource
from shared.domain.errors import (
    MethodNotAllowed,
    Refusal,
    TooManyPostings,
    TooManyUnknownKeys,
    UnknownPath,
)
from shared.domain.postings import Posting, Status, accepted_body, posting_id
from shared.runtime import http, metrics, observability, time_limits
from shared.runtime.http import Event, Response
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
    brake=Brake(time.time),
    calls=CallStore(_client, settings.call_data_table, _log, settings.longest_call),
    log=_log,
    logger=logger,
    longest_call=settings.longest_call,
)


def lambda_handler(event: dict[str, Any], context: object) -> Response:
    if http.method(event) == "OPTIONS":
        return http.preflight_response(event, METHODS, with_credentials=True)
    logger.clear_state()
    response = _postings.run(event, _respond)
    if _may_be_pixel(event):
        # Imported here to keep cold starts short: pixels are rare.
        from functions.data_writing import pixel  # noqa: PLC0415

        response = pixel.respond(event, response)
    # No cookie and no other credential of the browser is read, so any origin may send them.
    return http.allow_origin(event, response, with_credentials=True)


def _may_be_pixel(event: Event) -> bool:
    if event["rawPath"].endswith(".gif"):
        return True
    is_image = event.get("headers", {}).get("sec-fetch-dest") == "image"
    return is_image and http.method(event) == "GET"


def _respond(event: Event) -> Response:
    route = requests.route(event)
    match route.resource:
        case Resource.INSTRUCTIONS:
            return _instructions.run(event, partial(_instruct, key=route.key or ""))
        case Resource.CONTRACT:
            return _describe(http.method(event))
    with time_limits.limit(time_limits.POSTING_SECONDS):
        return _accept(*processor.process(requests.read(event, route.key)))


def _accept(posting: Posting, status: Status) -> Response:
    outcome: dict[str, Any] = {"outcome": status.value, "status_code": 200}
    if posting.warnings:
        outcome["warnings"] = sorted({warning.kind for warning in posting.warnings})
    logger.info("posting accepted", **outcome)
    applied = [] if status is Status.STORED else [len(posting.tags)]
    counts.emit(
        {metrics.POSTINGS: [1], metrics.TAGS_APPLIED: applied},
        outcome=metrics.PostingOutcome[status.name],
    )
    body = accepted_body(
        posting.tags,
        status,
        call_uuid=posting.call_uuid,
        caller_number=posting.caller_number,
        warnings=[(w.param, w.message) for w in posting.warnings],
    )
    return http.response(200, body)


def _instruct(event: Event, key: str) -> Response:
    # Imported here to keep the postings' cold start short.
    from functions.data_writing import instructions  # noqa: PLC0415

    with time_limits.limit(time_limits.POSTING_SECONDS):
        rendered = instructions.read(
            event, key, processor.keys, _key_store.publisher, settings.posting_url
        )
    logger.info("instructions sent", status_code=200)
    return {
        "statusCode": 200,
        "headers": {"Content-Type": rendered.content_type, **rendered.headers},
        "body": rendered.text,
    }


def _describe(method: str) -> Response:
    if method not in openapi.METHODS:
        raise requests.method_not_allowed(method, f"send {' or '.join(openapi.METHODS)}")
    return openapi.response()


def _count(event: Event, refusal: Refusal | None) -> None:
    if refusal is None:
        counts.emit({metrics.POSTINGS: [1]}, outcome=metrics.PostingOutcome.FAILED)
        return
    counts.emit(
        {metrics.POSTINGS: [1]},
        outcome=metrics.PostingOutcome.REFUSED,
        reason=type(refusal).__name__,
    )


def _error_id(event: Event, refusal: Refusal | None) -> str:
    """Return the posting's ID, by which the log and the log lines show it, if there is one."""
    request_id = http.request_id(event)
    if isinstance(refusal, UnknownPath | MethodNotAllowed):
        return request_id
    return posting_id(event["requestContext"]["timeEpoch"], request_id)


def _count_nothing(event: Event, refusal: Refusal | None) -> None:
    """Instructions are not postings."""


def _headers(event: Event, refusal: Refusal) -> Mapping[str, str]:
    match refusal:
        case MethodNotAllowed():
            is_document = requests.route(event).resource in (
                Resource.CONTRACT,
                Resource.INSTRUCTIONS,
            )
            return {"Allow": ", ".join(openapi.METHODS if is_document else METHODS)}
        case TooManyPostings(retry_after=seconds):
            return {"Retry-After": str(seconds)}
        case TooManyUnknownKeys():
            return {"Retry-After": settings.key_cache_seconds}
    return {}


_postings = http.Edge(
    "posting",
    logger=logger,
    status_codes=STATUS_CODES,
    count=_count,
    headers=_headers,
    unavailable="the tags may not be stored; send the posting again",
    retry_after_seconds=RETRY_AFTER_SECONDS,
    error_id=_error_id,
)
_instructions = http.Edge(
    "instructions",
    logger=logger,
    status_codes=STATUS_CODES,
    count=_count_nothing,
    headers=_headers,
    unavailable="the instructions could not be loaded; try again",
    retry_after_seconds=RETRY_AFTER_SECONDS,
)
