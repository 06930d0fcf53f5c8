"""`make deploy-role`: the policies of the role with which a GitHub workflow deploys.

The role may only take on the CDK's own roles, which the synthesized stacks name, and read what
`make deploy` and the doctor's first question need.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aws_cdk import cx_api

from infra import stacks
from infra.environment import ENVIRONMENTS, Environment, where

PROVIDER = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"


def permissions(environment: Environment, *, account: str, region: str) -> dict[str, Any]:
    """Return the role's permissions policy."""
    roles = sorted({_filled(arn, account, region) for arn in _roles(_synthesized(environment))})
    stack = f"arn:aws:cloudformation:{region}:{account}:stack/{environment.stack_name}/*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": roles},
            {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": stack},
        ],
    }


def trust(environment: Environment, *, account: str, repository: str) -> dict[str, Any]:
    """Return the role's trust policy: jobs of the repository's GitHub environment of this name."""
    provider = f"arn:aws:iam::{account}:oidc-provider/{PROVIDER}"
    subject = f"repo:{repository}:environment:{environment.name}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": provider},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {f"{PROVIDER}:aud": _AUDIENCE, f"{PROVIDER}:sub": subject}
                },
            }
        ],
    }


def _synthesized(environment: Environment) -> cx_api.CloudAssembly:
    app = stacks.app_without_bundles()
    stacks.add(app, environment)
    return app.synth()


def _roles(assembly: cx_api.CloudAssembly) -> Iterator[str]:
    """Yield the ARNs of the roles that the CDK CLI takes on: per stack, and to upload assets."""
    for stack in assembly.stacks:
        lookup = stack.lookup_role
        yield from filter(None, (stack.assume_role_arn, lookup.arn if lookup else None))
    for path in Path(assembly.directory).glob("*.assets.json"):
        manifest: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for asset in manifest["files"].values():
            for destination in asset["destinations"].values():
                yield destination["assumeRoleArn"]


def _filled(arn: str, account: str, region: str) -> str:
    values = {"Partition": "aws", "AccountId": account, "Region": region}
    for name, value in values.items():
        arn = arn.replace(f"${{AWS::{name}}}", value)
    return arn


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make deploy-role", description=__doc__)
    parser.add_argument("environment", choices=[*ENVIRONMENTS])
    parser.add_argument("repository", help="the GitHub repository, as owner/name")
    options = parser.parse_args(arguments)
    environment = ENVIRONMENTS[options.environment]
    place = where(environment)
    account = (place and place.account) or "ACCOUNT"
    region = (place and place.region) or "REGION"
    policies = {
        "trust.json": trust(environment, account=account, repository=options.repository),
        "permissions.json": permissions(environment, account=account, region=region),
    }
    for name, policy in policies.items():
        print(f"{name}:\n{json.dumps(policy, indent=2)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
