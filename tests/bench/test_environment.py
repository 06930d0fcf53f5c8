"""The environment of the measured functions is complete; a benchmark would fail after minutes."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.runtime import settings
from tests.bench import cold, operations, processes


@pytest.mark.parametrize("function", list(operations.functions()))
def test_every_measured_function_finds_its_settings(function: str) -> None:
    name = "".join(word.capitalize() for word in function.split("_"))

    getattr(settings, f"{name}Settings").load(processes.environment(Path()))


@pytest.mark.parametrize("code", cold.CONSOLES.values(), ids=list(cold.CONSOLES))
def test_what_is_measured_of_the_console_runs(code: str) -> None:
    environment = processes.environment(Path()) | {"PYTHONPATH": str(Path(__file__).parents[2])}

    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
