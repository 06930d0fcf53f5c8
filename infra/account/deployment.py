"""`make deploy`: run the CDK CLI, twice for the first deployment of a protected environment.

The CLI protects a stack before creating it, and AWS then refuses to delete it if that fails.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.account.connection import Account
from infra.environment import ENVIRONMENTS, Environment

PROJECT = Path(__file__).resolve().parents[2]


_APPROVED = "--require-approval=never"


def steps(
    environment: Environment, *, is_first: bool, at_once: bool, is_approved: bool = False
) -> list[list[str]]:
    """Return the arguments of each CDK CLI run. Unless it is approved, the CLI shows changes of
    permissions and asks."""
    step = ["deploy", "--all", "--context", f"environment={environment.name}"]
    if at_once:
        step += ["--context", "at_once=true"]
    first = [*step, "--context", "first=true"]
    if is_approved:
        step, first = [*step, _APPROVED], [*first, _APPROVED]
    if is_first and environment.deletion_protection:
        # The second run only adds protection. The approval of the first run covers it.
        return [first, step if is_approved else [*step, _APPROVED]]
    return [step]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__)
    parser.add_argument("environment", choices=[*ENVIRONMENTS])
    parser.add_argument(
        "--at-once", action="store_true", help="send all traffic to the new code at once"
    )
    parser.add_argument(
        "--yes", action="store_true", help="do not ask before permissions change, as in CI"
    )
    options = parser.parse_args(arguments)
    environment = ENVIRONMENTS[options.environment]
    is_first = environment.deletion_protection and not Account.of_credentials(
        environment.region
    ).is_deployed(environment.stack_name)
    for step in steps(
        environment, is_first=is_first, at_once=options.at_once, is_approved=options.yes
    ):
        command = [str(PROJECT / "node_modules" / ".bin" / "cdk"), *step]
        done = subprocess.run(command, cwd=PROJECT, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
