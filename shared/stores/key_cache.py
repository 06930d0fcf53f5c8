"""Caches keys in one process, so that not every posting or guess reads the table."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Generic, TypeVar

from cachetools import LRUCache

from shared.domain.errors import Problem, TooManyUnknownKeys

KEY_CACHE_SECONDS = 30
"""How long a key is cached, as deployed. A pause takes effect within this time."""

MAX_UNKNOWN_KEYS = 100
"""Maximum unknown keys that one network may try in KEY_CACHE_SECONDS."""

TOO_MANY_UNKNOWN_KEYS = (
    "was not checked, because your IP address sent too many unknown keys; "
    f"retry after {KEY_CACHE_SECONDS} seconds"
)

_MAX_CACHED = 4096
_HOST_BITS = 64

Value = TypeVar("Value")
Key = TypeVar("Key")


@dataclass(slots=True)
class _Cached(Generic[Value]):
    """A value, and when it was read."""

    value: Value
    read_at: float

    def is_fresh(self, now: float, seconds: float) -> bool:
        """A clock that was set back makes it stale."""
        return 0 <= now - self.read_at < seconds


class KeyCache(Generic[Key]):
    """Caches known and unknown keys apart, so that a flood of invented keys evicts none in use.

    A key that was in use in this process is always read again when it is stale. The clock is wall
    time, since a monotonic clock may stop while Lambda has frozen the process.
    """

    def __init__(
        self,
        find: Callable[[str], Key | None],
        clock: Callable[[], float],
        seconds: float = KEY_CACHE_SECONDS,
    ) -> None:
        self._find = find
        self._clock = clock
        self._seconds = seconds
        self._known = LRUCache[str, _Cached[Key]](_MAX_CACHED)
        self._unknown = LRUCache[str, _Cached[None]](_MAX_CACHED)
        self._guesses = LRUCache[str, _Cached[int]](_MAX_CACHED)

    def find(self, key: str, sender: str, param: str = "key") -> Key | None:
        """Return the key with this credential; None if there is none.

        `sender` is the IP address that sent it, and `param` what it was sent as. Raises
        TooManyUnknownKeys, instead of calling the key unknown, if it would have to be read and the
        sender has tried too many unknown keys.
        """
        now = self._clock()
        known = self._known.get(key)
        if known and known.is_fresh(now, self._seconds):
            return known.value
        unknown = self._unknown.get(key)
        if unknown and unknown.is_fresh(now, self._seconds):
            return None
        guesses = self._guesses_of(_network(sender), now)
        if not known and guesses.value >= MAX_UNKNOWN_KEYS:
            raise TooManyUnknownKeys(Problem(param, TOO_MANY_UNKNOWN_KEYS))
        found = self._find(key)
        if found:
            self._known[key] = _Cached(found, now)
        else:
            guesses.value += 1
            self._unknown[key] = _Cached(None, now)
        return found

    def _guesses_of(self, network: str, now: float) -> _Cached[int]:
        guesses = self._guesses.get(network)
        if guesses is None or not guesses.is_fresh(now, self._seconds):
            guesses = self._guesses[network] = _Cached(0, now)
        return guesses


def _network(sender: str) -> str:
    """Return the network of an address. The owner of an IPv6 address has all of its /64 network."""
    try:
        address = ip_address(sender)
    except ValueError:
        return sender
    if isinstance(address, IPv6Address):
        return str(int(address) >> _HOST_BITS)
    return sender
