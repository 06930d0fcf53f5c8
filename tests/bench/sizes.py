"""The size of the zipped bundle, and of its packages."""

import shutil
from pathlib import Path
from subprocess import CalledProcessError

from infra.bundle import building
from tests.bench import builds
from tests.bench.report import Goal, Kind, Section, table

MOST_MEGABYTES = 10
_MEGABYTE = 1_000_000
_LISTED = 8


def measure() -> Section:
    here, usual = builds.ours(), builds.usual()
    deployed = _deployed()
    measured = [
        ("for this machine", here),
        (_lambda_name(), deployed),
        ("peer: everything installed, for this machine", usual),
    ]
    rows = [
        [name, f"{builds.zipped_bytes(path) / _MEGABYTE:.1f}"] for name, path in measured if path
    ]
    size = max(builds.zipped_bytes(path) for path in (here, deployed) if path) / _MEGABYTE
    return Section(
        "Bundle, zipped",
        [table(["bundle", "MB"], rows), _packages(here, usual)],
        [],
        [Goal("bundle zipped, SDK inside", size, MOST_MEGABYTES, Kind.COUNTED, " MB")],
    )


def _deployed() -> Path | None:
    """Return the bundle for Lambda, or None if its packages cannot be fetched here."""
    try:
        return builds.ours(building.on_lambda())
    except CalledProcessError:
        return None


def _lambda_name() -> str:
    compiled = "" if shutil.which(f"python{building.LAMBDA_PYTHON}") else ", not byte-compiled here"
    return f"for Lambda (arm64, Python {building.LAMBDA_PYTHON}{compiled})"


def _packages(here: Path, usual: Path) -> str:
    ours, theirs = builds.zipped_by_package(here), builds.zipped_by_package(usual)
    names = [*theirs][:_LISTED] + [name for name in ("functions", "shared") if name in ours]
    rows = [[name, *(_shown(sizes.get(name)) for sizes in (ours, theirs))] for name in names]
    return table(["package, MB", "ours", "peer's"], rows)


def _shown(size: int | None) -> str:
    return "–" if size is None else f"{size / _MEGABYTE:.2f}"
