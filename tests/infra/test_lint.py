"""cfn-lint finds no problems in the templates of any environment."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from infra.environment import DEV, PROD, Environment
from infra.monitoring.stack import MonitoringStack
from infra.stack import CallDataWritingStack
from tests import synthesis

WITH_ALL = replace(
    PROD,
    domain_name="post.example.com",
    certificate_arn="arn:aws:acm:us-east-1:123456789012:certificate/9b653cf0",
    hosted_zone_id="Z0123456789ABC",
    console_domain_name="console.example.com",
    console_certificate_arn="arn:aws:acm:us-east-1:123456789012:certificate/9b653cf0",
    console_hosted_zone_id="Z0123456789ABC",
    alarm_address="oncall@example.com",
    webhook_url="https://example.com/tags",
    platform_account="123456789012",
    monthly_budget=500,
    announce_ends=True,
    amazon_connect_instance=(
        "arn:aws:connect:us-east-1:123456789012:instance/8e5f6a41-70c2-4d3b-9f18-5b0e7d2c9a64"
    ),
    genesys_event_source="aws.partner/genesys.com/cloud/7d3a/our-calls",
)

NOISE = "W3005"
"""A DependsOn that a reference already implies. The CDK writes them."""


@pytest.mark.parametrize("environment", [DEV, PROD, WITH_ALL], ids=["dev", "prod", "with all"])
def test_cfn_lint_finds_nothing(environment: Environment, tmp_path: Path) -> None:
    app = synthesis.app(outdir=str(tmp_path))
    service = CallDataWritingStack(app, "Service", environment=environment)
    MonitoringStack(app, "Monitoring", environment=environment, service=service)
    app.synth()
    templates = sorted(map(str, tmp_path.glob("*.template.json")))

    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", NOISE]
    found = subprocess.run(
        [*command, "--regions", "us-east-1", "eu-west-1", "--template", *templates],
        capture_output=True,
        text=True,
        check=False,
    )

    assert len(templates) == 2
    assert (found.returncode, found.stdout) == (0, ""), found.stdout + found.stderr
