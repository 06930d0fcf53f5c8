"""The operator API's routes for publishers and their postback keys."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from functions.operator_api import activity, current
from functions.operator_api.activity_schemas import (
    KeyList,
    KeyOverviewResponse,
    ListedKeyResponse,
    ListedPublisherResponse,
    PublisherList,
)
from functions.operator_api.fields import (
    DEFAULT_PAGE_SIZE,
    MAX_NAMES,
    Cursor,
    Limit,
    NamePart,
    NamesLimit,
)
from functions.operator_api.recording import members_of as _members
from functions.operator_api.recording import members_set as _set
from functions.operator_api.recording import record
from functions.operator_api.schemas import (
    KeyChangesBody,
    KeyResponse,
    NewKeyBody,
    PublisherBody,
    PublisherChangesBody,
    PublisherName,
    PublisherNames,
    PublisherResponse,
    RotationBody,
)
from functions.operator_api.stores import key_store, settings
from shared.domain import keys, masking, timestamps
from shared.domain.history import ObjectKind
from shared.domain.keys import PostbackKey, Publisher
from shared.instructions.formats import InstructionsFormat

router = Router()


@router.post("/publishers", status_code=201)
def add_publisher(body: PublisherBody) -> PublisherResponse:
    publisher = Publisher(
        publisher_id=keys.publisher_id(secrets.token_bytes(8)),
        name=body.name,
        note=body.note,
        created_at=_now(),
    )
    key_store.add_publisher(publisher)
    made = PublisherResponse.of(publisher)
    record("created", ObjectKind.PUBLISHER, made.publisher_id, after=_set(made))
    return made


@router.get("/publishers")
def list_publishers(
    limit: Annotated[Limit, Query()] = DEFAULT_PAGE_SIZE,
    cursor: Cursor = None,
    name: NamePart = None,
) -> PublisherList:
    if name:
        # A search must not reveal masked digits.
        shown = masking.mask_text if current.is_viewer() else str
        page = key_store.find_publishers(name, limit, cursor, shown)
    else:
        page = key_store.list_publishers(limit, cursor)
    recent = activity.of_publishers(page.records)
    publishers = [
        ListedPublisherResponse(
            **dict(PublisherResponse.of(each)), activity=recent[each.publisher_id]
        )
        for each in page.records
    ]
    return PublisherList(publishers=publishers, next_cursor=page.next_after)


@router.get("/publishers/names")
def list_names(
    limit: Annotated[NamesLimit, Query()] = MAX_NAMES, cursor: Cursor = None
) -> PublisherNames:
    page = key_store.list_publishers(limit, cursor)
    names = [PublisherName.model_validate(each) for each in page.records]
    return PublisherNames(publishers=names, next_cursor=page.next_after)


@router.get("/publishers/<publisher_id>")
def read_publisher(publisher_id: str) -> PublisherResponse:
    return PublisherResponse.of(key_store.publisher(publisher_id))


@router.patch("/publishers/<publisher_id>")
def change_publisher(publisher_id: str, body: PublisherChangesBody) -> PublisherResponse:
    changes = body.changes()
    before = PublisherResponse.of(key_store.publisher(publisher_id))
    after = PublisherResponse.of(key_store.change_publisher(publisher_id, changes))
    record(
        "changed",
        ObjectKind.PUBLISHER,
        publisher_id,
        before=_members(before),
        after=_members(after),
    )
    return after


@router.post("/publishers/<publisher_id>/postback-keys", status_code=201)
def add_key(publisher_id: str, body: NewKeyBody) -> KeyResponse:
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
    made = _key_response(key)
    _record_key("created", made, after=_set(made))
    return made


@router.get("/publishers/<publisher_id>/postback-keys")
def list_keys(
    publisher_id: str,
    limit: Annotated[Limit, Query()] = DEFAULT_PAGE_SIZE,
    cursor: Cursor = None,
) -> KeyList:
    page = key_store.list_keys(key_store.publisher(publisher_id).publisher_id, limit, cursor)
    recent = activity.of_keys(page.records)
    keys_ = [
        ListedKeyResponse(**dict(_key_response(key)), activity=recent[key.key_id])
        for key in page.records
    ]
    return KeyList(postback_keys=keys_, next_cursor=page.next_after)


@router.get("/postback-keys/<key_id>")
def read_key(key_id: str) -> KeyResponse:
    return _key_response(key_store.key(key_id))


@router.get("/postback-keys/<key_id>/overview")
def read_overview(
    key_id: str, hours: activity.Hours = activity.RECENT_HOURS
) -> KeyOverviewResponse:
    """Return a key with its publisher and its activity, in one request."""
    key = key_store.key(key_id)
    return KeyOverviewResponse(
        postback_key=_key_response(key),
        publisher=PublisherResponse.of(key_store.publisher(key.publisher_id)),
        activity=activity.over_hours([key], hours),
    )


@router.get("/postback-keys/<key_id>/instructions")
def read_instructions(
    key_id: str,
    response_format: Annotated[InstructionsFormat, Query(alias="format")] = InstructionsFormat.HTML,
) -> Response[Any]:
    """Return the posting instructions to send to the key's publisher, as HTML or Markdown."""
    # Imported here to keep the other requests' cold start short.
    from shared.instructions import rendering  # noqa: PLC0415

    key = key_store.key(key_id)
    publisher = key_store.publisher(key.publisher_id)
    made = rendering.render(
        key, publisher, posting_url=settings.posting_url, format_=response_format
    )
    return Response(200, made.content_type, made.text, dict(made.headers))


@router.patch("/postback-keys/<key_id>")
def change_key(key_id: str, body: KeyChangesBody) -> KeyResponse:
    return _change("changed", key_id, body.changes())


@router.post("/postback-keys/<key_id>/pause")
def pause_key(key_id: str) -> KeyResponse:
    return _change("paused", key_id, {"paused": True})


@router.post("/postback-keys/<key_id>/resume")
def resume_key(key_id: str) -> KeyResponse:
    return _change("resumed", key_id, {"paused": False})


@router.post("/postback-keys/<key_id>/rotate", status_code=201)
def rotate_key(key_id: str, body: Annotated[RotationBody | None, Body()] = None) -> KeyResponse:
    """Create and return the key that replaces this one, which stays valid for the overlap."""
    overlap = body.overlap if body else keys.DEFAULT_OVERLAP
    before = key_store.key(key_id)
    replaced, successor = keys.rotate(before, str(uuid.uuid4()), at=_now(), overlap=overlap)
    key_store.replace_key(replaced, successor)
    _record_key(
        "rotated",
        _key_response(replaced),
        before=_members(_key_response(before)),
        after=_members(_key_response(replaced)),
        also=(successor.key_id,),
    )
    return _key_response(successor)


def _change(action: str, key_id: str, changes: Mapping[str, Any]) -> KeyResponse:
    before = _members(_key_response(key_store.key(key_id)))
    changed = _key_response(key_store.change_key(key_id, changes))
    _record_key(action, changed, before=before, after=_members(changed))
    return changed


def _record_key(action: str, key: KeyResponse, **changes: Any) -> None:
    """Record a change of a key, also in its publisher's history."""
    also = (key.publisher_id, *changes.pop("also", ()))
    record(action, ObjectKind.POSTBACK_KEY, key.key_id, also=also, **changes)


def _key_response(key: PostbackKey) -> KeyResponse:
    return KeyResponse.of(key, settings.posting_url)


def _now() -> datetime:
    return timestamps.to_milliseconds(datetime.now(UTC))
