"""Pruning: it only removes what no function loads, and fails if a package has moved it."""

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from infra.bundle import building, pruning

KEPT = {"cognito-idp", "dynamodb", "events", "sqs"}


CALLED = {
    "cognito-idp": {
        "AdminAddUserToGroup",
        "AdminCreateUser",
        "AdminDeleteUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminRemoveUserFromGroup",
        "AdminUserGlobalSignOut",
        "ListUsers",
        "ListUsersInGroup",
    },
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


"""Method names of clients that are not operations."""


SDK_DATA = Path(botocore.__file__).parent / "data"


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder laid out like the packages, without most of their content."""
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


def test_pruning_keeps_the_services_that_functions_call_and_removes_others(packages: Path) -> None:
    pruning.prune(packages)

    assert _names(packages / "botocore" / "data") == KEPT | {"endpoints.json"}
    assert _names(packages / "phonenumbers") == {"data", "shortdata"}
    assert not (packages / "bin").exists()
    assert not (packages / pruning.API_PAGE).exists()


@pytest.mark.parametrize("service", sorted(KEPT))
def test_pruning_fails_if_botocore_no_longer_describes_a_service_there(
    packages: Path, service: str
) -> None:
    shutil.rmtree(packages / "botocore" / "data" / service)

    with pytest.raises(FileNotFoundError, match=f"botocore no longer describes {service}"):
        pruning.prune(packages)
    assert (packages / "botocore" / "data" / "ec2").exists()


@pytest.mark.parametrize("missing", ["botocore", "phonenumbers/geodata", pruning.API_PAGE])
def test_pruning_fails_if_a_package_has_moved_its_data(packages: Path, missing: str) -> None:
    shutil.rmtree(packages / missing)

    with pytest.raises(FileNotFoundError):
        pruning.prune(packages)


def test_pruning_fails_if_a_services_endpoints_have_moved(
    packages: Path,
) -> None:
    endpoints = {"partitions": [{"partition": "aws", "services": {"dynamodb": {}}}]}
    (packages / "botocore" / "data" / "endpoints.json").write_text(json.dumps(endpoints))

    with pytest.raises(KeyError, match="endpoints"):
        pruning.prune(packages)


def test_pruning_fails_if_botocore_packs_its_descriptions_differently(
    packages: Path,
) -> None:
    for description in (packages / "botocore" / "data").rglob("*.gz"):
        description.unlink()

    with pytest.raises(FileNotFoundError, match="packs its descriptions"):
        pruning.prune(packages)


@pytest.fixture(scope="module")
def pruned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDK's data after pruning the installed SDK."""
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
def test_pruning_fails_if_a_description_lacks_operations_or_shapes(
    packages: Path, missing: str
) -> None:
    whole: dict[str, dict[str, object]] = {"operations": {"SendMessage": {}}, "shapes": {}}
    del whole[missing]
    (path,) = packages.glob("botocore/data/sqs/*/service-2.json.gz")
    path.write_bytes(gzip.compress(json.dumps(whole).encode()))

    with pytest.raises(KeyError, match=missing):
        pruning.prune(packages)


def test_pruning_fails_if_a_called_operation_is_missing(packages: Path) -> None:
    (path,) = packages.glob("botocore/data/sqs/*/service-2.json.gz")
    path.write_bytes(gzip.compress(b'{"operations":{"ReceiveMessage":{}},"shapes":{}}'))

    with pytest.raises(KeyError, match="SendMessage"):
        pruning.prune(packages)


@pytest.mark.parametrize("service", sorted(KEPT))
def test_called_operations_keep_their_description_except_documentation(
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
def test_pruning_keeps_every_shape_of_an_operation(pruned: Path, service: str) -> None:
    model = ServiceModel(_description(pruned, service))

    for name in CALLED[service]:
        operation = model.operation_model(name)
        met: set[str] = set()
        for shape in (operation.input_shape, operation.output_shape, *operation.error_shapes):
            _visit(shape, met)  # raises if a shape is missing
        assert met


@pytest.mark.parametrize("service", sorted(KEPT))
def test_pruning_keeps_a_services_endpoints(pruned: Path, service: str) -> None:
    def endpoints(data: Path) -> list[object]:
        partitions = json.loads((data / "endpoints.json").read_text())["partitions"]
        return [(p["partition"], p["regions"], p["services"].get(service)) for p in partitions]

    assert endpoints(pruned) == endpoints(SDK_DATA)


def _description(data: Path, service: str) -> dict[str, Any]:
    description: dict[str, Any] = _loader(data).load_service_model(service, "service-2")
    return description


def _visit(shape: Any, met: set[str]) -> None:
    """Resolve every shape that a shape refers to."""
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


def test_pruning_keeps_every_operation_that_the_code_calls() -> None:
    kept = {service: set(operations) for service, operations in pruning.SDK_OPERATIONS.items()}

    assert kept.keys() == set(_services_called())
    assert kept == CALLED
    assert set().union(*kept.values()) == set(_operations_called())


def test_the_services_have_botocores_names() -> None:
    assert pruning.SDK_OPERATIONS.keys() <= set(boto3.Session().get_available_services())


def _services_called() -> Iterator[str]:
    for text in _code():
        for call in text.split("aws.make_client(")[1:]:
            yield call.split('"')[1]


def _operations_called() -> Iterator[str]:
    """Find operations by the names of clients in our code."""
    for text in _code():
        names = re.findall(r"(?:client|bus|dead_letters\(\))\.(\w+)\(", text)
        yield from (name.title().replace("_", "") for name in names if name not in OF_CLIENTS)


def _code() -> Iterator[str]:
    for name in building.CODE:
        yield from (path.read_text() for path in (building.ROOT / name).rglob("*.py"))
