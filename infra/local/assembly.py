"""Decides whether a synthesized app can be used again: only if nothing it is made from changed."""

import hashlib
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

_CODE = ("infra", "shared", "functions")
_FILES = ("app.py", "cdk.json")
_GENERATED = (("contract", "*.json"), ("requirements", "*.txt"))

_MARK = "inputs.sha256"
"""The file in an assembly that has the fingerprint of what it was made from."""


def fingerprint(settings: str, *, root: Path = PROJECT, files: Iterable[str] = ()) -> str:
    """Return a digest of what decides the synthesized app.

    That is our code, the locks, the installed packages, this interpreter and the settings, with
    more files of the project if any are given.
    """
    digest = hashlib.sha256(f"{sys.version}\0{sys.executable}\0{settings}\0".encode())
    # The name of a package's metadata folder has its version.
    packages = Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    digest.update(repr(sorted(folder.name for folder in packages)).encode())
    for path in sorted([*_inputs(root), *(root / name for name in files)]):
        digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def mark(assembly: Path, made_from: str) -> None:
    """Write into an assembly the fingerprint of what it was made from."""
    (assembly / _MARK).write_text(made_from)


def is_current(assembly: Path, made_from: str) -> bool:
    """Return whether a complete assembly is there that was made from the same."""
    try:
        return (assembly / _MARK).read_text() == made_from
    except FileNotFoundError:
        return False


def _inputs(root: Path) -> Iterator[Path]:
    yield from (root / name for name in _FILES)
    for name in _CODE:
        yield from (p for p in (root / name).rglob("*") if _is_input(p))
    for name, pattern in _GENERATED:
        yield from (root / name).glob(pattern)


def _is_input(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
