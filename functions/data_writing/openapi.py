"""The publishers' contract: serves the file that ships with the code, unchanged."""

from pathlib import Path
from typing import Any

METHODS = ("GET",)
CACHE_CONTROL = "public, max-age=3600"

_FILE = Path(__file__).parents[2] / "contract" / "publisher.openapi.json"


def response() -> dict[str, Any]:
    return {
        "statusCode": 200,
        "headers": {
            "Content-Type": "application/json",
            "Cache-Control": CACHE_CONTROL,
            "Vary": "Origin",
        },
        "body": _FILE.read_text("utf-8"),
    }
