"""`make doctor`: check an AWS account before a deployment, and with --after, the deployment.

It changes nothing, except for one test posting if a key is passed. What it cannot check, it reports
as not checked, never as ok.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from infra.account import afterwards, beforehand, quotas
from infra.account.connection import Account
from infra.account.findings import Check, Finding, Verdict
from infra.environment import ENVIRONMENTS, Environment


def before(account: Account, environment: Environment) -> Iterator[Finding]:
    checks: dict[str, Check] = {
        "credentials": beforehand.credentials,
        "bootstrap": beforehand.bootstrap,
        "concurrency": beforehand.concurrency,
        "code storage": beforehand.code_storage,
        "the gateway's throttle": quotas.gateway_throttle,
        "writes of a table": quotas.table_writes,
        "events on the bus": quotas.bus_events,
        "certificate": beforehand.certificate,
        "domain": beforehand.domain,
        "hosted zone": beforehand.hosted_zone,
        "console's certificate": beforehand.console_certificate,
        "console's domain": beforehand.console_domain,
        "console's hosted zone": beforehand.console_hosted_zone,
        "the platform's account": beforehand.platform_account,
        "alarm address": beforehand.alarm_address,
        "byte code": beforehand.byte_code,
    }
    yield from _findings(checks, account, environment)


def after(account: Account, environment: Environment, key: str | None = None) -> Iterator[Finding]:
    """Check what is deployed. With a postback key, send a test posting."""
    checks: dict[str, Check] = {
        "stacks": afterwards.stacks,
        "point-in-time recovery": afterwards.recovery,
        "expiry of items": afterwards.expiry,
        "the platform's account": afterwards.bus_policy,
        "alarms": afterwards.alarms,
        "alarm address": afterwards.alarm_address,
        "a posting": partial(afterwards.posting, key),
    }
    yield from _findings(checks, account, environment)


def _findings(
    checks: dict[str, Check], account: Account, environment: Environment
) -> Iterator[Finding]:
    for about, check in checks.items():
        try:
            verdict, message = check(account, environment)
        except (BotoCoreError, ClientError) as error:
            verdict, message = Verdict.NOT_CHECKED, f"AWS returned an error ({error})"
        yield Finding(about, verdict, message)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make doctor", description=__doc__)
    parser.add_argument("environment", choices=[*ENVIRONMENTS])
    parser.add_argument("--after", action="store_true", help="check what is deployed")
    parser.add_argument("--key", help="a postback key, for a test posting with --after")
    options = parser.parse_args(arguments)
    environment = ENVIRONMENTS[options.environment]
    account = Account.of_credentials(environment.region)
    findings = list(
        after(account, environment, options.key) if options.after else before(account, environment)
    )
    print(*findings, sep="\n")
    return 1 if any(finding.verdict is Verdict.TO_DO for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
