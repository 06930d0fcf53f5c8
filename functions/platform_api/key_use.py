"""Notes in which hour each platform key was last used, beside the request that uses it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shared.domain.platform_keys import PlatformKey
from shared.runtime import observability
from shared.runtime.concurrency import side_by_side
from shared.stores.platform_keys import PlatformKeyStore

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


class KeyUse:
    """At most one write for each key, process and hour. A write that fails is left to the next
    process or hour: it never fails a request."""

    def __init__(self, store: PlatformKeyStore, logger: "Logger") -> None:
        self._store = store
        self._logger = logger
        self._noted: dict[str, datetime] = {}

    def beside(
        self, handle: Callable[[], Mapping[str, Any]], key: PlatformKey, now: datetime
    ) -> dict[str, Any]:
        """Return what `handle` returns, and note the use of the key at the same time if it is due.

        Raises what `handle` raises.
        """
        hour = now.replace(minute=0, second=0, microsecond=0)
        known = self._noted.get(key.platform_key_id) or key.last_used_at
        if known and known >= hour:
            return dict(handle())
        self._noted[key.platform_key_id] = hour
        handled: list[Any] = side_by_side([handle, lambda: self._note(key, hour)])
        return dict(handled[0])

    def _note(self, key: PlatformKey, hour: datetime) -> None:
        try:
            self._store.note_use(key.platform_key_id, hour)
        except Exception as error:  # noqa: BLE001  # the request matters more
            self._logger.warning(
                "platform key use not noted", outcome="failed", **observability.describe(error)
            )
