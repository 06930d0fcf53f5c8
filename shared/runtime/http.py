"""The form of an HTTP answer, the same from every function: its headers, and an error's body."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shared.domain.errors import Problem

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",  # keys are credentials, and an answer is one caller's
    "X-Content-Type-Options": "nosniff",
}


def answer(
    status_code: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """An answer in payload format 2.0, as compact JSON in UTF-8."""
    return {
        "statusCode": status_code,
        "headers": {"Content-Type": "application/json", **HEADERS, **(headers or {})},
        "body": json.dumps(body, ensure_ascii=False, separators=(",", ":")),
    }


def error_body(problems: Iterable[Problem], request_id: str) -> dict[str, Any]:
    """What every error says, whichever function it comes from."""
    return {
        "status": "error",
        "errors": [{"param": p.param, "message": p.message} for p in problems],
        "request_id": request_id,
    }
