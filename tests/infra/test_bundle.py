"""What is taken out of the packages that ship, that it is still where it was, and that the asset is
compiled and the same whenever it is built."""

import gzip
import hashlib
import json
import marshal
import os
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType
from typing import Any

import boto3
import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from infra.bundle import building, pruning

KEPT = {"dynamodb", "events", "sqs"}
CALLED = {
    "dynamodb": {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    },
    "events": {"PutEvents"},
    "sqs": {"SendMessage"},
}
ENDPOINTS = {
    "partitions": [{"partition": "aws", "services": {name: {} for name in (*KEPT, "ec2")}}]
}
OF_CLIENTS = {"make_client"}
"""What looks like an operation in our code, and is none."""
SDK_DATA = Path(botocore.__file__).parent / "data"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Laid out as the packages are today, without most of their weight."""
    for service in (*KEPT, "ec2", "s3"):
        description = tmp_path / "botocore" / "data" / service / "2020-01-01"
        description.mkdir(parents=True)
        operations = {name: {"name": name} for name in CALLED.get(service, ())}
        whole = json.dumps({"operations": operations, "shapes": {}})
        (description / "service-2.json.gz").write_bytes(gzip.compress(whole.encode()))
    (tmp_path / "botocore" / "data" / "endpoints.json").write_text(json.dumps(ENDPOINTS))
    for name in ("data", "shortdata", "geodata", "carrierdata", "tzdata"):
        (tmp_path / "phonenumbers" / name).mkdir(parents=True)
    (tmp_path / pruning.API_PAGE).mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    return tmp_path


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_what_the_functions_call_stays_and_other_services_go(packages: Path) -> None:
    pruning.prune(packages)

    assert _names(packages / "botocore" / "data") == KEPT | {"endpoints.json"}
    assert _names(packages / "phonenumbers") == {"data", "shortdata"}
    assert not (packages / "bin").exists()
    assert not (packages / pruning.API_PAGE).exists()


@pytest.mark.parametrize("service", sorted(KEPT))
def test_pruning_fails_loudly_when_botocore_no_longer_describes_a_service_there(
    packages: Path, service: str
) -> None:
    shutil.rmtree(packages / "botocore" / "data" / service)

    with pytest.raises(FileNotFoundError, match=f"botocore no longer describes {service}"):
        pruning.prune(packages)
    assert (packages / "botocore" / "data" / "ec2").exists()


@pytest.mark.parametrize("missing", ["botocore", "phonenumbers/geodata", pruning.API_PAGE])
def test_pruning_fails_loudly_when_a_package_has_moved_its_data(
    packages: Path, missing: str
) -> None:
    shutil.rmtree(packages / missing)

    with pytest.raises(FileNotFoundError):
        pruning.prune(packages)


def test_pruning_fails_loudly_when_the_endpoints_of_a_service_are_not_where_they_were(
    packages: Path,
) -> None:
    endpoints = {"partitions": [{"partition": "aws", "services": {"dynamodb": {}}}]}
    (packages / "botocore" / "data" / "endpoints.json").write_text(json.dumps(endpoints))

    with pytest.raises(KeyError, match="endpoints"):
        pruning.prune(packages)


def test_pruning_fails_loudly_when_botocore_packs_its_descriptions_otherwise(
    packages: Path,
) -> None:
    for description in (packages / "botocore" / "data").rglob("*.gz"):
        description.unlink()

    with pytest.raises(FileNotFoundError, match="packs its descriptions"):
        pruning.prune(packages)


@pytest.fixture(scope="module")
def pruned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDK's data as the bundle has it, made from the very data that is installed here."""
    target = tmp_path_factory.mktemp("packages")
    data = target / "botocore" / "data"
    for service in KEPT:
        shutil.copytree(SDK_DATA / service, data / service)
    shutil.copy(SDK_DATA / "endpoints.json", data)
    for name in pruning.UNREAD_PHONE_DATA:
        (target / "phonenumbers" / name).mkdir(parents=True)
    (target / pruning.API_PAGE).mkdir(parents=True)
    pruning.prune(target)
    return data


