"""Sends a request of the campaign platform's on by its route, once its key is known; and answers.

Recording a call and putting on it what waits is the same as for call events, by the same store.
"""

import os
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from functions.platform_api import call_report
from functions.platform_api import request as requests
from functions.platform_api.callers import describe
from functions.platform_api.request import METHODS, Resource
from shared.domain import call_details, caller_numbers, platform_events
from shared.domain.calls import Call, CallEventType
from shared.domain.errors import (
    BodyTooLarge,
    CallForgotten,
    InvalidCallerNumber,
    InvalidInput,
    KeyPaused,
    MethodNotAllowed,
    NotFound,
    Problem,
    Refusal,
    TooManyUnknownKeys,
    UnknownKey,
    UnknownPath,
    UnreadableBody,
    UnsupportedBody,
)
from shared.domain.platform_keys import PlatformKey
from shared.runtime import http, metrics, observability, time_limits
from shared.runtime.settings import PlatformApiSettings
from shared.stores import dynamodb
from shared.stores.calls import CallStore
from shared.stores.key_cache import KeyCache
from shared.stores.log import LogStore
from shared.stores.platform_keys import PlatformKeyStore

STATUS_CODES: Mapping[type[Refusal], int] = {
    UnreadableBody: 400,
    UnknownKey: 401,
    KeyPaused: 403,
    NotFound: 404,
    CallForgotten: 410,
    UnknownPath: 404,
    MethodNotAllowed: 405,
    BodyTooLarge: 413,
    UnsupportedBody: 415,
    InvalidInput: 422,
    TooManyUnknownKeys: 429,
}
UNAVAILABLE = 503
UNAVAILABLE_MESSAGE = "not all of this could be done in time; send it again, which does no harm"
RETRY_AFTER_SECONDS = 1

UNKNOWN = Problem(
    requests.AUTHORIZATION,
    "has a platform key that is not known; it may have been deleted, or belong to another service",
)
PAUSED = Problem(requests.AUTHORIZATION, "has a platform key that is paused; ask an operator")
_CHALLENGE = 'Basic realm="platform", charset="UTF-8"'

settings = PlatformApiSettings.load(os.environ)
logger = observability.make_logger("platform_api")
counts = observability.Metrics("platform_api")
_client = dynamodb.make_client(time_limits.ROUTING_CLIENT)
calls = CallStore(
    _client,
    settings.call_data_table,
    LogStore(_client, settings.postback_log_table),
    settings.longest_call,
)
keys = KeyCache(
    PlatformKeyStore(_client, settings.postback_keys_table).find,
    time.time,
    float(settings.key_cache_seconds),
)


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    logger.clear_state()
    try:
        with time_limits.limit(time_limits.ROUTING_SECONDS):
            return http.response(200, _answer(event))
    except tuple(STATUS_CODES) as refusal:
        return _refuse(event, refusal)
    except Exception as error:  # noqa: BLE001
        # Whatever it was: the platform's best course is to send it again, which does no harm.
        return _fail(event, error)


def _answer(event: Mapping[str, Any]) -> dict[str, Any]:
    key = _authenticate(event)
    logger.append_keys(platform_key_id=key.platform_key_id)
    resource = requests.route(event)
    now = datetime.now(UTC)
    in_path = requests.in_path(event, resource) if resource is not Resource.CALLS else None
    if resource is Resource.CALLER:
        return describe(calls, _number(in_path or ""), now, settings.longest_call)
    if http.method(event) == "GET":
        return _detail(_known(in_path or ""), now)
    members = requests.members(event)
    call = call_report.read(members, in_path, default_region=settings.default_region, now=now)
    return _report(call, now)


def _authenticate(event: Mapping[str, Any]) -> PlatformKey:
    key = keys.find(requests.credential(event), http.sender(event))
    if key is None:
        raise UnknownKey(UNKNOWN)
    if key.paused:
        raise KeyPaused(PAUSED)
    return key


def _report(call: Call, now: datetime) -> dict[str, Any]:
    """Record the call, put on it all that waits for it, and tell all that is known of it then."""
    event = CallEventType.ENDED if call.ended_at else CallEventType.STARTED
    logger.append_keys(
        call_uuid=observability.shown_id(call.call_uuid),
        caller_number=caller_numbers.mask(call.caller_number or ""),
    )
    result = calls.report(call, at=now, event=event)
    logger.info(
        "call handled",
        outcome=event.value,
        applied=[posting.posting_id for posting in result.applied],
        left_out=[posting.posting_id for posting in result.refused],
        version=result.call.version,
    )
    values = observability.report_values(result.applied, result.refused, now)
    counts.emit(values, outcome=metrics.EventOutcome.HANDLED)
    return _detail(result.call, now)


def _known(call_uuid: str) -> Call:
    try:
        canonical = call_details.parse_call_id(call_uuid)
    except ValueError as error:
        raise InvalidInput(Problem(call_report.CALL_UUID, str(error))) from error
    call = calls.get(canonical)
    if call is None:
        raise NotFound(Problem(call_report.CALL_UUID, "nothing was told of this call yet"))
    if call.forgotten_at:
        raise CallForgotten(
            Problem(
                call_report.CALL_UUID,
                "its caller was forgotten; what you know of the call must go too",
            )
        )
    return call


def _number(text: str) -> str:
    try:
        return caller_numbers.normalize(text, settings.default_region)
    except InvalidCallerNumber as error:
        raise InvalidInput(Problem(call_report.CALLER_NUMBER, str(error))) from error


def _detail(call: Call, now: datetime) -> dict[str, Any]:
    return platform_events.detail(call, now, settings.longest_call)


def _refuse(event: Mapping[str, Any], refusal: Refusal) -> dict[str, Any]:
    status_code = STATUS_CODES[type(refusal)]
    logger.info(
        "platform request refused",
        outcome="refused",
        status_code=status_code,
        reason=type(refusal).__name__,
        params=observability.tag_names({p.param for p in refusal.problems if p.param}),
    )
    counts.emit({metrics.CALL_EVENTS: [1]}, outcome=metrics.EventOutcome.MALFORMED)
    return _error(event, status_code, refusal.problems, _headers(event, refusal))


def _headers(event: Mapping[str, Any], refusal: Refusal) -> dict[str, str]:
    match refusal:
        case UnknownKey():
            return {"WWW-Authenticate": _CHALLENGE}
        case MethodNotAllowed():
            return {"Allow": ", ".join(METHODS[Resource(http.route_path(event))])}
        case TooManyUnknownKeys():
            return {"Retry-After": settings.key_cache_seconds}
    return {}


def _fail(event: Mapping[str, Any], error: Exception) -> dict[str, Any]:
    logger.error(
        "platform request failed",
        outcome="failed",
        status_code=UNAVAILABLE,
        **observability.describe(error),
    )
    counts.emit({metrics.CALL_EVENTS: [1]}, outcome=metrics.EventOutcome.FAILED)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return _error(event, UNAVAILABLE, [Problem(None, UNAVAILABLE_MESSAGE)], headers)


def _error(
    event: Mapping[str, Any],
    status_code: int,
    problems: Iterable[Problem],
    headers: Mapping[str, str],
) -> dict[str, Any]:
    return http.response(status_code, http.error_body(problems, http.request_id(event)), headers)
