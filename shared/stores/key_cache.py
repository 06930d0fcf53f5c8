"""What one process remembers of keys, so that neither postings nor guesses cost a read
each. It is told how to find a key, and what time it is."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Generic, TypeVar

from cachetools import LRUCache

from shared.domain.errors import Problem, TooManyUnknownKeys

KEY_CACHE_SECONDS = 30
"""How long what was read of a key is used, as deployed: a pause takes effect within this time."""

MOST_UNKNOWN_KEYS = 100
"""That one address may try in KEY_CACHE_SECONDS before it has to wait."""

TOO_MANY_GUESSES = Problem(
    "key",
    "cannot be looked up: too many unknown keys came from your address; send this again a little "
    "later",
)

_MOST_REMEMBERED = 4096
_BITS_OF_A_HOST = 64

Value = TypeVar("Value")
Key = TypeVar("Key")


@dataclass(slots=True)
class _Remembered(Generic[Value]):
    """Something of which we know since when."""

    value: Value
    since: float

    def holds(self, now: float, seconds: float) -> bool:
        """A clock that was set back makes it hold no longer."""
        return 0 <= now - self.since < seconds


class KeyCache(Generic[Key]):
    """Known keys are remembered apart from unknown ones: a flood of invented keys drives out none
    that is in use, and one that was in use here may always be read again.

    The clock is wall time: a monotonic one may stand still while Lambda has frozen the process.
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
        self._known = LRUCache[str, _Remembered[Key]](_MOST_REMEMBERED)
        self._unknown = LRUCache[str, _Remembered[None]](_MOST_REMEMBERED)
        self._guesses = LRUCache[str, _Remembered[int]](_MOST_REMEMBERED)

    def find(self, key: str, sender: str) -> Key | None:
        """The key with this credential; None if there is none.

        `sender` is the address that it came from. Raises TooManyUnknownKeys where only a read could
        tell, and the sender has used up its own: a good key must not be called unknown.
        """
        now = self._clock()
        known = self._known.get(key)
        if known and known.holds(now, self._seconds):
            return known.value
        unknown = self._unknown.get(key)
        if unknown and unknown.holds(now, self._seconds):
            return None
        guesses = self._guesses_of(_network(sender), now)
        if not known and guesses.value >= MOST_UNKNOWN_KEYS:
            raise TooManyUnknownKeys(TOO_MANY_GUESSES)
        found = self._find(key)
        if found:
            self._known[key] = _Remembered(found, now)
        else:
            guesses.value += 1
            self._unknown[key] = _Remembered(None, now)
        return found

    def _guesses_of(self, network: str, now: float) -> _Remembered[int]:
        guesses = self._guesses.get(network)
        if guesses is None or not guesses.holds(now, self._seconds):
            guesses = self._guesses[network] = _Remembered(0, now)
        return guesses


def _network(sender: str) -> str:
    """Whose address it is. Who has one of IPv6 has its whole network of 64 bits."""
    try:
        address = ip_address(sender)
    except ValueError:
        return sender
    if isinstance(address, IPv6Address):
        return str(int(address) >> _BITS_OF_A_HOST)
    return sender
