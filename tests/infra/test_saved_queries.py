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
