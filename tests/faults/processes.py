"""The processes that the embedded AWS runs functions in, found by their connections."""

import os
import signal
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def can_be_found() -> bool:
    """Whether this machine tells whose a connection is: Linux does."""
    return (_PROC / "net" / "tcp").exists()


def kill_owner(port: int) -> bool:
    """Kill outright the process at whose end of a connection this port is; False if none is found.

    Never this process.
    """
    inode = _inode(port)
    for process in _PROC.glob("[0-9]*") if inode else ():
        pid = int(process.name)
        if pid != os.getpid() and _holds(process, f"socket:[{inode}]"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
    return False


def _inode(port: int) -> str | None:
    wanted = f":{port:04X}"
    for line in (_PROC / "net" / "tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(wanted) and fields[9] != "0":
            return fields[9]
    return None


def _holds(process: Path, socket: str) -> bool:
    with suppress(OSError):
        return any(str(held.readlink()) == socket for held in (process / "fd").iterdir())
    return False
