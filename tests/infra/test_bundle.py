"""The bundle: it is reproducible, compiled, readable and complete."""

import hashlib
import marshal
import os
import shutil
import sys
from dataclasses import replace
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType

import pytest

from infra.bundle import building


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The asset, built twice from the lock and the code."""
    built = []
    for number in (1, 2):
        umask = os.umask(0o077 if number == 1 else 0o022)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(building, "BUILD", tmp_path_factory.mktemp(f"build{number}"))
            target = tmp_path_factory.mktemp(f"asset{number}")
            building.build(target, building.this_machine())
        os.umask(umask)
        built.append(target)
    return built


def test_the_same_inputs_produce_the_same_bytes(builds: list[Path]) -> None:
    first, second = map(_digests, builds)

    assert [name for name in first | second if first.get(name) != second.get(name)] == []


def test_every_file_is_readable_whatever_the_umask(
    builds: list[Path],
) -> None:
    """Lambda's user does not own the files."""
    modes = {(p.is_dir(), oct(p.stat().st_mode & 0o777)) for p in builds[0].rglob("*")}

    assert modes == {(True, "0o755"), (False, "0o644")}


def test_the_installers_files_do_not_ship(builds: list[Path]) -> None:
    assert not (builds[0] / ".lock").exists()


def test_an_environment_that_needs_byte_code_refuses_a_bundle_without(tmp_path: Path) -> None:
    bundler = building._Bundler(building.Platform((), None), needs_byte_code=True)

    with pytest.raises(building.NoCompiler, match="uv python install"):
        bundler.try_bundle(str(tmp_path))


def test_pruning_changes_a_copy_of_the_packages() -> None:
    """uv may link files to its cache, and pruning would then change other projects."""
    packages = building._packages(building.this_machine())

    assert {path.stat().st_nlink for path in packages.rglob("*") if path.is_file()} == {1}


def test_all_modules_are_compiled_for_the_interpreter_that_runs_them(
    builds: list[Path],
) -> None:
    modules = list(builds[0].rglob("*.py"))

    for module in modules:
        compiled = Path(cache_from_source(str(module))).read_bytes()
        code = marshal.loads(compiled[16:])  # noqa: S302  # just compiled here
        assert compiled[:4] == MAGIC_NUMBER
        assert int.from_bytes(compiled[4:8], "little") == 0b01  # by an unchecked hash
        assert isinstance(code, CodeType)
        assert code.co_filename == f"{building.LAMBDA_ROOT}/{module.relative_to(builds[0])}"
    assert len(modules) > 500


def test_the_asset_for_lambda_is_compiled_by_lambdas_python_or_not_at_all() -> None:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    on_path = shutil.which(f"python{building.LAMBDA_PYTHON}")
    found = on_path or building._installed_by_uv(building.LAMBDA_PYTHON)

    expected = sys.executable if here == building.LAMBDA_PYTHON else found
    assert building.on_lambda().compiler == expected


def _digests(asset: Path) -> dict[str, str]:
    return {
        str(path.relative_to(asset)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in asset.rglob("*")
        if path.is_file()
    }


def test_the_contracts_that_the_apis_serve_ship_and_change_the_fingerprint() -> None:
    inputs = set(building._inputs())

    assert {path.name for path in inputs} >= {"publisher.openapi.json", "operator.openapi.json"}
    assert all(building.ROOT / name in inputs for name in building.CONTRACT)


def test_every_file_beside_the_code_changes_the_fingerprint() -> None:
    """Otherwise a change of that file alone would not be deployed."""
    there = {p for name in building.CODE for p in (building.ROOT / name).rglob("*") if p.is_file()}

    assert {p for p in there if p.suffix != ".pyc"} <= set(building._inputs())


def test_the_building_code_and_the_compiler_change_the_fingerprint() -> None:
    """The asset's own hash would include neither file modes nor pruning."""
    platform, files = building.on_lambda(), list(building._inputs())
    of_another = replace(platform, compiler=None if platform.compiler else sys.executable)

    assert {
        building.ROOT / "infra" / "bundle" / n
        for n in ("building.py", "minifying.py", "pruning.py")
    } <= {*files}
    assert building._fingerprint(platform, files) != building._fingerprint(of_another, files)
