"""The platform API: routes a request of the campaign platform once its key is known.

A call is reported, and its pending postings applied, by the same store as for call events.
"""

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from functions.platform_api import bodies, call_report, plain_report
from functions.platform_api import request as requests
from functions.platform_api.callers import describe
from functions.platform_api.key_use import KeyUse
from functions.platform_api.report_only import unreadable
from functions.platform_api.request import METHODS, Resource
from shared.domain import (
    call_details,
    caller_numbers,
    e164,
    platform_events,
    reported_times,
    timestamps,
)
from shared.domain.call_reports import Ignored
from shared.domain.calls import Call, CallEventType
from shared.domain.errors import (
    BodyTooLarge,
    CallForgotten,
    InvalidInput,
    KeyExpired,
    KeyPaused,
    MethodNotAllowed,
    MissingScope,
    NotFound,
    Problem,
    Refusal,
    TooManyUnknownKeys,
    UnknownKey,
    UnknownPath,
    UnreadableBody,
    UnsupportedBody,
)
from shared.domain.platform_keys import PlatformKey, Scope
from shared.domain.reported_calls import ReportedCall
from shared.runtime import http, metrics, observability, time_limits
from shared.runtime.http import Event, Response
from shared.runtime.settings import PlatformApiSettings
from shared.stores import dynamodb
from shared.stores.apply_results import AppliedInPart, ApplyResult
from shared.stores.calls import CallStore
from shared.stores.key_cache import KeyCache
from shared.stores.log import LogStore
from shared.stores.platform_keys import PlatformKeyStore

if TYPE_CHECKING:
    from shared.domain.legs import IgnoredReport

STATUS_CODES: Mapping[type[Refusal], int] = {
    UnreadableBody: 400,
    UnknownKey: 401,
    KeyPaused: 403,
    KeyExpired: 403,
    MissingScope: 403,
    NotFound: 404,
    CallForgotten: 410,
    UnknownPath: 404,
    MethodNotAllowed: 405,
    BodyTooLarge: 413,
    UnsupportedBody: 415,
    InvalidInput: 422,
    TooManyUnknownKeys: 429,
}
UNAVAILABLE_MESSAGE = "the request timed out; retry it, because repeating a report does no harm"
RETRY_AFTER_SECONDS = 1

OTHER_CALLER = Problem(
    plain_report.CALLER_NUMBER, "differs from the call's caller, who was known before and stays"
)
ENDS_EARLY = Problem(plain_report.ENDED_AT, reported_times.ENDS_BEFORE_KNOWN_START)
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
_key_store = PlatformKeyStore(_client, settings.postback_keys_table)
keys = KeyCache(
    _key_store.find,
    time.time,
    float(settings.key_cache_seconds),
)
key_use = KeyUse(_key_store, logger)


def lambda_handler(event: dict[str, Any], context: object) -> Response:
    if http.method(event) == "OPTIONS":
        return http.preflight_response(event, ("GET", "POST", "PUT"))
    logger.clear_state()
    with time_limits.limit(time_limits.ROUTING_SECONDS):
        response = _edge.run(event, _respond)
    # Without credentials: browsers keep those of Basic authentication, which opens this API.
    return http.allow_origin(event, response)


def _respond(event: Event) -> Response:
    now = datetime.now(UTC)
    key, param = _authenticate(event, now)
    logger.append_keys(platform_key_id=key.platform_key_id)
    return key_use.beside(lambda: _handle(event, key, param, now), key, now)


def _handle(event: Event, key: PlatformKey, param: str, now: datetime) -> Response:
    resource, value = requests.route(event)
    if resource is Resource.CALLER:
        requests.require(Scope.READ, key, param)
        numbers = caller_numbers.look_up(value, settings.default_region)
        found = describe(calls, numbers, now, settings.longest_call)
        rows = {name: len(found[name]) for name in ("tags", "calls")}
        masked = e164.mask(found["caller_number"])
        _audit(event, "GET /platform/callers/{caller_number}", caller_number=masked, **rows)
        return http.response(200, found)
    if resource is Resource.CALL and http.method(event) == "GET":
        requests.require(Scope.READ, key, param)
        call = _known_call(value)
        _audit(
            event,
            "GET /platform/calls/{call_uuid}",
            call_uuid=observability.shown_id(call.call_uuid),
            tags=len(call.tags),
        )
        return http.response(200, _detail(call, now))
    requests.require(Scope.REPORT, key, param)
    is_callback = resource is Resource.CALLBACK
    warnings: list[Problem] = []
    in_query = requests.in_query(event, warnings) if is_callback else {}
    reported = call_report.read(
        bodies.read(event, warnings),
        None if is_callback else value or None,
        in_query=in_query,
        default_region=settings.default_region,
        arrived_at=now,
        reported_by=key.platform_key_id,
    )
    if isinstance(reported, Ignored):
        return _ignore(reported.reason, reported.call_uuid)
    return _report(reported, [*dict.fromkeys((*warnings, *reported.warnings))], key, now)


def _audit(event: Event, action: str, **read: Any) -> None:
    """Log who read what. Each line has the platform key's ID; the log keeps it for 400 days."""
    logger.info("audit", action=action, source_ip=http.sender(event), status_code=200, **read)