@pytest.mark.parametrize("missing", ["operations", "shapes"])
def test_pruning_fails_loudly_when_a_service_is_described_in_other_words(
    packages: Path, missing: str
) -> None:
    whole: dict[str, dict[str, object]] = {"operations": {"SendMessage": {}}, "shapes": {}}
    del whole[missing]
    (path,) = packages.glob("botocore/data/sqs/*/service-2.json.gz")
    path.write_bytes(gzip.compress(json.dumps(whole).encode()))

    with pytest.raises(KeyError, match=missing):
        pruning.prune(packages)


def test_pruning_fails_loudly_when_an_operation_that_is_called_is_gone(packages: Path) -> None:
    (path,) = packages.glob("botocore/data/sqs/*/service-2.json.gz")
    path.write_bytes(gzip.compress(b'{"operations":{"ReceiveMessage":{}},"shapes":{}}'))

    with pytest.raises(KeyError, match="SendMessage"):
        pruning.prune(packages)


@pytest.mark.parametrize("service", sorted(KEPT))
def test_what_is_called_is_described_as_it_was_but_for_the_documentation(
    pruned: Path, service: str
) -> None:
    whole, left = (_description(data, service) for data in (SDK_DATA, pruned))
    before = _undocumented(whole)
    assert isinstance(before, dict)

    assert left.keys() == before.keys()
    assert left["metadata"] == before["metadata"]
    assert left["operations"] == {name: before["operations"][name] for name in CALLED[service]}
    assert left["shapes"].items() <= before["shapes"].items()
    assert "documentation" in json.dumps(whole["operations"])


@pytest.mark.parametrize("service", sorted(KEPT))
def test_every_shape_that_an_operation_is_made_of_is_left(pruned: Path, service: str) -> None:
    model = ServiceModel(_description(pruned, service))

    for name in CALLED[service]:
        operation = model.operation_model(name)
        met: set[str] = set()
        for shape in (operation.input_shape, operation.output_shape, *operation.error_shapes):
            _visit(shape, met)  # raises for a shape that is not there
        assert met


@pytest.mark.parametrize("service", sorted(KEPT))
def test_a_service_has_the_endpoints_that_it_had(pruned: Path, service: str) -> None:
    def endpoints(data: Path) -> list[object]:
        partitions = json.loads((data / "endpoints.json").read_text())["partitions"]
        return [(p["partition"], p["regions"], p["services"].get(service)) for p in partitions]

    assert endpoints(pruned) == endpoints(SDK_DATA)


def _description(data: Path, service: str) -> dict[str, Any]:
    description: dict[str, Any] = _loader(data).load_service_model(service, "service-2")
    return description


def _visit(shape: Any, met: set[str]) -> None:
    """Resolve all that a shape is made of."""
    if shape is None or shape.name in met:
        return
    met.add(shape.name)
    for member in getattr(shape, "members", {}).values():
        _visit(member, met)
    for name in ("member", "key", "value"):
        _visit(getattr(shape, name, None), met)


def _loader(data: Path) -> Loader:
    return Loader(extra_search_paths=[str(data)], include_default_search_paths=False)


