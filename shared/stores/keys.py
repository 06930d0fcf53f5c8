"""Publishers and their postback keys, in the postback keys table."""

import hmac
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.domain import keys, timestamps
from shared.domain.errors import NotFound
from shared.domain.keys import PostbackKey, Publisher
from shared.stores import tables
from shared.stores.dynamodb import Item, from_item, to_item
from shared.stores.layout import Layout
from shared.stores.records import Named, Page, Record, Records, invalid_cursor

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PUBLISHERS = "PUBLISHERS"
_KEY_SORT_KEY = "KEY"
_POSTBACK_KEY = Layout(PostbackKey)

_RECORDS_PER_PAGE = 100
_SEARCHED_PER_PAGE = 1000
_MAX_LINEAGE = 100
"""Maximum keys of a lineage that are read: more rotations than a key has."""


class KeyStore:
    def __init__(self, client: "DynamoDBClient", table_name: str) -> None:
        self._records = Records(client, table_name, keys.is_id)

    def add_publisher(self, publisher: Publisher) -> None:
        values = {
            "name": publisher.name,
            "note": publisher.note,
            "created_at": timestamps.to_text(publisher.created_at),
        }
        self._records.add(_publisher_key(publisher.publisher_id) | to_item(values))

    def publisher(self, publisher_id: str) -> Publisher:
        """Raises NotFound."""
        return _to_publisher(self._records.get(_named_publisher(publisher_id)))

    def change_publisher(self, publisher_id: str, changes: Mapping[str, str]) -> Publisher:
        """Set some of `name` and `note`. Raises NotFound."""
        return _to_publisher(self._records.update(_named_publisher(publisher_id), changes))

    def list_publishers(self, limit: int, after: str | None) -> Page[Publisher]:
        """Return a page of publishers by ID. Raises InvalidInput for an invalid `after`."""
        if after and not keys.is_id(after):
            raise invalid_cursor()
        start = _publisher_key(after) if after else None
        found, more = self._records.query({tables.PARTITION_KEY: _PUBLISHERS}, limit, start)
        publishers = tuple(map(_to_publisher, found))
        return Page(publishers, publishers[-1].publisher_id if more else None)

    def find_publishers(
        self, part: str, limit: int, after: str | None, shown: Callable[[str], str] = str
    ) -> Page[Publisher]:
        """Return a page of the publishers whose names, as `shown`, contain this, ignoring case.

        May read all publishers.
        """
        found: list[Publisher] = []
        while True:
            page = self.list_publishers(_SEARCHED_PER_PAGE, after)
            for each in page.records:
                if part.casefold() not in shown(each.name).casefold():
                    continue
                if len(found) == limit:
                    return Page(tuple(found), found[-1].publisher_id)
                found.append(each)
            after = page.next_after
            if after is None:
                return Page(tuple(found), None)

    def add_key(self, key: PostbackKey) -> None:
        """Add a key of a publisher that exists."""
        self._records.add(_postback_key_item(key))

    def key(self, key_id: str) -> PostbackKey:
        """Raises NotFound."""
        return _to_postback_key(self._records.get(_named_key(key_id)))

    def change_key(self, key_id: str, changes: Mapping[str, Any]) -> PostbackKey:
        """Set some of a key's fields, by their names in PostbackKey; None clears one.

        Raises NotFound.
        """
        changed = self._records.update(_named_key(key_id), _POSTBACK_KEY.store(changes))
        return _to_postback_key(changed)

    def replace_key(self, replaced: PostbackKey, successor: PostbackKey) -> None:
        """Add the successor and mark the key as replaced by it, both or neither.

        Raises InvalidInput if the key was already replaced.
        """
        changes = {"replaced_by": replaced.replaced_by, "expires_at": replaced.expires_at}
        self._records.replace(
            _named_key(replaced.key_id), _POSTBACK_KEY.store(changes), _postback_key_item(successor)
        )

    def chain(self, key_id: str) -> list[PostbackKey]:
        """Return the key with those that it replaced and that replaced it, the oldest first.

        Raises NotFound.
        """
        found = [self.key(key_id)]
        while (before := found[0].replaces) and len(found) < _MAX_LINEAGE:
            found.insert(0, self.key(before))
        while (after := found[-1].replaced_by) and len(found) < _MAX_LINEAGE:
            found.append(self.key(after))
        return found

    def list_keys(self, publisher_id: str, limit: int, after: str | None) -> Page[PostbackKey]:
        """Return a page of a publisher's keys, oldest first. A new key may take a second to appear.

        Raises InvalidInput for an invalid `after`.
        """
        start = _index_key(publisher_id, after) if after else None
        partition = {tables.PUBLISHER_ID_ATTRIBUTE: publisher_id}
        found, more = self._records.query(
            partition, limit, start, IndexName=tables.KEYS_BY_PUBLISHER_INDEX
        )
        postback_keys = tuple(map(_to_postback_key, found))
        return Page(postback_keys, _position(postback_keys[-1]) if more else None)

    def keys_by_publisher(self) -> Iterator[list[PostbackKey]]:
        """Yield the keys of each publisher."""
        for publisher in _all_of(self.list_publishers):
            yield self.keys_of(publisher.publisher_id)

    def keys_of(self, publisher_id: str) -> list[PostbackKey]:
        """Return all keys of a publisher, oldest first."""
        return list(_all_of(partial(self.list_keys, publisher_id)))

    def find(self, key: str) -> PostbackKey | None:
        """Return the postback key with this credential, a canonical UUID; None if there is none.

        The time that this takes does not reveal how much of a guess was right: the key is looked up
        by the guess's digest, and compared in constant time.
        """
        try:
            found = self.key(keys.key_id(key))
        except NotFound:
            return None
        return found if hmac.compare_digest(found.key, key) else None


