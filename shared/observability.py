"""The structured log: one line per outcome, without keys, tag values or whole phone numbers."""

import re
import traceback
from collections.abc import Iterable
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

_MOST_TAG_NAMES = 20
_USUAL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MOST_DIGITS = 6


def make_logger(service: str) -> Logger:
    return Logger(service=service, log_uncaught_exceptions=False)


def tag_names(names: Iterable[str]) -> list[str]:
    """What a log line shows of tags' names: a few, and of those only what looks like a name.

    A body sent with the wrong Content-Type can make one name of all that it holds.
    """
    return [_shown(name) for name in sorted(names)[:_MOST_TAG_NAMES]]


def _shown(name: str) -> str:
    is_usual = _USUAL_NAME.fullmatch(name) and sum(map(str.isdigit, name)) <= _MOST_DIGITS
    return name if is_usual else "(unusual name)"


def describe(error: BaseException) -> dict[str, Any]:
    """What went wrong and where, without the error's message: that may quote what a caller sent."""
    frames = traceback.extract_tb(error.__traceback__)
    description: dict[str, Any] = {
        "error": type(error).__name__,
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]],
    }
    if isinstance(error, ClientError):
        description["aws_error"] = error.response["Error"]["Code"]
        description["aws_operation"] = error.operation_name
    return description
