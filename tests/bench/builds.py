"""What is measured, built: our bundle as it ships, and what the usual way installs."""

import compileall
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from infra.bundle import building
from infra.bundle.building import BUILD, ROOT, Platform

LOCK = "requirements/bench.txt"
PEER = Path(__file__).with_name("peer") / "handler.py"
PEER_MODULE = "peer_handler"

_PLACE = BUILD / "bench"


@cache
def ours(platform: Platform | None = None) -> Path:
    """The bundle, as it is deployed on this machine, or on that platform."""
    target = _PLACE / ("bundle" if platform is None else "bundle-lambda")
    shutil.rmtree(target, ignore_errors=True)
    building.build(target, platform or building.this_machine())
    return target


@cache
def usual() -> Path:
    """The whole of boto3 and what else the peer uses, byte-compiled, with the peer's handler.

    Installed when the lock has changed.
    """
    target, stamp = _PLACE / "usual", _PLACE / "usual.lock"
    if not stamp.exists() or stamp.read_bytes() != (ROOT / LOCK).read_bytes():
        shutil.rmtree(target, ignore_errors=True)
        options = (*building.this_machine().options, "--compile-bytecode")
        building.install(target, options, LOCK)
        shutil.copy(ROOT / LOCK, stamp)
    shutil.copy(PEER, target / f"{PEER_MODULE}.py")
    compileall.compile_file(target / f"{PEER_MODULE}.py", quiet=1)
    return target


def zipped_bytes(folder: Path) -> int:
    """What Lambda is sent: a zip file, compressed as most tools do."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            archive.write(path, path.relative_to(folder))
    return file.getbuffer().nbytes


def zipped_by_package(folder: Path) -> dict[str, int]:
    """Bytes of the zip file by top-level name, the largest first; versions' records left out."""
    sizes = {
        path.name: _compressed(path)
        for path in folder.iterdir()
        if not path.name.endswith(".dist-info") and path.name != "__pycache__"
    }
    return dict(sorted(sizes.items(), key=lambda entry: -entry[1]))


def _compressed(path: Path) -> int:
    if path.is_dir():
        return zipped_bytes(path)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, folder)
        return zipped_bytes(Path(folder))


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())