def _authenticate(event: Event, now: datetime) -> tuple[PlatformKey, str]:
    """Return the key, and the parameter that has it.

    Raises UnknownKey, KeyPaused, KeyExpired or TooManyUnknownKeys.
    """
    credential, param = requests.credential(event)
    key = keys.find(credential, http.sender(event), param)
    if key is None:
        raise UnknownKey(Problem(param, requests.UNKNOWN))
    if key.paused:
        raise KeyPaused(Problem(param, requests.PAUSED))
    if key.expires_at and key.has_expired(now):
        expired_at = timestamps.to_text(key.expires_at)
        raise KeyExpired(Problem(param, requests.EXPIRED.format(expired_at)))
    return key, param


def _report(
    reported: ReportedCall, warnings: list[Problem], key: PlatformKey, now: datetime
) -> Response:
    """Record the call, apply its pending postings, and respond with all that the key may read."""
    call = reported.call
    logger.append_keys(
        call_uuid=observability.shown_id(call.call_uuid),
        caller_number=e164.mask(call.caller_number or ""),
    )
    event = CallEventType.ENDED if call.ended_at else CallEventType.STARTED
    result, incomplete = _store(reported, event, now)
    if not isinstance(result, ApplyResult):
        return _ignore(result.reason, result.call_uuid)
    if result.has_other_caller:
        warnings = [*warnings, OTHER_CALLER]
    if result.ends_early:
        warnings = [*warnings, ENDS_EARLY]
    warnings = [*warnings, *incomplete]
    logger.info(
        "call report handled",
        outcome=event.value,
        applied=[posting.posting_id for posting in result.applied],
        left_out=[posting.posting_id for posting in result.refused],
        version=result.call.version,
        **_warned(warnings),
    )
    values = observability.report_values(result.applied, result.refused, now)
    counts.emit(values, outcome=metrics.EventOutcome.HANDLED)
    detail = _detail(result.call, now)
    if Scope.READ not in key.scopes:
        detail |= unreadable(detail, call)
    elif incomplete:
        detail["tags_incomplete"] = True
    if warnings:
        detail["warnings"] = [{"param": each.param, "message": each.message} for each in warnings]
    return http.response(200, detail)


def _store(
    reported: ReportedCall, event: CallEventType, now: datetime
) -> "tuple[ApplyResult | IgnoredReport, Sequence[Problem]]":
    """Return the result, and a warning if there was no time to apply all pending postings."""
    call = reported.call
    if reported.parent_call_uuid:
        parent, moved = reported.parent_call_uuid, reported.moved_leg
        return calls.report_leg(call.call_uuid, parent, at=now, moved_leg=moved), ()
    try:
        return calls.report(call, at=now, event=event, leg=reported.leg), ()
    except AppliedInPart as error:
        from functions.platform_api.handover import hand_over  # noqa: PLC0415

        return error.result, [hand_over(call.call_uuid, event, settings.call_events_queue_url)]


def _warned(warnings: list[Problem]) -> dict[str, Any]:
    params = {each.param or "body" for each in warnings}
    return {"warned": observability.tag_names(params)} if params else {}


def _ignore(reason: str, call_uuid: object) -> Response:
    """Respond to a report that neither starts nor ends a call."""
    logger.info("call report ignored", outcome="ignored")
    shown = call_uuid if isinstance(call_uuid, str) else None
    return http.response(202, {"status": "ignored", "reason": reason, "call_uuid": shown})


def _known_call(call_uuid: str) -> Call:
    """Raises InvalidInput, NotFound or CallForgotten."""
    try:
        canonical = call_details.parse_call_id(call_uuid)
    except ValueError as error:
        raise InvalidInput(Problem(plain_report.CALL_UUID, str(error))) from error
    call = calls.get(canonical)
    if call is None:
        raise NotFound(
            Problem(plain_report.CALL_UUID, "unknown call; report the call, then read its tags")
        )
    if call.forgotten_at:
        raise CallForgotten(
            Problem(
                plain_report.CALL_UUID,
                "the call's caller was forgotten; delete your own data about the call",
            )
        )
    return call


def _detail(call: Call, now: datetime) -> dict[str, Any]:
    return platform_events.detail(call, now, settings.longest_call)


def _count_error(event: Event, refusal: Refusal | None) -> None:
    is_callback = http.route_path(event) == Resource.CALLBACK
    if refusal and http.method(event) == "GET" and not is_callback:
        # A refused read, such as of an unknown call, is not a malformed report.
        return
    outcome = metrics.EventOutcome.MALFORMED if refusal else metrics.EventOutcome.FAILED
    counts.emit({metrics.CALL_EVENTS: [1]}, outcome=outcome)


def _headers(event: Event, refusal: Refusal) -> Mapping[str, str]:
    match refusal:
        case UnknownKey():
            return {"WWW-Authenticate": _CHALLENGE}
        case MethodNotAllowed():
            return {"Allow": ", ".join(METHODS[requests.locate(event)[0]])}
        case TooManyUnknownKeys():
            return {"Retry-After": settings.key_cache_seconds}
    return {}


_edge = http.Edge(
    "platform request",
    logger=logger,
    status_codes=STATUS_CODES,
    count=_count_error,
    headers=_headers,
    unavailable=UNAVAILABLE_MESSAGE,
    retry_after_seconds=RETRY_AFTER_SECONDS,
)
