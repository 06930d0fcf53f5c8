"""The operator API, for requests that the gateway has found IAM-signed; publishers and keys here,
the log and calls in postbacks.py, what is counted in activity.py."""

import json
import re
import secrets
import uuid
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from functions.operator_api import activity, audit, callers, platform_keys, postbacks
from functions.operator_api.activity_schemas import (
    KeyList,
    ListedKeyAnswer,
    ListedPublisherAnswer,
    PublisherList,
)
from functions.operator_api.schemas import (
    DEFAULT_PAGE,
    MOST_NAMES,
    Cursor,
    KeyAnswer,
    KeyChangesBody,
    Limit,
    NamePart,
    NamesLimit,
    NewKeyBody,
    PublisherAnswer,
    PublisherBody,
    PublisherChangesBody,
    PublisherName,
    PublisherNames,
    RotationBody,
)
from functions.operator_api.stores import key_store, settings
from shared.domain import keys, timestamps, validation
from shared.domain.errors import (
    InvalidInput,
    MethodNotAllowed,
    NotFound,
    Problem,
    Refusal,
    UnsupportedBody,
)
from shared.domain.keys import PostbackKey, Publisher
from shared.instructions.formats import InstructionsFormat
from shared.runtime import http, observability

CONTRACT = Path(__file__).parents[2] / "contract" / "operator.openapi.json"
"""This API's description; it ships beside the code."""

_NOT_JSON = UnsupportedBody(Problem(None, "the body must be JSON; send it as application/json"))

logger = observability.make_logger("operator_api")
app = APIGatewayHttpResolver(
    enable_validation=True,
    # In UTF-8: escaped, a letter would be up to six bytes of the 6 MB that Lambda answers at most.
    serializer=partial(json.dumps, ensure_ascii=False, separators=(",", ":")),
)
app.include_router(postbacks.router)
app.include_router(platform_keys.router)
app.include_router(activity.router)
app.include_router(callers.router)


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    event = event | {"rawPath": _own_path(event)}
    answer = app.resolve(event, context)
    audited = audit.line(
        event, event["rawPath"], answer, http.asked_by(event, settings.console_role)
    )
    if audited:
        logger.info(audit.MESSAGE, **audited)
    return answer | {"headers": answer["headers"] | http.HEADERS}


def _own_path(event: dict[str, Any]) -> str:
    """The path from where the gateway's route begins, whatever a domain maps before it."""
    path: str = event["rawPath"]
    first = http.route_path(event).split("{")[0].strip("/")
    begins = re.search(rf"/{re.escape(first)}(?=/|$)", path) if first else None
    return path[begins.start() :] if begins else path


@app.post("/publishers", status_code=201)
def add_publisher(body: PublisherBody) -> PublisherAnswer:
    publisher = Publisher(
        publisher_id=keys.publisher_id(secrets.token_bytes(8)),
        name=body.name,
        note=body.note,
        created_at=_now(),
    )
    key_store.add_publisher(publisher)
    return PublisherAnswer.of(publisher)


@app.get("/publishers")
def list_publishers(
    limit: Annotated[Limit, Query()] = DEFAULT_PAGE, cursor: Cursor = None, name: NamePart = None
) -> PublisherList:
    if name:
        page = key_store.find_publishers(name, limit, cursor)
    else:
        page = key_store.list_publishers(limit, cursor)
    recent = activity.of_publishers(page.records)
    publishers = [
        ListedPublisherAnswer(**dict(PublisherAnswer.of(each)), activity=recent[each.publisher_id])
        for each in page.records
    ]
    return PublisherList(publishers=publishers, next_cursor=page.next_after)


@app.get("/publishers/names")
def list_names(
    limit: Annotated[NamesLimit, Query()] = MOST_NAMES, cursor: Cursor = None
) -> PublisherNames:
    page = key_store.list_publishers(limit, cursor)
    names = [PublisherName.model_validate(each) for each in page.records]
    return PublisherNames(publishers=names, next_cursor=page.next_after)


@app.get("/publishers/<publisher_id>")
def read_publisher(publisher_id: str) -> PublisherAnswer:
    return PublisherAnswer.of(key_store.publisher(publisher_id))


@app.patch("/publishers/<publisher_id>")
def change_publisher(publisher_id: str, body: PublisherChangesBody) -> PublisherAnswer:
    return PublisherAnswer.of(key_store.change_publisher(publisher_id, body.changes()))


@app.post("/publishers/<publisher_id>/postback-keys", status_code=201)
def add_key(publisher_id: str, body: NewKeyBody) -> KeyAnswer:
    credential = str(uuid.uuid4())
    key = PostbackKey(
        **dict(body),
        key=credential,
        key_id=keys.key_id(credential),
        publisher_id=key_store.publisher(publisher_id).publisher_id,
        paused=False,
        created_at=_now(),
    )
    key_store.add_key(key)
    return _answer(key)


@app.get("/publishers/<publisher_id>/postback-keys")
def list_keys(
    publisher_id: str, limit: Annotated[Limit, Query()] = DEFAULT_PAGE, cursor: Cursor = None
) -> KeyList:
    page = key_store.list_keys(key_store.publisher(publisher_id).publisher_id, limit, cursor)
    recent = activity.of_keys(page.records)
    keys_ = [
        ListedKeyAnswer(**dict(_answer(key)), activity=recent[key.key_id]) for key in page.records
    ]
    return KeyList(postback_keys=keys_, next_cursor=page.next_after)