def _undocumented(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: _undocumented(member)
            for name, member in value.items()
            if not (name.startswith("documentation") and isinstance(member, str))
        }
    return [_undocumented(member) for member in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The asset, built twice from nothing but the lock and the code."""
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


def test_the_same_inputs_make_the_same_bytes(builds: list[Path]) -> None:
    first, second = map(_digests, builds)

    assert [name for name in first | second if first.get(name) != second.get(name)] == []


def test_everybody_may_read_what_ships_whatever_the_umask_of_who_builds_it(
    builds: list[Path],
) -> None:
    """Lambda's user does not own it."""
    modes = {(p.is_dir(), oct(p.stat().st_mode & 0o777)) for p in builds[0].rglob("*")}

    assert modes == {(True, "0o755"), (False, "0o644")}


def test_no_file_of_the_installer_ships(builds: list[Path]) -> None:
    assert not (builds[0] / ".lock").exists()


def test_an_environment_that_needs_byte_code_ships_nothing_else(tmp_path: Path) -> None:
    bundler = building._Bundler(building.Platform((), None), needs_byte_code=True)

    with pytest.raises(building.NoCompiler, match="uv python install"):
        bundler.try_bundle(str(tmp_path))


def test_what_is_pruned_is_a_copy_of_its_own() -> None:
    """uv links files to its cache where it may, and then pruning would change other projects'."""
    packages = building._packages(building.this_machine())

    assert {path.stat().st_nlink for path in packages.rglob("*") if path.is_file()} == {1}


def test_all_modules_are_compiled_for_the_interpreter_that_is_to_run_them(
    builds: list[Path],
) -> None:
    modules = list(builds[0].rglob("*.py"))

    for module in modules:
        compiled = Path(cache_from_source(str(module))).read_bytes()
        code = marshal.loads(compiled[16:])  # noqa: S302  # just compiled here
        assert compiled[:4] == MAGIC_NUMBER
        assert int.from_bytes(compiled[4:8], "little") == 0b01  # by hash, which nobody checks
        assert isinstance(code, CodeType)
        assert code.co_filename == f"{building.LAMBDA_ROOT}/{module.relative_to(builds[0])}"
    assert len(modules) > 500


def test_the_asset_for_lambda_is_compiled_by_lambdas_python_or_not_at_all() -> None:
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    on_path = shutil.which(f"python{building.LAMBDA_PYTHON}")
    found = on_path or building._kept_by_uv(building.LAMBDA_PYTHON)

    expected = sys.executable if here == building.LAMBDA_PYTHON else found
    assert building.on_lambda().compiler == expected


def _digests(asset: Path) -> dict[str, str]:
    return {
        str(path.relative_to(asset)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in asset.rglob("*")
        if path.is_file()
    }


def test_every_operation_that_the_code_calls_is_kept() -> None:
    kept = {service: set(operations) for service, operations in pruning.SDK_OPERATIONS.items()}

    assert kept.keys() == set(_services_called())
    assert kept == CALLED
    assert set().union(*kept.values()) == set(_operations_called())


def test_the_names_of_the_services_are_botocores() -> None:
    assert pruning.SDK_OPERATIONS.keys() <= set(boto3.Session().get_available_services())


def test_the_contract_that_the_api_gives_out_ships_and_changes_the_bundle() -> None:
    inputs = set(building._inputs())

    assert {path.name for path in inputs} >= {"publisher.openapi.json", "operator.openapi.json"}
    assert all(building.ROOT / name in inputs for name in building.CONTRACT)


def test_all_that_the_code_reads_beside_it_counts_for_the_bundles_fingerprint() -> None:
    """Or a change of it alone would not be deployed."""
    there = {p for name in building.CODE for p in (building.ROOT / name).rglob("*") if p.is_file()}

    assert {p for p in there if p.suffix != ".pyc"} <= set(building._inputs())


def test_how_the_bundle_is_made_counts_for_its_fingerprint() -> None:
    """Its asset's hash sees neither modes nor what is pruned."""
    platform, files = building.on_lambda(), list(building._inputs())
    of_another = replace(platform, compiler=None if platform.compiler else sys.executable)

    assert {
        building.ROOT / "infra" / "bundle" / n
        for n in ("building.py", "minifying.py", "pruning.py")
    } <= {*files}
    assert building._fingerprint(platform, files) != building._fingerprint(of_another, files)


def _services_called() -> Iterator[str]:
    for text in _code():
        for call in text.split("aws.make_client(")[1:]:
            yield call.split('"')[1]


def _operations_called() -> Iterator[str]:
    """By the clients' names in our code."""
    for text in _code():
        names = re.findall(r"(?:client|bus|dead_letters\(\))\.(\w+)\(", text)
        yield from (name.title().replace("_", "") for name in names if name not in OF_CLIENTS)


def _code() -> Iterator[str]:
    for name in building.CODE:
        yield from (path.read_text() for path in (building.ROOT / name).rglob("*.py"))
