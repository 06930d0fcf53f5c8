"""The code blocks of docs/call-events.md that a reader would paste."""

import re
from pathlib import Path
from typing import Any

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TEXT = (Path(__file__).parents[1] / "docs" / "call-events.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return [code for kind, code in _BLOCK.findall(TEXT) if kind == language]


def python(name: str) -> Any:
    """Run the block that defines `name`, and return it."""
    (code,) = (
        block for block in blocks("python") if re.search(rf"^(class|def) {name}\b", block, re.M)
    )
    scope: dict[str, Any] = {}
    exec(compile(code, "docs/call-events.md", "exec"), scope)  # noqa: S102
    return scope[name]
