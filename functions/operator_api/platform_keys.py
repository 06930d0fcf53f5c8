"""The operator API's routes for platform keys."""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from functions.operator_api.fields import DEFAULT_PAGE_SIZE, Cursor, Limit
from functions.operator_api.recording import members_of, members_set, record
from functions.operator_api.schemas import (
    NewPlatformKeyResponse,
    PlatformKeyBody,
    PlatformKeyChangesBody,
    PlatformKeyList,
    PlatformKeyResponse,
    RotationBody,
)
from functions.operator_api.stores import platform_key_store, settings
from shared.domain import keys, platform_keys, timestamps
from shared.domain.history import ObjectKind
from shared.domain.platform_keys import PlatformKey

router = Router()


@router.post("/platform-keys", status_code=201)
def add_platform_key(body: PlatformKeyBody) -> NewPlatformKeyResponse:
    credential = _new_credential()
    key = PlatformKey(
        platform_key_id=platform_keys.platform_key_id(credential),
        name=body.name,
        digest=platform_keys.digest(credential),
        paused=False,
        created_at=_now(),
        scopes=frozenset(map(str, body.scopes)),
        expires_at=body.expires_at,
    )
    platform_key_store.add(key)
    after = members_set(PlatformKeyResponse.of(key))
    record("created", ObjectKind.PLATFORM_KEY, key.platform_key_id, after=after)
    return NewPlatformKeyResponse.made(key, credential, settings.posting_url)


@router.get("/platform-keys")
def list_platform_keys(
    limit: Annotated[Limit, Query()] = DEFAULT_PAGE_SIZE, cursor: Cursor = None
) -> PlatformKeyList:
    page = platform_key_store.list(limit, cursor)
    return PlatformKeyList(
        platform_keys=[PlatformKeyResponse.of(key) for key in page.records],
        next_cursor=page.next_after,
    )


@router.get("/platform-keys/<platform_key_id>")
def read_platform_key(platform_key_id: str) -> PlatformKeyResponse:
    return PlatformKeyResponse.of(platform_key_store.get(platform_key_id))


@router.patch("/platform-keys/<platform_key_id>")
def change_platform_key(platform_key_id: str, body: PlatformKeyChangesBody) -> PlatformKeyResponse:
    return _change("changed", platform_key_id, body.changes())


@router.post("/platform-keys/<platform_key_id>/rotate", status_code=201)
def rotate_platform_key(
    platform_key_id: str, body: Annotated[RotationBody | None, Body()] = None
) -> NewPlatformKeyResponse:
    """Create and return the key that replaces this one, which stays valid for the overlap."""
    credential = _new_credential()
    before = platform_key_store.get(platform_key_id)
    replaced, successor = platform_keys.rotate(
        before,
        credential,
        at=_now(),
        overlap=body.overlap if body else keys.DEFAULT_OVERLAP,
    )
    platform_key_store.replace(replaced, successor)
    _record("rotated", before, replaced, also=(successor.platform_key_id,))
    return NewPlatformKeyResponse.made(successor, credential, settings.posting_url)


@router.post("/platform-keys/<platform_key_id>/pause")
def pause_platform_key(platform_key_id: str) -> PlatformKeyResponse:
    return _change("paused", platform_key_id, {"paused": True})


@router.post("/platform-keys/<platform_key_id>/resume")
def resume_platform_key(platform_key_id: str) -> PlatformKeyResponse:
    return _change("resumed", platform_key_id, {"paused": False})


@router.delete("/platform-keys/<platform_key_id>")
def delete_platform_key(platform_key_id: str) -> Response[Any]:
    platform_key_store.delete(platform_key_id)
    record("deleted", ObjectKind.PLATFORM_KEY, platform_key_id)
    return Response(204, body="")


def _change(action: str, platform_key_id: str, changes: Mapping[str, Any]) -> PlatformKeyResponse:
    before = platform_key_store.get(platform_key_id)
    after = platform_key_store.change(platform_key_id, changes)
    _record(action, before, after)
    return PlatformKeyResponse.of(after)


def _record(
    action: str, before: PlatformKey, after: PlatformKey, *, also: Iterable[str] = ()
) -> None:
    record(
        action,
        ObjectKind.PLATFORM_KEY,
        after.platform_key_id,
        before=members_of(PlatformKeyResponse.of(before)),
        after=members_of(PlatformKeyResponse.of(after)),
        also=also,
    )


def _new_credential() -> str:
    return platform_keys.credential(secrets.token_bytes(platform_keys.RANDOM_BYTES))


def _now() -> datetime:
    return timestamps.to_milliseconds(datetime.now(UTC))
