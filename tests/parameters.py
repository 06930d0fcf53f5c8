"""Checks requests against botocore's descriptions, which our clients skip in production."""

from typing import Any

from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator


def check(client: Any) -> None:
    """Make the client raise ParamValidationError, as boto3's default does."""
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_last(
        f"before-parameter-build.{service}", _check, unique_id="checked-by-tests"
    )


def _check(params: dict[str, Any], model: Any, **_: Any) -> None:
    report = ParamValidator().validate(params, model.input_shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
