"""Finds the processes of functions by their connections, and kills them."""

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")

Address = tuple[str, int]


def can_be_found() -> bool:
    """Return whether this machine says which process has a connection. Linux does."""
    return (_PROC / "net" / "tcp").exists()


def kill_peer(here: Address, peer: Address) -> bool:
    """Kill the process at the other end of a connection, never this one. Return whether there was
    one."""
    inode = _inode(local=peer, remote=here)
    for process in _PROC.glob("[0-9]*") if inode else ():
        pid = int(process.name)
        if pid != os.getpid() and _holds(process, f"socket:[{inode}]"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                return True
    return False


def _inode(*, local: Address, remote: Address) -> str | None:
    """Return the inode of the connection with both these ends: other connections may share one."""
    wanted = [_as_in_proc(local), _as_in_proc(remote)]
    for line in (_PROC / "net" / "tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == wanted and fields[9] != "0":
            return fields[9]
    return None


def _as_in_proc(address: Address) -> str:
    """Format an IPv4 address in the machine's byte order: 127.0.0.1 is 0100007F on most."""
    host, port = address
    number = int.from_bytes(socket.inet_aton(host), sys.byteorder)
    return f"{number:08X}:{port:04X}"


def _holds(process: Path, wanted: str) -> bool:
    with suppress(OSError):
        return any(str(held.readlink()) == wanted for held in (process / "fd").iterdir())
    return False
