"""Saved queries: they read existing log groups, and their parameters are explained."""

import re
from typing import Any

import pytest

from infra.environment import ENVIRONMENTS
from infra.monitoring.saved_queries import QUERIES
from tests.infra.monitoring import Monitoring, runbook


def test_the_runbook_names_existing_outputs_and_saved_queries(
    monitoring: Monitoring,
) -> None:
    text = runbook()
    quoted = set(re.findall(r'"([A-Z][a-z]+ [^"]+)"', text.replace("\n", " ")))
    questions = {query.question for query in QUERIES}
    elsewhere = {"Is anything stuck?", "Concurrent executions"}

    assert set(re.findall(r"\$\(output (\w+)\)", text)) <= monitoring.service.outputs.keys()
    assert {text for text in quoted if not text.startswith("Call Started")} <= questions | elsewhere


def test_saved_queries_read_existing_log_groups(monitoring: Monitoring) -> None:
    log_groups = monitoring.service.of_type("AWS::Logs::LogGroup")
    read = {monitoring.name(g) for q in monitoring.queries() for g in q["LogGroupNames"]}

    assert read == log_groups.keys()


def test_saved_queries_of_two_environments_have_different_names() -> None:
    dev, prod = (
        {query["Name"] for query in Monitoring(ENVIRONMENTS[name]).queries()}
        for name in ("dev", "prod")
    )

    assert dev.isdisjoint(prod)
    assert all(re.fullmatch(r"[^:*/]+/[^:*/]+", name) for name in dev | prod)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.question)
def test_a_saved_query_declares_its_parameters(query: Any) -> None:
    assert set(re.findall(r"{{(\w+)}}", query.text)) == {name for name, _ in query.parameters}


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("2026-11-23T16:00:00.000Z 5b1c Task timed out after 15.00 seconds", True),
        (
            "REPORT RequestId: 5b1c Duration: 15000.00 ms Status: timeout",
            True,
        ),
        ('{"type":"platform.report","record":{"status":"timeout","requestId":"5b1c"}}', True),
        ('{"type":"platform.report","record":{"status": "timeout"}}', True),
        ('{"type":"platform.report","record":{"status":"success","requestId":"5b1c"}}', False),
        ('{"message":"posting accepted","timeout_seconds":15}', False),
        ('{"errorMessage":"no room","errorType":"MemoryError"}', True),
    ],
)
def test_the_query_for_crashes_finds_each_form_in_which_lambda_reports_them(
    line: str, is_found: bool
) -> None:
    (query,) = (q for q in QUERIES if q.question == "Functions that crashed or ran out of time")
    patterns = re.findall(r"like /(.+?)/", query.text)

    assert any(re.search(pattern, line) for pattern in patterns) == is_found
