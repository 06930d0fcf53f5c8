"""When `make run` uses the app again that it synthesized before."""

import shutil
from pathlib import Path

import pytest

from infra.local import assembly

SETTINGS = '{"environment":"local"}'


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files of this project that could matter."""
    copy = tmp_path_factory.mktemp("project")
    for folder in ("contract", "functions", "infra", "requirements", "shared"):
        shutil.copytree(
            assembly.PROJECT / folder,
            copy / folder,
            ignore=shutil.ignore_patterns("__pycache__", "released"),
        )
    for file in ("app.py", "cdk.json"):
        shutil.copy(assembly.PROJECT / file, copy / file)
    return copy


@pytest.mark.parametrize(
    "name",
    [
        "app.py",
        "cdk.json",
        "contract/publisher.openapi.json",
        "functions/console/templates/key.html",
        "functions/data_writing/posting.py",
        "infra/bundle/pruning.py",
        "infra/environment.py",
        "requirements/lambda.txt",
        "shared/domain/country_codes.py",
        "shared/instructions/page.css",
        "shared/instructions/page.js",
    ],
)
def test_a_changed_input_needs_a_new_assembly(project: Path, tmp_path: Path, name: str) -> None:
    assembly.mark(tmp_path, assembly.fingerprint(SETTINGS, root=project))
    original = (project / name).read_bytes()
    (project / name).write_bytes(original + b"\n")
    try:
        is_current = assembly.is_current(tmp_path, assembly.fingerprint(SETTINGS, root=project))
    finally:
        (project / name).write_bytes(original)

    assert not is_current
    assert assembly.is_current(tmp_path, assembly.fingerprint(SETTINGS, root=project))


def test_a_new_file_and_a_renamed_one_need_a_new_assembly(project: Path) -> None:
    before = assembly.fingerprint(SETTINGS, root=project)
    added = project / "shared" / "domain" / "added.py"
    added.write_text("")
    with_one_more = assembly.fingerprint(SETTINGS, root=project)
    renamed = added.rename(added.with_name("renamed.py"))
    with_another = assembly.fingerprint(SETTINGS, root=project)
    renamed.unlink()

    assert len({before, with_one_more, with_another}) == 3


def test_other_settings_need_a_new_assembly(project: Path) -> None:
    """The address of the embedded AWS is part of the template, and so is its port."""
    first, second = (
        assembly.fingerprint(f'{{"embedded_url":"http://127.0.0.1:{port}"}}', root=project)
        for port in (4580, 4581)
    )

    assert first != second


def test_a_byte_code_file_needs_none(project: Path) -> None:
    before = assembly.fingerprint(SETTINGS, root=project)
    cache = project / "functions" / "__pycache__"
    cache.mkdir()
    (cache / "handler.cpython-313.pyc").write_bytes(b"\0")

    assert assembly.fingerprint(SETTINGS, root=project) == before


def test_an_assembly_that_was_not_finished_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}")

    assert not assembly.is_current(tmp_path, assembly.fingerprint(SETTINGS))
    assert not assembly.is_current(tmp_path / "missing", assembly.fingerprint(SETTINGS))
