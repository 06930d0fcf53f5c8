"""The structured log and the metrics: a line each per outcome, without keys, tag values or whole
phone numbers."""

import os
import re
import traceback
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from shared.domain.caller_numbers import mask
from shared.runtime import metrics

_MOST_TAG_NAMES = 20
_USUAL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MOST_DIGITS = 6
_NUMBER_WITHIN = r"\+[0-9]{8,15}"

_MOST_VALUES = 99
"""Of one metric in one line: it can hold 100, and at that Powertools would begin another."""


def make_logger(service: str) -> Logger:
    # Lambda names a trace even where none is made, as here; CloudWatch keeps the time with a line;
    # and the message says where it is from. They would be a quarter of it, for nothing.
    return Logger(
        service=service,
        log_uncaught_exceptions=False,
        xray_trace_id=None,
        timestamp=None,
        location=None,
    )


class Metrics:
    """What CloudWatch is to count: lines in the function's own log (EMF), not requests."""

    def __init__(self, service: str) -> None:
        # Lambda's own variable; where there is none, in tests, the service names the function.
        self._function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", service)
        self._line = EphemeralMetrics(namespace=metrics.NAMESPACE)

    def emit(
        self, values: Mapping[str, Sequence[float]], *, outcome: str, reason: str | None = None
    ) -> None:
        """Write one line with these values, by metric; one without a value is left out."""
        self._line.add_dimension(metrics.FUNCTION, self._function)
        self._line.add_dimension(metrics.OUTCOME, outcome)
        if reason:
            self._line.add_dimensions(**{metrics.FUNCTION: self._function, metrics.REASON: reason})
        for name, sample in values.items():
            for value in sample[:_MOST_VALUES]:
                self._line.add_metric(name, _unit(name), value)
        self._line.flush_metrics()


def shown_id(call_uuid: str | None) -> str | None:
    """A call's id as a line shows it: some have a phone number in them."""
    return call_uuid and re.sub(_NUMBER_WITHIN, lambda match: mask(match[0]), call_uuid)


def milliseconds(duration: timedelta) -> int:
    """A duration as lines show it. One that clocks make negative counts as none."""
    return max(0, duration // timedelta(milliseconds=1))


def _unit(name: str) -> MetricUnit:
    return MetricUnit.Milliseconds if name in metrics.IN_MILLISECONDS else MetricUnit.Count


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