@app.get("/postback-keys/<key_id>")
def read_key(key_id: str) -> KeyAnswer:
    return _answer(key_store.key(key_id))


@app.get("/postback-keys/<key_id>/instructions")
def read_instructions(
    key_id: str,
    answer_format: Annotated[InstructionsFormat, Query(alias="format")] = InstructionsFormat.HTML,
) -> Response[Any]:
    """What the key's publisher must know to post: a page to send, as HTML or Markdown."""
    # Imported when somebody asks: no other request is to wait for it.
    from shared.instructions import rendering  # noqa: PLC0415

    key = key_store.key(key_id)
    publisher = key_store.publisher(key.publisher_id)
    made = rendering.render(key, publisher, posting_url=settings.posting_url, format_=answer_format)
    return Response(200, made.content_type, made.text, dict(made.headers))


@app.patch("/postback-keys/<key_id>")
def change_key(key_id: str, body: KeyChangesBody) -> KeyAnswer:
    return _answer(key_store.change_key(key_id, body.changes()))


@app.post("/postback-keys/<key_id>/pause")
def pause_key(key_id: str) -> KeyAnswer:
    return _answer(key_store.change_key(key_id, {"paused": True}))


@app.post("/postback-keys/<key_id>/resume")
def resume_key(key_id: str) -> KeyAnswer:
    return _answer(key_store.change_key(key_id, {"paused": False}))


@app.post("/postback-keys/<key_id>/rotate", status_code=201)
def rotate_key(key_id: str, body: Annotated[RotationBody | None, Body()] = None) -> KeyAnswer:
    """Make a key that replaces this one, which goes on for the overlap; answer the new one."""
    overlap = body.overlap if body else keys.DEFAULT_OVERLAP
    replaced, successor = keys.rotate(
        key_store.key(key_id), str(uuid.uuid4()), at=_now(), overlap=overlap
    )
    key_store.replace_key(replaced, successor)
    return _answer(successor)


@app.get("/operator-openapi.json")
def read_contract() -> Response[Any]:
    return Response(200, content_types.APPLICATION_JSON, CONTRACT.read_text("utf-8"))


@app.exception_handler(NotFound)
def _not_found(refusal: NotFound) -> Response[Any]:
    return _error(404, refusal)


@app.exception_handler(InvalidInput)
def _invalid_input(refusal: InvalidInput) -> Response[Any]:
    return _error(422, refusal)


@app.exception_handler(RequestValidationError)
def _validation_error(error: RequestValidationError) -> Response[Any]:
    if "form" in app.current_event.headers.get("content-type", ""):
        # Powertools reads forms too, with a list for each value, which no model of ours takes.
        return _error(415, _NOT_JSON)
    return _error(422, InvalidInput(*(_problem(e) for e in error.errors())))


@app.exception_handler(RequestUnsupportedContentType)
def _unsupported_body(_: RequestUnsupportedContentType) -> Response[Any]:
    return _error(415, _NOT_JSON)


@app.exception_handler([ValueError, RecursionError])
def _unreadable_body(error: Exception) -> Response[Any]:
    """Powertools lets these through from the parsing of a body: not UTF-8, or beyond its limits."""
    logger.warning("body not read", outcome="refused", **observability.describe(error))
    return _error(
        422, InvalidInput(Problem(None, "the body cannot be read; send one JSON object in UTF-8"))
    )


@app.not_found
def _unknown_route(error: NotFoundError) -> Response[Any]:
    allowed = _methods_at(app.current_event.path)
    if not allowed:
        return _error(
            404, NotFound(Problem(None, "nothing is here; /operator-openapi.json lists the paths"))
        )
    sent, methods = app.current_event.http_method, ", ".join(allowed)
    refusal = MethodNotAllowed(Problem(None, f"{sent} is not answered here; send {methods}"))
    answer = _error(405, refusal)
    answer.headers["Allow"] = methods
    return answer


def _methods_at(path: str) -> list[str]:
    routes = (*app._static_routes, *app._dynamic_routes)
    return sorted({route.method for route in routes if route.rule.match(path)})


@app.exception_handler(Exception)
def _failure(error: Exception) -> Response[Any]:
    logger.error("request failed", outcome="failed", **observability.describe(error))
    return _error(500, Refusal(Problem(None, "something went wrong here; try again")))


def _problem(error: dict[str, Any]) -> Problem:
    # A number is where in the body its JSON ends.
    where = [p for p in error["loc"] if isinstance(p, str) and p not in ("body", "query", "path")]
    message = validation.message(error)
    return Problem(".".join(where), message) if where else Problem(None, f"the body {message}")


def _error(status_code: int, refusal: Refusal) -> Response[Any]:
    body = http.error_body(refusal.problems, app.current_event.request_context.request_id)
    return Response(status_code, content_types.APPLICATION_JSON, body)


def _answer(key: PostbackKey) -> KeyAnswer:
    return KeyAnswer.of(key, settings.posting_url)


def _now() -> datetime:
    return timestamps.to_milliseconds(datetime.now(UTC))
