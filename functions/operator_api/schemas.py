"""The operator API's request bodies and responses about publishers and keys.

A model's validator is built when the first request needs it: no process needs all of them.
"""

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from functions.operator_api.fields import (
    EndCallCutoff,
    Name,
    Note,
    OptionalSeconds,
    OptionalTimestamp,
    Overlap,
    Rate,
    Region,
    ResponseModel,
    Scopes,
    Seconds,
    StorageDuration,
    Timestamp,
    documented_default,
)
from shared.domain import keys, platform_keys
from shared.domain.errors import InvalidInput, Problem
from shared.domain.keys import PostbackKey, Publisher
from shared.domain.platform_keys import PlatformKey
from shared.instructions import links


def _at_least_one(schema: dict[str, Any]) -> None:
    schema["minProperties"] = 1
    _without_defaults(schema)


def _without_defaults(schema: dict[str, Any]) -> None:
    """Hide the defaults, which only pydantic needs: a change leaves omitted members as they are."""
    for member in schema["properties"].values():
        del member["default"]


class Body(BaseModel):
    """A request body. Unknown members are refused, since they are mostly misspelled ones."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class PlatformKeyBody(Body):
    """`scopes`: both by default."""

    name: Name
    scopes: Scopes = Field(list(platform_keys.Scope), validate_default=True)
    expires_at: OptionalTimestamp = None


class _Changes(Body):
    """Changes to a record. Members that are left out keep their values."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    def changes(self) -> dict[str, Any]:
        """Return the members that were sent. Raises InvalidInput if there are none."""
        changes = {name: getattr(self, name) for name in self.model_fields_set}
        if not changes:
            names = ", ".join(type(self).model_fields)
            raise InvalidInput(Problem(None, f"the body has no changes; send any of {names}"))
        return changes


class PlatformKeyChangesBody(_Changes):
    """Changes to a platform key. A null clears `expires_at`."""

    model_config = ConfigDict(json_schema_extra=_at_least_one)

    name: Name = ""
    scopes: Scopes = Field(list(platform_keys.Scope), validate_default=True)
    expires_at: OptionalTimestamp = None
    paused: StrictBool = False

    def changes(self) -> dict[str, Any]:
        changes = super().changes()
        return changes | (
            {"scopes": frozenset(map(str, self.scopes))} if "scopes" in changes else {}
        )


class PublisherBody(Body):
    name: Name
    note: Note = ""


class PublisherChangesBody(_Changes):
    name: Name = ""
    note: Note = ""


class _KeySettings(Body):
    """The members of the domain's KeySettings, with the defaults of a new key."""

    name: Name = ""
    storage_duration: StorageDuration = documented_default(keys.DEFAULT_STORAGE_DURATION)
    end_call_cutoff: EndCallCutoff = documented_default(keys.DEFAULT_END_CALL_CUTOFF)
    default_region: Region = keys.DEFAULT_REGION
    note: Note = ""
    expires_at: OptionalTimestamp = None
    expects_every: OptionalSeconds = None
    match_rate_floor: Rate = None


class NewKeyBody(_KeySettings):
    name: Name


class KeyChangesBody(_KeySettings, _Changes):
    """Changes to a key. A null clears a member that may be null."""

    model_config = ConfigDict(json_schema_extra=_at_least_one)

    paused: StrictBool = False


class RotationBody(Body):
    overlap: Overlap = documented_default(keys.DEFAULT_OVERLAP)


class PublisherResponse(ResponseModel):
    publisher_id: str
    name: str
    created_at: Timestamp
    note: str

    @classmethod
    def of(cls, publisher: Publisher) -> "PublisherResponse":
        return cls.model_validate(publisher, from_attributes=True)


class PublisherName(ResponseModel):
    publisher_id: str
    name: str


class PublisherNames(ResponseModel):
    """Send `next_cursor` as `cursor` to read the next page; it is null on the last page."""

    publishers: list[PublisherName]
    next_cursor: str | None


class KeyResponse(ResponseModel):
    key_id: str
    publisher_id: str
    type: str = keys.KEY_TYPE
    name: str
    key: str
    posting_link: str
    instructions_link: str
    storage_duration: Seconds
    end_call_cutoff: Seconds
    default_region: str
    paused: bool
    created_at: Timestamp
    note: str
    expires_at: OptionalTimestamp
    expects_every: OptionalSeconds
    match_rate_floor: Rate
    replaces: str | None
    replaced_by: str | None

    @classmethod
    def of(cls, key: PostbackKey, posting_url: str) -> "KeyResponse":
        return cls(
            **asdict(key),
            posting_link=links.posting_link(posting_url, key.key),
            instructions_link=links.instructions_link(posting_url, key.key),
        )


class PlatformKeyResponse(ResponseModel):
    """`last_used_at` is the beginning of the hour in which the key was last used."""

    platform_key_id: str
    name: str
    paused: bool
    created_at: Timestamp
    scopes: Scopes
    expires_at: OptionalTimestamp
    last_used_at: OptionalTimestamp
    replaces: str | None
    replaced_by: str | None

    @classmethod
    def of(cls, key: PlatformKey) -> "PlatformKeyResponse":
        return cls.model_validate(key, from_attributes=True)


class NewPlatformKeyResponse(PlatformKeyResponse):
    """`key` is the credential, and `callback_url` has it: they are shown only in this response, and
    not stored. `callback_url` is null for a key that may not report."""

    key: str
    callback_url: str | None

    @classmethod
    def made(cls, key: PlatformKey, credential: str, posting_url: str) -> "NewPlatformKeyResponse":
        may_report = platform_keys.Scope.REPORT in key.scopes
        return cls(
            **PlatformKeyResponse.of(key).model_dump(mode="python"),
            key=credential,
            callback_url=links.callback_url(posting_url, credential) if may_report else None,
        )


class PlatformKeyList(ResponseModel):
    """Send `next_cursor` as `cursor` to read the next page; it is null on the last page."""

    platform_keys: list[PlatformKeyResponse]
    next_cursor: str | None
