"""The environment of the measured functions is complete; a benchmark would fail after minutes."""

from pathlib import Path

import pytest

from shared.runtime import settings
from tests.bench import operations, processes


@pytest.mark.parametrize("function", list(operations.functions()))
def test_every_measured_function_finds_its_settings(function: str) -> None:
    name = "".join(word.capitalize() for word in function.split("_"))

    getattr(settings, f"{name}Settings").load(processes.environment(Path()))
