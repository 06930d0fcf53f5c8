"""Files to investigate a failed run with, beside its logs: the ledger, all attempts, all items."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.faults import ledger
from tests.faults.run import Ledger


def write(result: Ledger, folder: Path) -> None:
    """Write what the run recorded, whether it ended or not."""
    (folder / "ledger.txt").write_text("\n".join(ledger.lines(result, most_discrepancies=None)))
    attempts = [*result.attempts, *(a for each in result.forgotten for a in each.meanwhile)]
    _write_lines(folder / "attempts.jsonl", map(asdict, attempts))
    for name, items in result.items.items():
        _write_lines(folder / f"items-{name}.jsonl", items)


def _write_lines(path: Path, members: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(each, default=str) + "\n" for each in members))
