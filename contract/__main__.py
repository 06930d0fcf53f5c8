"""Generates the contract's documents: `python -m contract`.

With --release, also writes the documents of a release. With --check, only checks whether the
files are up to date.
"""

import argparse
import os
import sys

from shared.runtime.settings import (
    DataWritingSettings,
    OperatorApiSettings,
    PlatformApiSettings,
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m contract", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true")
    choice.add_argument("--release", action="store_true")
    arguments = parser.parse_args()
    _set_dummy_settings()
    from contract import documents  # noqa: PLC0415

    if arguments.check:
        if stale := list(documents.stale()):
            sys.stderr.write(f"Out of date: {', '.join(stale)}. Run `make contract`.\n")
        return len(stale)
    documents.write(documents.FOLDER)
    if arguments.release:
        documents.write(documents.RELEASED)
    return 0


def _set_dummy_settings() -> None:
    """Set dummy settings: the functions read theirs at import, and nothing here uses them."""
    for settings in (DataWritingSettings, OperatorApiSettings, PlatformApiSettings):
        for name in settings.names():
            os.environ.setdefault(name.upper(), "1")
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")


if __name__ == "__main__":
    sys.exit(main())
