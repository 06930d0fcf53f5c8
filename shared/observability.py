"""The structured log: one line per outcome, without keys, tag values or whole phone numbers."""

import traceback
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

_MOST_TAG_NAMES = 20


def make_logger(service: str) -> Logger:
    return Logger(service=service, log_uncaught_exceptions=False)


def tag_names(tags: Any) -> list[str]:
    """What a log line shows of the names: a few, since publishers choose how many there are."""
    return sorted(tags)[:_MOST_TAG_NAMES]


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
