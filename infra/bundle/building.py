"""The asset of all functions: our code and the locked packages, pruned and byte-compiled.

The same inputs produce the same bytes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsii
import uv
from aws_cdk import AssetHashType, BundlingOptions, IgnoreMode, ILocalBundling
from aws_cdk import aws_lambda as lambda_

from infra.bundle import minifying, pruning

RUNTIME = lambda_.Runtime.PYTHON_3_14
"""The newest that all dependencies support."""
ARCHITECTURE = lambda_.Architecture.ARM_64

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
CODE = ("functions", "shared")
CONTRACT = ("contract/publisher.openapi.json", "contract/operator.openapi.json")
"""The contracts that the APIs serve."""
CODE_SUFFIXES = (".py", ".css", ".js", ".html")
LOCK = "requirements/lambda.txt"
PACKAGE_TOOLS = (Path(__file__), Path(pruning.__file__))
"""The code that prepares the packages."""
TOOLS = (*PACKAGE_TOOLS, Path(minifying.__file__))
"""The code that makes the bundle, and so decides what is in it."""

LAMBDA_PYTHON = RUNTIME.name.removeprefix("python")
LAMBDA_ROOT = "/var/task"
"""The folder of the asset on Lambda, as tracebacks show it."""


@dataclass(frozen=True, slots=True)
class Platform:
    """uv's options for the packages, and the interpreter that compiles them.

    The interpreter has the version that runs them. Without one (None), Python compiles at each
    start.
    """

    options: tuple[str, ...]
    compiler: str | None


def bundle(*, for_this_machine: bool, needs_byte_code: bool = False) -> lambda_.Code:
    """Return the code asset, for Lambda or for this machine. Only its content decides its hash."""
    platform = this_machine() if for_this_machine else on_lambda()
    return lambda_.Code.from_asset(
        str(ROOT),
        ignore_mode=IgnoreMode.GIT,
        exclude=["*", *(f"!{name}" for name in (*CODE, *CONTRACT)), "__pycache__"],
        asset_hash_type=AssetHashType.CUSTOM,
        asset_hash=_fingerprint(platform, _inputs()),
        bundling=BundlingOptions(
            image=RUNTIME.bundling_image, local=_Bundler(platform, needs_byte_code)
        ),
    )


def this_machine() -> Platform:
    return Platform((f"--python={sys.executable}",), sys.executable)


def on_lambda() -> Platform:
    options = (
        f"--python-version={LAMBDA_PYTHON}",
        "--python-platform=aarch64-manylinux_2_28",
        "--only-binary=:all:",
    )
    return Platform(options, _interpreter(LAMBDA_PYTHON))


def build(target: Path, platform: Platform) -> None:
    """Write the asset into a directory."""
    shutil.copytree(_packages(platform), target, dirs_exist_ok=True)
    for name in CODE:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        minifying.minify(target / name)
    for name in CONTRACT:
        (target / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    if platform.compiler:
        _compile(target, platform.compiler, CODE)
    _normalize(target)
    if not platform.compiler:
        print(  # noqa: T201  # for the person who deploys
            f"The bundle is not byte-compiled, because python{LAMBDA_PYTHON} is not on PATH. "
            "Functions take about twice as long to start.",
            file=sys.stderr,
        )


class NoCompiler(Exception):
    """This environment needs a Python of Lambda's version, and none is installed."""


@jsii.implements(ILocalBundling)
class _Bundler:
    def __init__(self, platform: Platform, needs_byte_code: bool) -> None:
        self._platform = platform
        self._needs_byte_code = needs_byte_code

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        if self._needs_byte_code and not self._platform.compiler:
            raise NoCompiler(
                f"this environment ships byte code, and Python {LAMBDA_PYTHON} is missing. Run "
                f"`uv python install {LAMBDA_PYTHON}`, or set needs_byte_code=False in "
                "infra/environment.py and accept slow starts"
            )
        build(Path(output_dir), self._platform)
        return True


def _normalize(root: Path) -> None:
    """Make every file readable whatever the umask is: Lambda's user does not own the files."""
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


@cache
def _interpreter(version: str) -> str | None:
    """Return a Python of this version, on PATH or installed by uv, or None.

    Lambda ignores the byte code of any other version. `make deploy` lets uv install one.
    """
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    return shutil.which(f"python{version}") or _installed_by_uv(version)


def _installed_by_uv(version: str) -> str | None:
    command = [uv.find_uv_bin(), "python", "find", "--no-config", "--no-project"]
    command += ["--no-python-downloads", version]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return found.stdout.strip() or None


def _compile(root: Path, interpreter: str, folders: Iterable[str] = (".",)) -> None:
    """Byte-compile the folders reproducibly.

    The byte code has no times and no paths of this machine, and one process compiles it, with sets
    in a fixed order.
    """
    command = [interpreter, "-S", "-m", "compileall", "-q", "--invalidation-mode=unchecked-hash"]
    command += ["-s", str(root), "-p", LAMBDA_ROOT, *(str(root / folder) for folder in folders)]
    environment = {"PATH": os.defpath, "PYTHONHASHSEED": "0"}
    subprocess.run(command, check=True, env=environment, cwd=root)  # noqa: S603


def _packages(platform: Platform) -> Path:
    """Return the folder of the locked packages, pruned and compiled.

    They are installed again when the lock or the code that prepares them changes.
    """
    packages = BUILD / f"packages-{_fingerprint(platform, [ROOT / LOCK, *PACKAGE_TOOLS])[:16]}"
    if not packages.exists():
        BUILD.mkdir(exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix="packages-", dir=BUILD))
        install(building, platform.options)
        pruning.prune(building)
        # uv's lock file.
        (building / ".lock").unlink(missing_ok=True)
        if platform.compiler:
            _compile(building, platform.compiler)
        try:
            building.rename(packages)
        except OSError:  # another run was first
            shutil.rmtree(building)
    return packages


def install(target: Path, options: tuple[str, ...], lock: str = LOCK) -> None:
    """Put the packages of a lock into a directory."""
    arguments = [f"--target={target}", f"--requirement={ROOT / lock}", "--require-hashes"]
    # Copied, not linked: pruning must not change uv's cache, which other projects share.
    arguments += ["--no-deps", "--quiet", "--link-mode=copy", *options]
    # Trust the machine's certificates, as pip does, to work behind an inspecting proxy.
    command = [uv.find_uv_bin(), "pip", "install", "--system-certs", *arguments]
    subprocess.run(command, check=True)  # noqa: S603


def _fingerprint(platform: Platform, files: Iterable[Path]) -> str:
    compiler = _version(platform.compiler) if platform.compiler else None
    digest = hashlib.sha256(repr((platform.options, compiler)).encode())
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def _version(interpreter: str) -> str:
    """Return the exact version of an interpreter, because another one may compile differently."""
    command = [interpreter, "-I", "-S", "-c", "import sys; print(sys.version)"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


def _inputs() -> Iterator[Path]:
    yield ROOT / LOCK
    yield from TOOLS
    for name in CODE:
        yield from (p for p in (ROOT / name).rglob("*") if p.suffix in CODE_SUFFIXES)
    yield from (ROOT / name for name in CONTRACT)
