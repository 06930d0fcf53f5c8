"""Metrics: lines in CloudWatch's embedded metric format."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.postings import Status
from shared.runtime import metrics, observability
from shared.runtime.metrics import PostingOutcome

FUNCTION = "CallDataWriting-dev-DataWriting-1A2B3C"


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> observability.Metrics:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", FUNCTION)
    return observability.Metrics("data_writing")


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_outcome_is_one_line_with_function_and_outcome_as_dimensions(
    counts: observability.Metrics, capsys: pytest.CaptureFixture[str]
) -> None:
    counts.emit(
        {metrics.POSTINGS: [1], metrics.TAGS_APPLIED: [3]},
        outcome=PostingOutcome.APPLIED_IN_PROGRESS,
    )

    (line,) = _lines(capsys)

    assert line["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "CallDataWriting",
            "Dimensions": [["function_name", "outcome"]],
            "Metrics": [
                {"Name": "Postings", "Unit": "Count"},
                {"Name": "TagsApplied", "Unit": "Count"},
            ],
        }
    ]
    assert (line["function_name"], line["outcome"]) == (FUNCTION, "applied_in_progress")
    assert (line["Postings"], line["TagsApplied"]) == ([1], [3])


def test_a_refusal_is_counted_by_outcome_and_by_reason(
    counts: observability.Metrics, capsys: pytest.CaptureFixture[str]
) -> None:
    counts.emit({metrics.POSTINGS: [1]}, outcome=PostingOutcome.REFUSED, reason="KeyPaused")

    (line,) = _lines(capsys)

    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["function_name", "outcome"], ["function_name", "reason"]]
    assert line["reason"] == "KeyPaused"


def test_the_reason_of_one_posting_does_not_affect_the_next(
    counts: observability.Metrics, capsys: pytest.CaptureFixture[str]
) -> None:
    counts.emit({metrics.POSTINGS: [1]}, outcome=PostingOutcome.REFUSED, reason="KeyPaused")
    counts.emit({metrics.POSTINGS: [1]}, outcome=PostingOutcome.STORED)

    _, line = _lines(capsys)

    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["function_name", "outcome"]]
    assert "reason" not in line


def test_a_metric_without_a_value_is_left_out(
    counts: observability.Metrics, capsys: pytest.CaptureFixture[str]
) -> None:
    counts.emit({metrics.CALL_EVENTS: [1], metrics.PENDING_AGE: []}, outcome="handled")

    (line,) = _lines(capsys)

    assert "PendingTagAge" not in line


def test_durations_are_in_milliseconds(
    counts: observability.Metrics, capsys: pytest.CaptureFixture[str]
) -> None:
    counts.emit({metrics.PENDING_AGE: [1500], metrics.EVENT_LAG: [20]}, outcome="handled")

    (line,) = _lines(capsys)

    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert {metric["Unit"] for metric in directive["Metrics"]} == {"Milliseconds"}


@pytest.mark.parametrize("values", [99, 100, 101, 1000])
def test_any_number_of_values_is_one_line_that_cloudwatch_accepts(
    counts: observability.Metrics, capsys: pytest.CaptureFixture[str], values: int
) -> None:
    counts.emit({metrics.CALL_EVENTS: [1], metrics.PENDING_AGE: [5] * values}, outcome="handled")

    (line,) = _lines(capsys)

    assert len(line["PendingTagAge"]) == 99
    assert line["CallEvents"] == [1]


def test_functions_in_one_process_do_not_mix_their_metrics(
    capsys: pytest.CaptureFixture[str],
) -> None:
    postings, events = observability.Metrics("data_writing"), observability.Metrics("call_events")

    postings.emit({metrics.POSTINGS: [1]}, outcome="stored")
    events.emit({metrics.CALL_EVENTS: [1]}, outcome="handled")

    first, second = _lines(capsys)
    assert (first["function_name"], second["function_name"]) == ("data_writing", "call_events")
    assert "Postings" not in second


def test_every_status_of_a_response_has_an_outcome() -> None:
    assert {status.name for status in Status} <= {outcome.name for outcome in PostingOutcome}


@pytest.mark.parametrize(
    ("duration", "shown"),
    [
        (timedelta(seconds=1.5), 1500),
        (timedelta(days=14), 1_209_600_000),
        (timedelta(microseconds=999), 0),
        (timedelta(seconds=-3), 0),
    ],
)
def test_clocks_that_disagree_do_not_make_a_duration_negative(
    duration: timedelta, shown: int
) -> None:
    assert observability.milliseconds(duration) == shown