def _all_of(list_page: Callable[[int, str | None], Page[Record]]) -> Iterator[Record]:
    after: str | None = None
    while True:
        page = list_page(_RECORDS_PER_PAGE, after)
        yield from page.records
        after = page.next_after
        if after is None:
            return


def _named_publisher(publisher_id: str) -> Named:
    return Named("publisher_id", publisher_id, _publisher_key(publisher_id))


def _named_key(key_id: str) -> Named:
    return Named("key_id", key_id, _postback_key_key(key_id))


def _publisher_key(publisher_id: str) -> Item:
    return to_item({tables.PARTITION_KEY: _PUBLISHERS, tables.SORT_KEY: publisher_id})


def _postback_key_key(key_id: str) -> Item:
    return to_item({tables.PARTITION_KEY: f"KEY#{key_id}", tables.SORT_KEY: _KEY_SORT_KEY})


def _postback_key_item(key: PostbackKey) -> Item:
    return _postback_key_key(key.key_id) | to_item(
        {"type": keys.KEY_TYPE} | _POSTBACK_KEY.store_all(key)
    )


def _position(key: PostbackKey) -> str:
    """Return a key's position in the list of its publisher's keys."""
    return f"{timestamps.to_text(key.created_at)}~{key.key_id}"


def _index_key(publisher_id: str, position: str) -> Item:
    created_at, _, key_id = position.partition("~")
    if not (created_at and keys.is_id(key_id)):
        raise invalid_cursor()
    in_index = {
        tables.PUBLISHER_ID_ATTRIBUTE: publisher_id,
        tables.CREATED_AT_ATTRIBUTE: created_at,
    }
    return _postback_key_key(key_id) | to_item(in_index)


def _to_publisher(item: Item) -> Publisher:
    values = from_item(item)
    return Publisher(
        publisher_id=values[tables.SORT_KEY],
        name=values["name"],
        note=values.get("note", ""),
        created_at=timestamps.from_text(values["created_at"]),
    )


def _to_postback_key(item: Item) -> PostbackKey:
    return _POSTBACK_KEY.read(from_item(item))
