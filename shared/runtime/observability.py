"""The structured log and the metrics: one line per outcome, without keys, tag values or whole phone
numbers."""

import os
import re
import traceback
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit
from botocore.exceptions import ClientError

from shared.runtime import metrics

if TYPE_CHECKING:
    from shared.domain.postings import Posting

_MAX_TAG_NAMES = 20
_USUAL_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_MAX_DIGITS = 6
_OPAQUE_ID = (
    r"(?a)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:[A-Z]{2})?(?=[0-9]*[a-f])[0-9a-f]{32}"
)
"""A UUID, or the ID of a phone system that writes one without hyphens."""

_MAX_VALUES = 99
"""Maximum values per metric and line. At 100, the limit of a line, Powertools begins another."""


def make_logger(service: str) -> Logger:
    # Lambda names a trace although there are none, CloudWatch adds the time, and the message shows
    # where it comes from: these members would be a quarter of each line.
    return Logger(
        service=service,
        log_uncaught_exceptions=False,
        xray_trace_id=None,
        timestamp=None,
        location=None,
    )


class Metrics:
    """Writes metrics as lines of the function's log (EMF), which takes no requests."""

    def __init__(self, service: str) -> None:
        # Lambda sets this variable. In tests it is missing, and the service names the function.
        self._function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", service)
        self._line = EphemeralMetrics(namespace=metrics.NAMESPACE)

    def emit(
        self, values: Mapping[str, Sequence[float]], *, outcome: str, reason: str | None = None
    ) -> None:
        """Write one line with these values by metric. Metrics without a value are left out."""
        self._line.add_dimension(metrics.FUNCTION, self._function)
        self._line.add_dimension(metrics.OUTCOME, outcome)
        if reason:
            self._line.add_dimensions(**{metrics.FUNCTION: self._function, metrics.REASON: reason})
        for name, sample in values.items():
            for value in sample[:_MAX_VALUES]:
                self._line.add_metric(name, _unit(name), value)
        self._line.flush_metrics()


def report_values(
    applied: "Sequence[Posting]", refused: "Sequence[Posting]", at: datetime
) -> dict[str, list[int]]:
    """Return the metrics of a call report and the pending postings that it applied or refused."""
    values = {metrics.CALL_EVENTS: [1]}
    if applied:
        values[metrics.TAGS_APPLIED] = [sum(len(posting.tags) for posting in applied)]
        values[metrics.PENDING_AGE] = [milliseconds(at - each.posted_at) for each in applied]
    if refused:
        values[metrics.POSTINGS_LEFT_OUT] = [len(refused)]
    return values


def shown_id(call_uuid: str | None) -> str | None:
    """Return a call's ID as log lines show it: digits that could be a phone number are masked."""
    if not call_uuid or re.fullmatch(_OPAQUE_ID, call_uuid):
        return call_uuid
    from shared.domain.masking import mask_for_logs  # noqa: PLC0415  # most IDs are UUIDs

    return mask_for_logs(call_uuid)


def milliseconds(duration: timedelta) -> int:
    """Return a duration in milliseconds. One that clocks make negative is 0."""
    return max(0, duration // timedelta(milliseconds=1))


def _unit(name: str) -> MetricUnit:
    return MetricUnit.Milliseconds if name in metrics.IN_MILLISECONDS else MetricUnit.Count


def tag_names(names: Iterable[str]) -> list[str]:
    """Return tag names as log lines show them: a few, and only those that look like names.

    With a wrong Content-Type, a whole body can be read as one name.
    """
    return [_shown(name) for name in sorted(names)[:_MAX_TAG_NAMES]]


def _shown(name: str) -> str:
    is_usual = _USUAL_NAME.fullmatch(name) and sum(map(str.isdigit, name)) <= _MAX_DIGITS
    return name if is_usual else "(unusual name)"


def describe(error: BaseException) -> dict[str, Any]:
    """Return the kind and the place of an error, without its message, which may quote a request."""
    frames = traceback.extract_tb(error.__traceback__)
    description: dict[str, Any] = {
        "error": type(error).__name__,
        "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-8:]],
    }
    if isinstance(error, ClientError):
        description["aws_error"] = error.response["Error"]["Code"]
        description["aws_operation"] = error.operation_name
    return description
