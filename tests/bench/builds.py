"""Builds what is measured: the bundle as it ships, and the peer's packages."""

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
    """Build the bundle for this machine or the given platform, and return its folder."""
    target = _PLACE / ("bundle" if platform is None else "bundle-lambda")
    shutil.rmtree(target, ignore_errors=True)
    building.build(target, platform or building.this_machine())
    return target


@cache
def usual() -> Path:
    """Install all of boto3 and the peer's other packages, byte-compiled, with the peer's handler.

    Packages are installed again only if the lock has changed.
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
    """Return the size of the folder as the zip file that is sent to Lambda."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            archive.write(path, path.relative_to(folder))
    return file.getbuffer().nbytes


def zipped_by_package(folder: Path) -> dict[str, int]:
    """Return the zipped bytes by top-level name, the largest first, without `.dist-info`."""
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
