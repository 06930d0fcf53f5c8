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

LEAST_RULES = 10
"""The minimum number of rules that check our resources. With fewer, they were not applied."""


@pytest.fixture(scope="module", params=["dev", "prod"])
def findings(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[Finding]:
    """The findings of every rule about every resource of both stacks."""
    assembly = tmp_path_factory.mktemp("assembly")
    app = synthesis.app(outdir=str(assembly))
    environment = ENVIRONMENTS[request.param]
    service = CallDataWritingStack(app, "Service", environment=environment)
    MonitoringStack(app, "Monitoring", environment=environment, service=service)
    cdk.Aspects.of(app).add(AwsSolutionsChecks(reports=True))
    app.synth()
    return list(_read_reports(assembly))


def _read_reports(assembly: Path) -> Iterator[Finding]:
    reports = list(assembly.glob("AwsSolutions-*-NagReport.csv"))
    assert len(reports) == 2, "one of each stack"
    for report in reports:
        with report.open(newline="") as rows:
            yield from csv.DictReader(rows)


def test_every_finding_is_accepted_with_a_reason(findings: list[Finding]) -> None:
    assert len({finding["Rule ID"] for finding in findings}) >= LEAST_RULES
    assert {finding["Compliance"] for finding in findings} == {"Compliant", "Suppressed"}


def test_every_accepted_finding_exists_and_has_its_own_reason(findings: list[Finding]) -> None:
    accepted = {
        (finding["Rule ID"].partition("[")[0], finding["Resource ID"].removesuffix("/Resource"))
        for finding in findings
        if finding["Compliance"] == "Suppressed"
    }

    # Only environments with a canary have CodeDeploy's role.
    accepted.discard(("AwsSolutions-IAM4", "Service/Rollout/Role"))
    assert accepted == {
        ("AwsSolutions-APIG4", "Service/Api/HttpApi/GET--data_writing"),
        ("AwsSolutions-APIG4", "Service/Api/HttpApi/GET--data_writing--{key}"),
        ("AwsSolutions-APIG4", "Service/Api/HttpApi/GET--data_writing--{key}--instructions"),
        ("AwsSolutions-APIG4", "Service/Api/HttpApi/GET--openapi.json"),
        *(
            ("AwsSolutions-APIG4", f"Service/Api/HttpApi/ANY--platform--{path}")
            for path in ("calls", "calls--{call_uuid+}", "callers--{caller_number}", "{proxy+}")
        ),
        ("AwsSolutions-APIG4", "Service/Api/HttpApi/POST--data_writing"),
        ("AwsSolutions-APIG4", "Service/Api/HttpApi/POST--data_writing--{key}"),
        ("AwsSolutions-APIG4", "Service/Api/Unrouted"),
        ("AwsSolutions-IAM5", "Service/ActivityFunctionRole/DefaultPolicy"),
        ("AwsSolutions-IAM5", "Service/CallFeedFunctionRole/DefaultPolicy"),
        ("AwsSolutions-IAM5", "Service/OperatorPolicy"),
        ("AwsSolutions-APIG1", "Service/Console/Stage"),
        ("AwsSolutions-APIG4", "Service/Console/HttpApi/ANY--"),
        ("AwsSolutions-APIG4", "Service/Console/HttpApi/ANY--{proxy+}"),
        ("AwsSolutions-COG8", "Service/Console/People"),
        ("AwsSolutions-IAM5", "Service/ConsoleFunctionRole/DefaultPolicy"),
        ("AwsSolutions-SQS3", "Service/Activity/FailureQueue"),
        ("AwsSolutions-SQS3", "Service/CallFeed/FailureQueue"),
    }
