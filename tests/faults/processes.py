"""The processes that the embedded AWS runs functions in, found by their connections."""

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")

Address = tuple[str, int]


def can_be_found() -> bool:
    """Whether this machine tells whose a connection is: Linux does."""
    return (_PROC / "net" / "tcp").exists()


def kill_peer(here: Address, peer: Address) -> bool:
    """Kill outright the process at the other end of a connection of ours; False if none is found.

    Never this process.
    """
    inode = _inode(local=peer, remote=here)
    for process in _PROC.glob("[0-9]*") if inode else ():
        pid = int(process.name)
        if pid != os.getpid() and _holds(process, f"socket:[{inode}]"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
    return False


def _inode(*, local: Address, remote: Address) -> str | None:
    """Both ends are asked for: somebody else's connection may have the same port elsewhere."""
    wanted = [_as_in_proc(local), _as_in_proc(remote)]
    for line in (_PROC / "net" / "tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == wanted and fields[9] != "0":
            return fields[9]
    return None


def _as_in_proc(address: Address) -> str:
    """IPv4, and as the machine stores it: 127.0.0.1 is 0100007F on most."""
    host, port = address
    number = int.from_bytes(socket.inet_aton(host), sys.byteorder)
    return f"{number:08X}:{port:04X}"


def _holds(process: Path, wanted: str) -> bool:
    with suppress(OSError):
        return any(str(held.readlink()) == wanted for held in (process / "fd").iterdir())
    return False
