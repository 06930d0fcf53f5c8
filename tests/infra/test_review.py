"""cdk-nag's AwsSolutions rules: every finding in every environment is accepted with a reason."""

import csv
from collections.abc import Iterator
from pathlib import Path

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks

from infra.environment import ENVIRONMENTS
from infra.monitoring.stack import MonitoringStack
from infra.stack import CallDataWritingStack
from tests import synthesis

Finding = dict[str, str]

MIN_RULES = 10
"""The minimum number of rules that check our resources. With fewer, they were not applied."""


@pytest.fixture(scope="module", params=["dev", "prod"])
def findings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[Finding]:
    """The findings of every rule about every resource of both stacks."""
    assembly = tmp_path_factory.mktemp("assembly")
    app = synthesis.app(outdir=str(assembly))
    environment = synthesis.with_all_functions(ENVIRONMENTS[request.param])
    service = CallDataWritingStack(app, "Service", environment=environment)
    MonitoringStack(app, "Monitoring", environment=environment, service=service)
    cdk.Aspects.of(app).add(AwsSolutionsChecks(reports=True))
    app.synth()
    return list(_read_reports(assembly))


def _read_reports(assembly: Path) -> Iterator[Finding]:
    reports = list(assembly.glob("AwsSolutions-*-NagReport.csv"))
    assert len(reports) == 2, "one report per stack"
    for report in reports:
        with report.open(newline="") as rows:
            yield from csv.DictReader(rows)


def test_every_finding_is_accepted_with_a_reason(findings: list[Finding]) -> None:
    assert len({finding["Rule ID"] for finding in findings}) >= MIN_RULES
    assert {finding["Compliance"] for finding in findings} == {"Compliant", "Suppressed"}


def test_findings_are_accepted_only_where_it_was_decided(findings: list[Finding]) -> None:
    """The list names the constructs right below the stack, not every resource in them."""
    accepted = {
        (finding["Rule ID"].partition("[")[0], finding["Resource ID"].split("/")[1])
        for finding in findings
        if finding["Compliance"] == "Suppressed"
    }

    # Only environments with a canary have CodeDeploy's role.
    accepted.discard(("AwsSolutions-IAM4", "Rollout"))
    assert accepted == {
        ("AwsSolutions-APIG1", "Console"),
        ("AwsSolutions-APIG4", "Api"),
        ("AwsSolutions-APIG4", "Console"),
        ("AwsSolutions-COG8", "Console"),
        ("AwsSolutions-IAM5", "ActivityFunctionRole"),
        ("AwsSolutions-IAM5", "CallFeedFunctionRole"),
        ("AwsSolutions-IAM5", "ConsoleFunctionRole"),
        ("AwsSolutions-IAM5", "OperatorPolicy"),
        ("AwsSolutions-SQS3", "Activity"),
        ("AwsSolutions-SQS3", "CallFeed"),
    }
