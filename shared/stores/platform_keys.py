"""Platform keys, in the postback keys table."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain import platform_keys
from shared.domain.errors import NotFound
from shared.domain.platform_keys import PlatformKey
from shared.stores import tables
from shared.stores.dynamodb import Item, from_item, to_item
from shared.stores.layout import Layout
from shared.stores.records import Named, Page, Records, invalid_cursor

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PARTITION = "PLATFORM_KEYS"
_PLATFORM_KEY = Layout(PlatformKey)


class PlatformKeyStore:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._records = Records(client, table_name, platform_keys.is_id)

    def add(self, key: PlatformKey) -> None:
        self._records.add(_item(key))

    def get(self, platform_key_id: str) -> PlatformKey:
        """Raises NotFound."""
        return _to_platform_key(self._records.get(_named(platform_key_id)))

    def change(self, platform_key_id: str, changes: Mapping[str, Any]) -> PlatformKey:
        """Set some of a key's fields, by their names in PlatformKey. Raises NotFound."""
        stored = _PLATFORM_KEY.store(changes)
        return _to_platform_key(self._records.update(_named(platform_key_id), stored))

    def replace(self, replaced: PlatformKey, successor: PlatformKey) -> None:
        """Add the successor and mark the key as replaced by it, both or neither.

        Raises InvalidInput if the key was already replaced.
        """
        changes = {"replaced_by": replaced.replaced_by, "expires_at": replaced.expires_at}
        self._records.replace(
            _named(replaced.platform_key_id), _PLATFORM_KEY.store(changes), _item(successor)
        )

    def note_use(self, platform_key_id: str, hour: datetime) -> None:
        """Record that a key was used in the hour that begins then, unless that is known."""
        stored = _PLATFORM_KEY.store({"last_used_at": hour})
        self._records.advance(_named(platform_key_id), stored)

    def delete(self, platform_key_id: str) -> None:
        """Raises NotFound."""
        self.get(platform_key_id)
        self._records.delete(_named(platform_key_id))

    def list(self, limit: int, after: str | None) -> Page[PlatformKey]:
        """Return a page of keys, ordered by ID. Raises InvalidInput for an invalid `after`."""
        if after and not platform_keys.is_id(after):
            raise invalid_cursor()
        start = _key(after) if after else None
        found, more = self._records.query({tables.PARTITION_KEY: _PARTITION}, limit, start)
        listed = tuple(map(_to_platform_key, found))
        return Page(listed, listed[-1].platform_key_id if more else None)

    def find(self, credential: str) -> PlatformKey | None:
        """Return the platform key with this credential; None if there is none."""
        try:
            found = self.get(platform_keys.platform_key_id(credential))
        except NotFound:
            return None
        return found if found.accepts(credential) else None


def _key(platform_key_id: str) -> Item:
    return to_item({tables.PARTITION_KEY: _PARTITION, tables.SORT_KEY: platform_key_id})


def _item(key: PlatformKey) -> Item:
    return _key(key.platform_key_id) | to_item(_PLATFORM_KEY.store_all(key))


def _named(platform_key_id: str) -> Named:
    return Named("platform_key_id", platform_key_id, _key(platform_key_id))


def _to_platform_key(item: Item) -> PlatformKey:
    return _PLATFORM_KEY.read(from_item(item))
