"""The operator API, for requests whose IAM signature the gateway has verified: its application and
its error responses. The routes are in the modules included below."""

import json
import re
from functools import partial
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)

from functions.operator_api import (
    access,
    activity,
    audit,
    callers,
    current,
    history,
    people,
    platform_keys,
    postbacks,
    publishers,
    viewing,
)
from functions.operator_api.stores import settings
from shared.domain import validation
from shared.domain.errors import (
    Conflict,
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Problem,
    Refusal,
    RoleTooLow,
    TooManyLookUps,
    UnsupportedBody,
)
from shared.runtime import http, observability
from shared.runtime.requester import Requester

CONTRACT = Path(__file__).parents[2] / "contract" / "operator.openapi.json"
"""The OpenAPI document of this API, which ships with the code."""

_CONTRACT_PATH = "/operator-openapi.json"
_NOT_JSON = UnsupportedBody(
    Problem(None, "the body must be JSON; send it with Content-Type application/json")
)

logger = observability.make_logger("operator_api")
app = APIGatewayHttpResolver(
    enable_validation=True,
    # UTF-8: an escaped letter takes up to 6 bytes, and Lambda limits a response to 6 MB.
    serializer=partial(json.dumps, ensure_ascii=False, separators=(",", ":")),
)
app.include_router(publishers.router)
app.include_router(postbacks.router)
app.include_router(platform_keys.router)
app.include_router(activity.router)
app.include_router(callers.router)
app.include_router(people.router)
app.include_router(history.router)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    event = event | {"rawPath": _own_path(event)}
    requester = Requester.of(event, settings.console_role)
    current.begin(requester)
    response = _refusal(event, requester) or app.resolve(event, context)
    audited = audit.line(event, event["rawPath"], response, requester, current.noted())
    if audited:
        logger.info(audit.MESSAGE, **audited)
    if current.is_viewer() and _is_masked_here(event, response):
        response = response | {"body": viewing.mask_json(response["body"])}
    return response | {"headers": response["headers"] | http.HEADERS}


def _refusal(event: dict[str, Any], requester: Requester) -> dict[str, Any] | None:
    """Return the response to a request that the person's role does not allow."""
    try:
        access.check(http.method(event), event["rawPath"], requester)
    except RoleTooLow as refusal:
        return http.response(403, _denied(refusal, http.request_id(event)))
    return None


def _is_masked_here(event: dict[str, Any], response: dict[str, Any]) -> bool:
    """Whether a response is JSON about data. Routes mask other formats themselves."""
    content_type = str(response["headers"].get("Content-Type", ""))
    is_contract = event["rawPath"] == _CONTRACT_PATH
    return (
        bool(response.get("body"))
        and content_type.startswith("application/json")
        and (not is_contract)
    )


def _own_path(event: dict[str, Any]) -> str:
    """Return the path without the prefix that a custom domain may map before it."""
    path: str = event["rawPath"]
    first = http.route_path(event).split("{")[0].strip("/")
    begins = re.search(rf"/{re.escape(first)}(?=/|$)", path) if first else None
    return path[begins.start() :] if begins else path


@app.get(_CONTRACT_PATH)
def read_contract() -> Response[Any]:
    return Response(200, content_types.APPLICATION_JSON, CONTRACT.read_text("utf-8"))


@app.exception_handler(NotFound)
def _not_found(refusal: NotFound) -> Response[Any]:
    return _error(404, refusal)


@app.exception_handler(RoleTooLow)
def _role_too_low(refusal: RoleTooLow) -> Response[Any]:
    return _denial(403, refusal)


@app.exception_handler(Conflict)
def _conflict(refusal: Conflict) -> Response[Any]:
    return _error(409, refusal)


@app.exception_handler(TooManyLookUps)
def _too_many_look_ups(refusal: TooManyLookUps) -> Response[Any]:
    response = _denial(429, refusal)
    response.headers["Retry-After"] = str(refusal.retry_after)
    return response


@app.exception_handler(InvalidInput)
def _invalid_input(refusal: InvalidInput) -> Response[Any]:
    return _error(422, refusal)


@app.exception_handler(RequestValidationError)
def _validation_error(error: RequestValidationError) -> Response[Any]:
    if "form" in app.current_event.headers.get("content-type", ""):
        # Powertools parses forms too, into lists of values, which no model here accepts.
        return _error(415, _NOT_JSON)
    return _error(422, InvalidInput(*(_problem(e) for e in error.errors())))


@app.exception_handler(RequestUnsupportedContentType)
def _unsupported_body(_: RequestUnsupportedContentType) -> Response[Any]:
    return _error(415, _NOT_JSON)


@app.exception_handler([ValueError, RecursionError])
def _unreadable_body(error: Exception) -> Response[Any]:
    """Powertools does not catch these errors, of a body that is not UTF-8 or too deeply nested."""
    logger.warning("request body not parsed", outcome="refused", **observability.describe(error))
    return _error(
        422, InvalidInput(Problem(None, "the body cannot be parsed; send one JSON object in UTF-8"))
    )


@app.not_found
def _unknown_route(error: NotFoundError) -> Response[Any]:
    sent = app.current_event.http_method
    allowed = _methods_at(app.current_event.path)
    if not allowed or sent in allowed:
        return _error(
            404, NotFound(Problem(None, "unknown path; see /operator-openapi.json for all paths"))
        )
    methods = ", ".join(allowed)
    refusal = MethodNotAllowed(Problem(None, f"{sent} is not allowed here; send {methods}"))
    response = _error(405, refusal)
    response.headers["Allow"] = methods
    return response


def _methods_at(path: str) -> list[str]:
    """Return the methods that the OpenAPI document has for the path."""
    paths = json.loads(CONTRACT.read_text("utf-8"))["paths"]
    return sorted(
        method.upper()
        for template, operations in paths.items()
        if re.fullmatch(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template)), path)
        for method in operations
    )


@app.exception_handler(Exception)
def _failure(error: Exception) -> Response[Any]:
    logger.error("request failed", outcome="failed", **observability.describe(error))
    return _error(
        500,
        Refusal(Problem(None, "internal error; try again later")),
    )


def _problem(error: dict[str, Any]) -> Problem:
    # Numbers in the location are positions in the JSON text or in a list.
    where = [p for p in error["loc"] if isinstance(p, str) and p not in ("body", "query", "path")]
    message = validation.message(error)
    return Problem(".".join(where), message) if where else Problem(None, f"the body {message}")


def _error(status_code: int, refusal: Refusal) -> Response[Any]:
    body = http.error_body(refusal.problems, app.current_event.request_context.request_id)
    return Response(status_code, content_types.APPLICATION_JSON, body)


def _denial(status_code: int, refusal: Refusal) -> Response[Any]:
    body = _denied(refusal, app.current_event.request_context.request_id)
    return Response(status_code, content_types.APPLICATION_JSON, body)


def _denied(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """Make the body of a 403 or 429, which also has the member of API Gateway's own."""
    return http.error_body(refusal.problems, request_id) | {"message": refusal.problems[0].message}
