"""What is taken out of the packages that ship, and that it is still where it was."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from infra import bundle

KEPT = {"dynamodb", "events", "sqs"}


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Laid out as the packages are today, without most of their weight."""
    for service in (*KEPT, "ec2", "s3"):
        description = tmp_path / "botocore" / "data" / service / "2020-01-01"
        description.mkdir(parents=True)
        (description / "service-2.json.gz").touch()
    (tmp_path / "botocore" / "data" / "endpoints.json").touch()
    for name in ("data", "shortdata", "geodata", "carrierdata", "tzdata"):
        (tmp_path / "phonenumbers" / name).mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    return tmp_path


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_what_the_functions_call_stays_and_other_services_go(packages: Path) -> None:
    bundle.prune(packages)

    assert _names(packages / "botocore" / "data") == KEPT | {"endpoints.json"}
    assert _names(packages / "phonenumbers") == {"data", "shortdata"}
    assert not (packages / "bin").exists()


@pytest.mark.parametrize("service", sorted(KEPT))
def test_pruning_fails_loudly_when_botocore_no_longer_describes_a_service_there(
    packages: Path, service: str
) -> None:
    shutil.rmtree(packages / "botocore" / "data" / service)

    with pytest.raises(FileNotFoundError, match=f"botocore no longer describes {service}"):
        bundle.prune(packages)
    assert (packages / "botocore" / "data" / "ec2").exists()


@pytest.mark.parametrize("missing", ["botocore", "phonenumbers/geodata"])
def test_pruning_fails_loudly_when_a_package_has_moved_its_data(
    packages: Path, missing: str
) -> None:
    shutil.rmtree(packages / missing)

    with pytest.raises(FileNotFoundError):
        bundle.prune(packages)


def test_every_service_that_the_code_calls_is_kept() -> None:
    assert set(bundle.SDK_SERVICES) == KEPT == set(_services_called())


def test_the_names_of_the_services_are_botocores() -> None:
    assert set(bundle.SDK_SERVICES) <= set(boto3.Session().get_available_services())


def test_the_contract_that_the_api_gives_out_ships_and_changes_the_bundle() -> None:
    inputs = set(bundle._inputs())

    assert {path.name for path in inputs} >= {"publisher.openapi.json", "operator.openapi.json"}
    assert all(bundle.ROOT / name in inputs for name in bundle.CONTRACT)


def test_all_that_the_code_reads_beside_it_counts_for_the_bundles_fingerprint() -> None:
    """Or a change of it alone would not be deployed."""
    there = {p for name in bundle.CODE for p in (bundle.ROOT / name).rglob("*") if p.is_file()}

    assert {p for p in there if p.suffix != ".pyc"} <= set(bundle._inputs())


def _services_called() -> Iterator[str]:
    for name in bundle.CODE:
        for path in (bundle.ROOT / name).rglob("*.py"):
            for call in path.read_text().split("boto3.client(")[1:]:
                yield call.split('"')[1]
