"""Writes the contract's documents: `python -m contract`, or with --release those of a release too;
with --check only sees whether they are as the code has them."""

import argparse
import os
import sys

from shared.runtime.settings import DataWritingSettings, OperatorApiSettings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m contract", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true")
    choice.add_argument("--release", action="store_true")
    asked = parser.parse_args()
    _stand_in_for_settings()
    from contract import documents  # noqa: PLC0415

    if asked.check:
        if stale := list(documents.stale()):
            sys.stderr.write(f"not as the code has it: {', '.join(stale)}; run `make contract`\n")
        return len(stale)
    documents.write(documents.FOLDER)
    if asked.release:
        documents.write(documents.RELEASED)
    return 0


def _stand_in_for_settings() -> None:
    """The functions read theirs when they are imported. Nothing here uses what they say."""
    for settings in (DataWritingSettings, OperatorApiSettings):
        for name in settings.names():
            os.environ.setdefault(name.upper(), "1")
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")


if __name__ == "__main__":
    sys.exit(main())
