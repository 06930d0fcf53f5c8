"""The operator API's routes for platform keys: create, list, pause, resume and delete."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query

from functions.operator_api.fields import DEFAULT_PAGE_SIZE, Cursor, Limit
from functions.operator_api.schemas import (
    NewPlatformKeyAnswer,
    PlatformKeyAnswer,
    PlatformKeyBody,
    PlatformKeyList,
)
from functions.operator_api.stores import platform_key_store
from shared.domain import platform_keys, timestamps
from shared.domain.platform_keys import PlatformKey

router = Router()


@router.post("/platform-keys", status_code=201)
def add_platform_key(body: PlatformKeyBody) -> NewPlatformKeyAnswer:
    credential = platform_keys.credential(secrets.token_bytes(platform_keys.RANDOM_BYTES))
    key = PlatformKey(
        platform_key_id=platform_keys.platform_key_id(credential),
        name=body.name,
        digest=platform_keys.digest(credential),
        paused=False,
        created_at=timestamps.to_milliseconds(datetime.now(UTC)),
    )
    platform_key_store.add(key)
    return NewPlatformKeyAnswer.made(key, credential)


@router.get("/platform-keys")
def list_platform_keys(
    limit: Annotated[Limit, Query()] = DEFAULT_PAGE_SIZE, cursor: Cursor = None
) -> PlatformKeyList:
    page = platform_key_store.list(limit, cursor)
    return PlatformKeyList(
        platform_keys=[PlatformKeyAnswer.of(key) for key in page.records],
        next_cursor=page.next_after,
    )


@router.get("/platform-keys/<platform_key_id>")
def read_platform_key(platform_key_id: str) -> PlatformKeyAnswer:
    return PlatformKeyAnswer.of(platform_key_store.get(platform_key_id))


@router.post("/platform-keys/<platform_key_id>/pause")
def pause_platform_key(platform_key_id: str) -> PlatformKeyAnswer:
    return PlatformKeyAnswer.of(platform_key_store.change(platform_key_id, {"paused": True}))


@router.post("/platform-keys/<platform_key_id>/resume")
def resume_platform_key(platform_key_id: str) -> PlatformKeyAnswer:
    return PlatformKeyAnswer.of(platform_key_store.change(platform_key_id, {"paused": False}))


@router.delete("/platform-keys/<platform_key_id>")
def delete_platform_key(platform_key_id: str) -> Response[Any]:
    platform_key_store.delete(platform_key_id)
    return Response(204, body="")
