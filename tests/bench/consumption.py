"""The processor time of the embedded AWS and of the function processes that it started."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from infra.local.embedded_aws import EmbeddedAws

_PROC = Path("/proc")
_SESSION, _USER, _SYSTEM = 3, 11, 12
"""Fields of /proc/<pid>/stat behind the command's name, counted from 0 (proc(5))."""


@dataclass(frozen=True, slots=True)
class Processes:
    """Processor seconds. A function process that has ended is not included."""

    platform: float = 0.0
    functions: float = 0.0

    def __sub__(self, other: "Processes") -> "Processes":
        return Processes(self.platform - other.platform, self.functions - other.functions)

    @property
    def share(self) -> str:
        """The functions' share of the total."""
        total = self.platform + self.functions
        return f"{self.functions / total:.0%}" if total > 0 else "not measured"


def of(aws: EmbeddedAws) -> Processes:
    """Return the processor time until now; zero where /proc does not exist."""
    platform = aws.process_id
    seconds = dict(_seconds(platform))
    own = seconds.pop(platform, 0.0)
    return Processes(own, sum(seconds.values()))


def _seconds(session: int) -> Iterator[tuple[int, float]]:
    """Yield the ID and processor seconds of each process in the session."""
    for stat in _PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(") ")[2].split()
            if int(fields[_SESSION]) == session:
                ticks = int(fields[_USER]) + int(fields[_SYSTEM])
                yield int(stat.parent.name), ticks / os.sysconf("SC_CLK_TCK")
