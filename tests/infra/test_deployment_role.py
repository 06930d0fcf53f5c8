"""The role with which a workflow deploys, and the workflow."""

import json
from typing import Any

import yaml

from infra.account import deployment_role
from infra.bundle.building import ROOT
from infra.environment import DEV, PROD

ACCOUNT, REGION = "111122223333", "eu-west-1"


def test_a_workflow_may_only_take_on_the_cdks_roles_of_its_account_and_region() -> None:
    policy = deployment_role.permissions(PROD, account=ACCOUNT, region=REGION)

    taking_on, reading = policy["Statement"]
    assert taking_on["Action"] == "sts:AssumeRole"
    assert taking_on["Resource"] == [
        f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-{purpose}-role-{ACCOUNT}-{REGION}"
        for purpose in ("deploy", "file-publishing", "lookup")
    ]
    assert reading["Action"] == "cloudformation:DescribeStacks"
    assert reading["Resource"].endswith(":stack/CallDataWriting-prod/*")
    assert "*" not in json.dumps(taking_on)


def test_only_jobs_of_the_repositorys_own_environment_get_the_role() -> None:
    policy = deployment_role.trust(DEV, account=ACCOUNT, repository="acme/call-data")

    (statement,) = policy["Statement"]
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:acme/call-data:environment:dev",
        }
    }


def test_the_workflow_deploys_prod_after_dev_without_keys_in_the_repository() -> None:
    path = ROOT / ".github" / "workflows" / "deploy.yml"
    workflow: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    jobs = workflow["jobs"]

    assert workflow["permissions"] == {"contents": "read"}
    assert (jobs["dev"]["needs"], jobs["prod"]["needs"]) == ("check", "dev")
    for name in ("dev", "prod"):
        assert jobs[name]["environment"] == name
        assert jobs[name]["permissions"]["id-token"] == "write"
        # The job's name is the environment's.
        assert jobs[name]["steps"][-1]["run"] == "make deploy ENV=${{ github.job }} YES=1"
    assert "secrets." not in path.read_text(encoding="utf-8")
