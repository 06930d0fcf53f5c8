"""A Python of its own for what the tests use and the service does not: requirements/clients.txt."""

import os
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements" / "clients.txt"
UV = Path(sys.executable).with_name("uv")


def python(folder: Path) -> Path:
    """Install the packages in a virtual environment in this folder, and return its Python."""
    made = folder / "venv" / "bin" / "python"
    commands: list[list[str | Path]] = [
        [UV, "venv", "--quiet", "--python", sys.executable, folder / "venv"],
        [UV, "pip", "install", "--quiet", "--python", made, "--require-hashes", "-r", LOCK],
    ]
    for command in commands:
        subprocess.run(command, check=True, cwd=folder, env=environment(made), timeout=300)
    return made


def environment(python: Path) -> dict[str, str]:
    """Return the environment variables with which that Python runs its tools."""
    path = f"{python.parent}:{os.environ['PATH']}"
    return os.environ | {"UV_SYSTEM_CERTS": "1", "PATH": path}
