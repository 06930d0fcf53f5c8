"""`make restore`: copy items from a restored table into the stack's own table.

AWS restores into a new table, which CloudFormation cannot adopt in place of the stack's.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from infra.account import table_copy
from infra.account.connection import Account
from infra.account.table_copy import Copied, Progress

_SAY_EVERY_SECONDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make restore", description=__doc__)
    parser.add_argument("source", help="the restored copy")
    parser.add_argument("target", help="the stack's table")
    parser.add_argument(
        "--write", action="store_true", help="put the items; without it, only count them"
    )
    parser.add_argument(
        "--progress", type=Path, help="the file that remembers how far an interrupted copy was"
    )
    options = parser.parse_args(arguments)
    if options.source == options.target:
        parser.error(
            "source and target are the same table. Pass the restored copy, then the stack's table"
        )
    client = Account.of_credentials(None).client("dynamodb")
    about = client.describe_table(TableName=options.source)["Table"].get("ItemCount", 0)
    progress = Progress(_file(options) if options.write else None)
    if progress.copied != Copied(0, 0):
        print(f"Continuing after {_total(progress.copied):,} items of an interrupted copy")
    ended = table_copy.watch(progress, _Speaker(about, progress.copied), seconds=_SAY_EVERY_SECONDS)
    copied = table_copy.copy(
        client, options.source, options.target, is_rehearsal=not options.write, progress=progress
    )
    ended.set()
    done = "put" if options.write else "would be put (WRITE=1 does it)"
    print(f"{copied.put} items {done}, {copied.kept} existed already and stay")
    return 0


def _file(options: argparse.Namespace) -> Path:
    folder = Path(".local")
    folder.mkdir(exist_ok=True)
    given: Path | None = options.progress
    return given or folder / f"restore-{options.source}-{options.target}.json"


class _Speaker:
    """Says how far the copy is, and how fast."""

    def __init__(self, about: int, before: Copied) -> None:
        self._about = about
        self._before = _total(before)
        self._began = time.monotonic()

    def __call__(self, copied: Copied) -> None:
        total = _total(copied)
        rate = (total - self._before) / (time.monotonic() - self._began)
        # DynamoDB counts a table's items every six hours.
        of = f" of about {self._about:,}" if self._about >= total else ""
        print(f"{total:,} items{of}, {rate:,.0f} a second", file=sys.stderr, flush=True)


def _total(copied: Copied) -> int:
    return copied.put + copied.kept


if __name__ == "__main__":
    sys.exit(main())
