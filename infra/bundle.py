"""The one asset that all functions run from: our code and the locked packages."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsii
import uv
from aws_cdk import AssetHashType, BundlingOptions, IgnoreMode, ILocalBundling
from aws_cdk import aws_lambda as lambda_

RUNTIME = lambda_.Runtime.PYTHON_3_14
"""The newest that all dependencies support."""
ARCHITECTURE = lambda_.Architecture.ARM_64

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
CODE = ("functions", "shared")
CONTRACT = ("contract/publisher.openapi.json", "contract/operator.openapi.json")
"""What the API says of itself, for its functions to give out."""
CODE_SUFFIXES = (".py", ".css", ".js")
LOCK = "requirements/lambda.txt"

_FOR_LAMBDA = (
    "--python-version=3.14",
    "--python-platform=aarch64-manylinux_2_28",
    "--only-binary=:all:",
)
_FOR_THIS_MACHINE = (f"--python={sys.executable}",)

SDK_SERVICES = ("dynamodb", "events", "sqs")
"""What our functions call. botocore describes 400 services, 100 MB of them."""

UNREAD_PHONE_DATA = ("geodata", "carrierdata", "tzdata")
"""Places, carriers and time zones of numbers, which phonenumbers loads only when asked for."""


def bundle(*, for_this_machine: bool) -> lambda_.Code:
    """The code asset, for Lambda or to run right here. It changes only with what is in it."""
    options = _FOR_THIS_MACHINE if for_this_machine else _FOR_LAMBDA
    return lambda_.Code.from_asset(
        str(ROOT),
        ignore_mode=IgnoreMode.GIT,
        exclude=["*", *(f"!{name}" for name in (*CODE, *CONTRACT)), "__pycache__"],
        asset_hash_type=AssetHashType.CUSTOM,
        asset_hash=_fingerprint(options, _inputs()),
        bundling=BundlingOptions(image=RUNTIME.bundling_image, local=_Bundler(options)),
    )


@jsii.implements(ILocalBundling)
class _Bundler:
    def __init__(self, options: tuple[str, ...]) -> None:
        self._options = options

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        shutil.copytree(_packages(self._options), output_dir, dirs_exist_ok=True)
        for name in CODE:
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, Path(output_dir) / name, ignore=ignore)
        for name in CONTRACT:
            (Path(output_dir) / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, Path(output_dir) / name)
        return True


def _packages(options: tuple[str, ...]) -> Path:
    """The locked packages, pruned; installed once, and again when the lock or this file changes."""
    packages = BUILD / f"packages-{_fingerprint(options, [ROOT / LOCK, Path(__file__)])[:16]}"
    if not packages.exists():
        BUILD.mkdir(exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix="packages-", dir=BUILD))
        _install(building, options)
        prune(building)
        try:
            building.rename(packages)
        except OSError:  # another run was first
            shutil.rmtree(building)
    return packages


def _install(target: Path, options: tuple[str, ...]) -> None:
    arguments = [f"--target={target}", f"--requirement={ROOT / LOCK}", "--require-hashes"]
    arguments += ["--no-deps", "--quiet", *options]
    # Trusting the machine's certificates, as pip does, for those behind an inspecting proxy.
    command = [uv.find_uv_bin(), "pip", "install", "--system-certs", *arguments]
    subprocess.run(command, check=True)  # noqa: S603


def prune(target: Path) -> None:
    """Remove what is never loaded. Raises FileNotFoundError where a package has moved it."""
    services = target / "botocore" / "data"
    for service in SDK_SERVICES:
        if not (services / service).is_dir():
            raise FileNotFoundError(f"botocore no longer describes {service} in {services}")
    for directory in [d for d in services.iterdir() if d.is_dir()]:
        if directory.name not in SDK_SERVICES:
            shutil.rmtree(directory)
    for name in UNREAD_PHONE_DATA:
        shutil.rmtree(target / "phonenumbers" / name)
    shutil.rmtree(target / "bin", ignore_errors=True)


def _fingerprint(options: tuple[str, ...], files: Iterable[Path]) -> str:
    digest = hashlib.sha256(repr(options).encode())
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _inputs() -> Iterator[Path]:
    yield ROOT / LOCK
    yield Path(__file__)
    for name in CODE:
        yield from (p for p in (ROOT / name).rglob("*") if p.suffix in CODE_SUFFIXES)
    yield from (ROOT / name for name in CONTRACT)
